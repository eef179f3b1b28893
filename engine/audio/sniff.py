"""What bytes really are, from the bytes themselves: a container, or something else.

*Conventions*: containers have short lower-case names (``wav``, ``mp3``, ...). An extension or
a declared format is a claim, compared with what the bytes say, and never believed.
"""

from __future__ import annotations

import re
import struct

# one family: what is written under these names holds the same boxes, whatever the name
_MP4 = (
    *("m4a", "mp4", "mov", "m4b", "m4p", "m4v", "x-m4a", "x-m4v", "quicktime", "qt"),
    *("3gp", "3gpp", "3g2", "3gpp2", "aac"),
)
_MATROSKA = ("mkv", "mka", "webm", "weba", "x-matroska", "matroska")
# container -> the extensions and declared formats that rightly name it
CONTAINERS: dict[str, tuple[str, ...]] = {
    "wav": ("wav", "wave", "x-wav", "vnd.wave"),
    "rf64": ("rf64", "wav", "wave", "bwf"),
    "w64": ("w64",),
    "flac": ("flac", "x-flac"),
    "mp3": ("mp3", "mpeg", "mpga", "mpeg3", "x-mp3"),
    "ogg": ("ogg", "oga", "opus", "spx", "vorbis"),
    "aiff": ("aiff", "aif", "aifc", "x-aiff"),
    "au": ("au", "snd", "basic"),
    "caf": ("caf", "x-caf"),
    "m4a": _MP4,
    "mp4": _MP4,
    "mov": _MP4,
    "3gp": _MP4,
    "webm": _MATROSKA,
    "mkv": _MATROSKA,
    "aac": ("aac", "adts", "aacp", "x-aac", "x-hx-aac-adts"),
    "amr": ("amr", "awb", "amr-wb", "3gpp"),
    "wma": ("wma", "asf", "wmv", "x-ms-wma", "x-ms-wmv", "x-ms-asf"),
}

_MAGIC = (
    (b"RF64", "rf64"),
    (b"riff\x2e\x91\xcf\x11", "w64"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b".snd", "au"),
    (b"caff", "caf"),
    (b"#!AMR", "amr"),
    (b"0&\xb2u\x8ef\xcf\x11", "wma"),
)
_EBML = b"\x1aE\xdf\xa3"
_BRANDS = {  # of the MP4 family; any other brand is an mp4
    **dict.fromkeys((b"M4A", b"M4B", b"M4P"), "m4a"),
    **dict.fromkeys((b"3gp", b"3g2", b"3gr", b"3gs"), "3gp"),
    b"qt ": "mov",
}
_FIRST_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip")  # of a MOV from before brands


def container(data: bytes | memoryview) -> str | None:
    """The container that these bytes begin, or None where they begin none that is known.

    >>> container(b"RIFF....WAVEfmt ")
    'wav'
    >>> container(b"<!doctype html>") is None
    True
    """
    head = bytes(data[:64])
    if head[:4] in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:11], "mp4")
    if head[4:8] in _FIRST_BOXES and head[0] < 9:  # a size; text has a letter there
        return "mov"
    if head.startswith(_EBML):
        return "webm" if b"webm" in head else "mkv"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return _behind_id3(data) if head[:3] == b"ID3" else _mpeg(head)


def agrees(claim: str, real: str) -> bool:
    """Whether an extension or declared format rightly names the container.

    >>> agrees("mpga", "mp3"), agrees("wav", "mp3")
    (True, False)
    """
    return claim.lower().lstrip(".") in CONTAINERS.get(real, ())


def extension(name: str) -> str:
    """The lower-case extension of a file name, without the dot, or nothing.

    >>> extension("a/b.WAV"), extension("a.b/c")
    ('wav', '')
    """
    match = re.search(r"\.([^./\\]+)$", name)
    return match[1].lower() if match else ""


def looks_like(data: bytes | memoryview) -> str:
    """A few words on what bytes are that are no audio this package knows."""
    head = bytes(data[:1024])
    if not head:
        return "empty"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer; fetch the audio with `git lfs pull`"
    if text[:15].lower().startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page, not audio; was the download refused?"
    if text.startswith((b"<?xml", b"<Error")):
        return "an XML document, not audio; was the download refused?"
    if text[:1] in (b"{", b"["):
        return "JSON text, not audio"
    if text.startswith((b"\x1f\x8b", b"PK\x03\x04", b"7z\xbc\xaf", b"(\xb5/\xfd")):
        return "a compressed archive; unpack it first"
    if text.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF")):
        return "a picture or document, not audio"
    if head[:4] == b"RIFF":
        return "a RIFF file that is not WAVE"
    if not any(head):
        return "nothing but zero bytes"
    if head[:2] == b"\xfe\xff" or _is_utf16(head):
        return "UTF-16 text, not audio"
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in head) and _is_utf8(head):
        return "text, not audio"
    return (
        f"no audio container this package knows (it begins with {head[:8].hex(' ')}); "
        "headerless samples must be given as (array, rate)"
    )


def missing_end(data: bytes | memoryview, kind: str) -> str:
    """A note where a file is shorter than its outermost header says, else nothing.

    Decoders read such files to their end without a word.
    """
    promised = 0
    if kind == "aiff" and len(data) >= 8:
        promised = 8 + struct.unpack_from(">I", data, 4)[0]
    elif kind == "w64" and len(data) >= 24:
        promised = struct.unpack_from("<Q", data, 16)[0]
    elif kind == "rf64" and len(data) >= 28:
        promised = 8 + struct.unpack_from("<Q", data, 20)[0]
    elif kind == "au" and len(data) >= 12:
        start, size = struct.unpack_from(">II", data, 4)
        promised = start + size if size != 0xFFFFFFFF else 0  # unknown, as streams write it
    elif kind == "caf":
        promised = _caf_end(data)
    elif kind in ("webm", "mkv"):
        promised = _matroska_end(bytes(data[:4096]))
    elif kind == "wma":
        promised = _asf_end(bytes(data[:65536]))
    if promised <= len(data):
        return ""
    return f"truncated: the header promises {promised:,} bytes, {len(data):,} are there"


def _caf_end(data: bytes | memoryview) -> int:
    """Where the last chunk of a CAF ends; a data chunk of unknown size reaches to the end."""
    position = 8
    while position + 12 <= len(data):
        (size,) = struct.unpack_from(">q", data, position + 4)
        if size < 0:
            return 0
        position += 12 + size
    return position


def _matroska_end(head: bytes) -> int:
    """Where the segment behind the EBML header ends (RFC 8794, 4 and 5); 0 where it is unknown."""
    begin, size = _ebml_size(head, 4)
    segment = begin + size
    if head[segment : segment + 4] != b"\x18S\x80g":
        return 0
    begin, size = _ebml_size(head, segment + 4)
    return begin + size if size else 0


def _ebml_size(head: bytes, position: int) -> tuple[int, int]:
    """Where an element's data begin and how long they are; 0 for unknown, all bits being ones.

    The zeros before the first one tell how many bytes follow the first.
    """
    length = 9 - head[position].bit_length() if position < len(head) else 9
    number = int.from_bytes(head[position : position + length], "big")
    size = number & (1 << 7 * length) - 1
    return position + length, 0 if length > 8 or size == (1 << 7 * length) - 1 else size


def _asf_end(head: bytes) -> int:
    """The size in the File Properties of an ASF, if it is not a broadcast, which has none."""
    place = head.find(b"\xa1\xdc\xab\x8cG\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c Se")
    if place < 0 or len(head) < place + 92:
        return 0
    size, flags = struct.unpack_from("<Q40xI", head, place + 40)
    return 0 if flags & 1 else int(size)


def _is_utf8(head: bytes) -> bool:
    try:
        head[:1000].decode()
    except UnicodeDecodeError as error:
        return error.start >= 996  # a character cut by our own 1000 bytes
    return True


def _is_utf16(head: bytes) -> bool:
    """Whether a byte order mark and a Latin character begin: as bits, it could be MPEG layer I."""
    return head[:2] == b"\xff\xfe" and head[3:4] == b"\0"


def _behind_id3(data: bytes | memoryview) -> str | None:
    """An ID3v2 tag stands before MP3, and some writers put one before AAC or FLAC."""
    head = bytes(data[:10])
    if len(head) < 10 or max(head[6:10]) > 127:
        return None
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]  # 4 x 7 bits
    behind = bytes(data[10 + size : 10 + size + 4096]).lstrip(b"\0")
    if behind.startswith(b"fLaC"):
        return "flac"
    return _mpeg(behind) or "mp3"


def _mpeg(head: bytes) -> str | None:
    """An MPEG audio frame header: 11 sync bits, then fields with forbidden values."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or _is_utf16(head):
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0:
        return "aac" if head[1] & 0xF6 == 0xF0 else None  # ADTS has layer 0
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return None if version == 1 or bitrate == 15 or rate == 3 else "mp3"
