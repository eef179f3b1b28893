"""What bytes really are, from the bytes themselves: a container, or something else.

*Conventions*: containers have short lower-case names (``wav``, ``mp3``, ...). An extension or
a declared format is a claim, compared with what the bytes say, and never believed.
"""

from __future__ import annotations

import re
import struct

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
    "m4a": ("m4a", "mp4", "m4b", "mov", "aac", "x-m4a", "3gp", "m4v"),
    "aac": ("aac", "adts"),
    "webm": ("webm", "mkv", "mka", "weba"),
    "amr": ("amr",),
    "wma": ("wma", "asf", "wmv"),
}

_MAGIC = (
    (b"RF64", "rf64"),
    (b"riff\x2e\x91\xcf\x11", "w64"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b".snd", "au"),
    (b"caff", "caf"),
    (b"\x1aE\xdf\xa3", "webm"),
    (b"#!AMR", "amr"),
    (b"0&\xb2u\x8ef\xcf\x11", "wma"),
)


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
        return "m4a"
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

    libsndfile reads such files to their end without a word.
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
