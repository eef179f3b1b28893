"""What bytes are: the first bytes of real files, written by libsndfile or by hand."""

import io

import numpy as np
import pytest
import soundfile

from earmark.engine.audio.sniff import CONTAINERS, agrees, container, extension, missing_end

WRITTEN = {
    "WAV": "wav",
    "WAVEX": "wav",
    "RF64": "rf64",
    "W64": "w64",
    "FLAC": "flac",
    "MP3": "mp3",
    "OGG": "ogg",
    "AIFF": "aiff",
    "AU": "au",
    "CAF": "caf",
}


def written(format):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(4_000), 16_000, format=format)
    return buffer.getvalue()


@pytest.mark.parametrize("format", WRITTEN)
def test_what_libsndfile_writes_is_recognised(format):
    data = written(format)
    assert container(data) == WRITTEN[format]
    assert container(memoryview(data)) == WRITTEN[format]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x00\x00\x00\x18ftypisom", "mp4"),
        (b"\x00\x00\x00\x18ftypM4V ", "mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "m4a"),
        (b"\x00\x00\x00\x18ftypM4B ", "m4a"),
        (b"\x00\x00\x00\x14ftypqt  ", "mov"),
        (b"\x00\x00\x00\x14ftyp3gp4", "3gp"),
        (b"\x00\x00\x10\x00moov", "mov"),
        (b"\x00\x00\x00\x08wide", "mov"),
        (b"Set free at last", None),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "webm"),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska", "mkv"),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9", "wma"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc0", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"#!AMR\n", "amr"),
        (b"#!AMR-WB\n", "amr"),
        (b"FORM\x00\x00\x00\x00AIFC", "aiff"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x05hello\xff\xfb\x90\x64", "mp3"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x05hellofLaC", "flac"),
        (b"\xff\xff\xff\xff", None),
        (b"\xff\xfe\x00\x00", None),  # a UTF-16 text
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_heads_by_hand(head, kind):
    assert container(head) == kind


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_has_its_own_name_among_its_extensions(kind):
    assert agrees(kind, kind) or agrees(f".{kind.upper()}", kind)


@pytest.mark.parametrize("kind", ["m4a", "mp4", "mov", "3gp"])
@pytest.mark.parametrize("claim", ["m4a", "mp4", "mov", "3gp", "m4b", "M4V", "quicktime"])
def test_mp4_and_its_kin_are_one_family(claim, kind):
    assert agrees(claim, kind)


@pytest.mark.parametrize("kind", ["webm", "mkv"])
@pytest.mark.parametrize("claim", ["webm", "mkv", "mka", "weba", "x-matroska"])
def test_webm_and_matroska_are_one_family(claim, kind):
    assert agrees(claim, kind)


CLAIMS = [
    ("mp3", "wav"),
    ("wav", "mp3"),
    ("", "wav"),
    ("m4a", "webm"),
    ("webm", "mp4"),
    ("mp4", "aac"),
]


@pytest.mark.parametrize(("claim", "kind"), CLAIMS)
def test_another_name_does_not_agree(claim, kind):
    assert not agrees(claim, kind)


@pytest.mark.parametrize(("name", "found"), [("a.tar.GZ", "gz"), ("a", ""), ("a.b\\c", "")])
def test_the_extension_is_the_last_one(name, found):
    assert extension(name) == found


@pytest.mark.parametrize("format", ["AIFF", "AU", "W64", "RF64", "CAF"])
def test_a_missing_end_is_seen_and_a_whole_file_is_whole(format):
    data = written(format)
    assert missing_end(data, WRITTEN[format]) == ""
    assert missing_end(data[: len(data) // 2], WRITTEN[format]).startswith("truncated")
