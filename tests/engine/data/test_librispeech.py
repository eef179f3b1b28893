import pytest

import earmark as em
from earmark.engine.data.librispeech import read_corpus, read_transcript
from earmark.engine.types import Rejection

TEXT = b"84-1-0000 GO DO YOU HEAR\n84-1-0001 BUT  IN LESS\n"


def corpus(tmp_path, clips=("84-1-0000.flac", "84-1-0001.flac"), text=TEXT):
    folder = tmp_path / "84" / "1"
    folder.mkdir(parents=True)
    for clip in clips:
        (folder / clip).touch()
    (folder / "84-1.trans.txt").write_bytes(text)
    return folder / "84-1.trans.txt"


def test_a_line_is_an_item_with_its_clip_beside_the_transcript(tmp_path):
    rows = em.read_rows(corpus(tmp_path, text=b"\xef\xbb\xbf" + TEXT.replace(b"\n", b"\r\n")))
    assert rows.items == [
        {"id": "84-1-0000", "audio": "84-1-0000.flac", "text": "GO DO YOU HEAR"},
        {"id": "84-1-0001", "audio": "84-1-0001.flac", "text": "BUT  IN LESS"},
    ]
    assert rows.base == str(tmp_path / "84" / "1")


def test_clips_that_were_converted_are_found_under_their_new_extension(tmp_path):
    path = corpus(tmp_path, clips=("84-1-0000.wav", "84-1-0001.mp3"))
    assert [r.value["audio"] for r in read_transcript(path)] == ["84-1-0000.wav", "84-1-0001.mp3"]


def test_an_absent_clip_is_an_item_all_the_same(tmp_path):
    path = corpus(tmp_path, clips=("84-1-0000.flac",))
    assert [r.value["audio"] for r in read_transcript(path)] == ["84-1-0000.flac", "84-1-0001.flac"]
    assert [report.verdict for report in em.check(path)] == ["error", "error"]  # empty, absent


@pytest.mark.parametrize(
    ("line", "clip_id", "cause"),
    [
        (b"84-1-0001", "84-1-0001", "no text stands behind the id"),
        (b"84-1-0001 \t ", "84-1-0001", "no text stands behind the id"),
        (b"84-1-0001 caf\xe9", "", "byte 14 is not UTF-8"),
        (b"../../etc/passwd TEXT", "", "'../../etc/passwd' is no id: it has a folder in it"),
    ],
)
def test_a_bad_line_costs_itself_alone(tmp_path, line, clip_id, cause):
    path = corpus(tmp_path, clips=(), text=b"84-1-0000 A\n\n" + line + b"\n84-1-0002 C\n")
    first, bad, last = read_transcript(path)
    assert (first.value["text"], last.value["text"]) == ("A", "C")
    assert isinstance(bad, Rejection)
    assert (bad.file, bad.line, bad.id) == (str(path), 3, clip_id)
    assert cause in bad.reason


def test_an_id_twice_is_refused_at_the_second_line(tmp_path):
    path = corpus(tmp_path, clips=(), text=TEXT + b"84-1-0000 AGAIN\n")
    with pytest.warns(em.EarmarkWarning, match=r"trans\.txt:3 .*stands twice, first at .*:1"):
        assert len(em.read_rows(path)) == 2


def test_clips_in_no_transcript_are_counted(tmp_path):
    path = corpus(tmp_path, clips=("84-1-0000.flac", "84-1-0001.flac", "84-1-0007.flac"))
    with pytest.warns(em.EarmarkWarning, match=r"1 clip is named by no row.*84-1-0007\.flac"):
        list(read_transcript(path))


def test_an_empty_transcript_is_an_error(tmp_path):
    with pytest.raises(em.DataError, match=r"84-1\.trans\.txt: no record is in it"):
        em.read_rows(corpus(tmp_path, clips=(), text=b"\n"))


def test_a_corpus_names_its_clips_as_they_are_reached_from_here(tmp_path):
    path = corpus(tmp_path)
    other = path.parent / "84-2-0000.flac"
    with pytest.warns(em.EarmarkWarning, match="no row of the 1 transcripts"):
        found = list(read_corpus([path], [path.parent / "84-1-0001.wav", other]))
    assert [r.value["audio"] for r in found] == [
        str(path.parent / "84-1-0000.flac"),
        str(path.parent / "84-1-0001.wav"),
    ]
