import pytest

import earmark as em
from earmark.engine.data.folder import files_below, is_clip, read_clips, warn_unnamed
from earmark.engine.types import Rejection


def read_folder(folder):
    return read_clips(filter(is_clip, files_below(folder)), folder)


def make(folder, **files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_a_folder_is_its_clips_with_the_texts_beside_them(tmp_path):
    make(tmp_path, **{"b.wav": b"", "a.mp3": b"", "a.txt": b"\xef\xbb\xbf Hello\r\n", "c.md": b""})
    make(tmp_path, **{"deep/er/d.FLAC": b"", ".hidden/e.wav": b"", ".f.wav": b""})
    assert [record.value for record in read_folder(tmp_path)] == [
        {"id": "a", "audio": f"{tmp_path}/a.mp3", "text": "Hello"},
        {"id": "b", "audio": f"{tmp_path}/b.wav"},
        {"id": "deep/er/d", "audio": f"{tmp_path}/deep/er/d.FLAC"},
    ]


def test_clips_that_differ_in_their_extension_alone_keep_it_in_their_ids(tmp_path):
    make(tmp_path, **{"a.wav": b"", "a.mp3": b"", "b.wav": b""})
    ids = [record.value["id"] for record in read_folder(tmp_path)]
    assert ids == ["a.mp3", "a.wav", "b"]


def test_a_text_that_is_no_utf8_costs_only_its_clip(tmp_path):
    make(tmp_path, **{"a.wav": b"", "a.txt": b"caf\xe9", "b.wav": b"", "b.txt": b"tea"})
    bad, good = read_folder(tmp_path)
    assert isinstance(bad, Rejection)
    assert (bad.id, "a.txt: byte 4 is not UTF-8" in bad.reason) == ("a", True)
    assert good.value["text"] == "tea"


def test_clips_that_are_in_no_row_are_counted_whatever_their_paths_look_like(tmp_path):
    clips = [tmp_path / "x" / ".." / "a.wav", tmp_path / "b.wav", tmp_path / "c.wav"]
    with pytest.warns(em.EarmarkWarning, match=r"^2 clips are named by no row of rows, .*b\.wav, "):
        warn_unnamed(clips, [f"{tmp_path}/./a.wav"], "rows")


def test_a_folder_that_is_not_there_cannot_be_listed(tmp_path):
    with pytest.raises(em.DataError, match="cannot be listed: No such file"):
        files_below(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "audio"),
    [("a.wav", True), ("a.b.MP3", True), ("a.txt", False), ("wav", False), (".wav", False)],
)
def test_a_clip_is_known_by_its_extension(name, audio):
    assert is_clip(name) is audio
