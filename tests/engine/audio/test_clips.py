"""The clips of a source: where each lies, and what was no clip at all."""

import pytest

import earmark as em
from earmark.engine.audio.clips import SourceClip, clips, writable
from earmark.engine.types import Rejection, Row


def clip(value, base="", field="audio"):
    return SourceClip(Row("1", {"audio": value}), field, base, "d.jsonl:7")


@pytest.mark.parametrize(
    ("value", "file"),
    [
        ("a.wav", "data/a.wav"),
        ("/abs/a.wav", "/abs/a.wav"),
        ({"path": "a.wav", "bytes": b""}, "data/a.wav"),
        ({"path": None, "bytes": b""}, "d.jsonl:7"),
        ("https://me:pw@host/a.wav?sig=x", "https://host/a.wav?..."),
        (b"bytes", "d.jsonl:7"),
        ("data:audio/wav;base64,UklGRg==", "d.jsonl:7"),
        ("UklG" * 1_000, "d.jsonl:7"),
        ("", "d.jsonl:7"),
        (None, "d.jsonl:7"),
    ],
)
def test_a_clip_is_named_by_its_file_where_it_has_one_else_by_its_row(value, file):
    assert clip(value, base="data").file == file


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_empty_field_is_no_audio_and_is_named(value):
    with pytest.raises(em.AudioError, match="'audio' is empty or absent"):
        _ = clip(value).value


def test_names_that_no_utf_8_file_holds_are_escaped():
    assert writable("caf\udce9.wav") == "caf\\udce9.wav"
    assert writable("café 日本.wav") == "café 日本.wav"


@pytest.mark.parametrize("on_error", ["skip", "keep"])
def test_broken_records_come_as_rejections_and_take_no_id_from_good_ones(tmp_path, on_error):
    path = tmp_path / "d.jsonl"
    path.write_text('{"id": 0, "audio": "a.wav"}\n{broken\n{"id": 1, "audio": "b.wav"}\n')
    with pytest.warns(em.EarmarkWarning):
        found = list(clips(path, on_error=on_error))
    assert [c.place for c in found if isinstance(c, Rejection)] == [f"{path}:2"]
    assert [c.id for c in found if isinstance(c, SourceClip)] == ["0", "1"]


def test_fail_stops_at_the_broken_record(tmp_path):
    path = tmp_path / "d.jsonl"
    path.write_text('{"id": 0, "audio": "a.wav"}\n{broken\n')
    with pytest.raises(em.DataError, match=":2: not JSON"):
        list(clips(path, on_error="fail"))


def test_an_unknown_on_error_is_refused():
    with pytest.raises(em.ConfigError, match="Did you mean 'skip'"):
        list(clips([{"audio": "a.wav"}], on_error="skp"))
