import csv
import gzip
import json
import os
import warnings

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import earmark as em
from earmark.engine.data.audiofolder import names_clips, read_audiofolder, read_metadata

ROWS = [
    {"file_name": "clips/a.wav", "transcription": "one, two"},
    {"file_name": "b.mp3", "transcription": "three"},
]
EXPECTED = [
    {"audio": "clips/a.wav", "transcription": "one, two"},
    {"audio": "b.mp3", "transcription": "three"},
]


def metadata(folder, rows=ROWS, name="metadata.csv", clips=("clips/a.wav", "b.mp3")):
    for clip in clips:
        (folder / clip).parent.mkdir(parents=True, exist_ok=True)
        (folder / clip).touch()
    path = folder / name
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif name.endswith(".csv"):
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize(
    "name", ["metadata.csv", "metadata.jsonl", "metadata.parquet", "metadata.jsonl.gz"]
)
def test_the_file_name_is_the_audio_below_the_folder_of_the_metadata(tmp_path, name):
    rows = em.read_rows(metadata(tmp_path, name=name))
    assert rows.items == EXPECTED
    assert rows.base == str(tmp_path)
    assert rows.file is None  # its lines alone are not these rows


def test_every_field_that_names_a_file_is_audio_under_the_rest_of_its_name(tmp_path):
    rows = [{"id": "x", "question_file_name": "b.mp3", "answer_file_name": None, "file_names": "y"}]
    (record,) = read_metadata(metadata(tmp_path, rows, "metadata.jsonl", clips=["b.mp3"]))
    assert record.value == {
        "id": "x",
        "question": "b.mp3",
        "answer_file_name": None,
        "file_names": "y",
    }


def test_an_audio_that_is_there_already_is_not_replaced(tmp_path):
    row = {"audio": "a.wav", "file_name": "b.wav"}
    (record,) = read_metadata(metadata(tmp_path, [row], "metadata.jsonl", clips=[]))
    assert record.value == row


def test_clips_are_found_beside_an_audio_of_the_users_own(tmp_path):
    path = metadata(tmp_path, [{"file_name": "b.mp3", "audio": "take 7"}], clips=["b.mp3"])
    assert names_clips(path)
    assert em.read_rows(tmp_path).items == [
        {"file_name": str(tmp_path / "b.mp3"), "audio": "take 7"}
    ]


@pytest.mark.parametrize(
    "lines",
    [
        '{"note": "made in May"}\n{"file_name": "b.mp3"}\n',
        '{"file_name": null}\n{"file_name": ""}\n{"file_name": "b.mp3"}\n',
        '{broken\n{"file_name": "b.mp3"}\n',
    ],
)
def test_metadata_names_clips_wherever_in_it_it_does(tmp_path, lines):
    (tmp_path / "b.mp3").touch()
    (tmp_path / "metadata.jsonl").write_text(lines)
    assert names_clips(tmp_path / "metadata.jsonl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.EarmarkWarning)
        assert em.read_rows(tmp_path).items[-1] == {"audio": str(tmp_path / "b.mp3")}


def test_metadata_that_names_no_clips_is_read_as_it_stands(tmp_path):
    path = metadata(tmp_path, [{"id": "1", "audio": "a.wav"}])
    assert [record.value for record in read_metadata(path)] == [{"id": "1", "audio": "a.wav"}]
    assert not names_clips(path)


def test_clips_that_no_row_names_are_counted_and_left_out(tmp_path):
    path = metadata(tmp_path, clips=("clips/a.wav", "b.mp3", "c.wav", "clips/d.wav"))
    with pytest.warns(em.EarmarkWarning, match="2 clips are named by no row of .*metadata.csv"):
        assert len(em.read_rows(path)) == 2


def test_a_clip_that_is_named_but_absent_is_an_item_all_the_same(tmp_path):
    path = metadata(tmp_path, clips=["b.mp3"])
    assert [record.value for record in read_metadata(path)] == EXPECTED
    assert "No such file" in em.check(path)[0].reasons[0]


def test_bad_rows_and_ids_that_stand_twice_are_refused_with_their_lines(tmp_path):
    path = tmp_path / "metadata.csv"
    path.write_text("id,file_name\n1,a.wav\n2\n1,c.wav\n")
    with pytest.warns(em.EarmarkWarning, match="2 of 3 records were skipped"):
        rows = em.read_rows(path)
    assert [r.line for r in rows.rejected] == [3, 4]
    path.write_text("file_name,text\n")
    with pytest.raises(em.DataError, match="no record is in it"):
        em.read_rows(path)


def test_splits_are_read_one_after_the_other_with_their_paths_from_here(tmp_path, monkeypatch):
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    tables = [metadata(tmp_path / "test"), metadata(tmp_path / "train")]
    monkeypatch.chdir(tmp_path)
    tables = [table.relative_to(tmp_path) for table in tables]
    clips = [table.parent / clip for table in tables for clip in ("clips/a.wav", "b.mp3")]
    audio = [record.value["audio"] for record in read_audiofolder(tables, clips)]
    assert audio == ["test/clips/a.wav", "test/b.mp3", "train/clips/a.wav", "train/b.mp3"]
    assert all(map(os.path.isfile, audio))
