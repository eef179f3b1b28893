"""Runs that are saved while they are graded."""

import json

import pytest

import earmark as em
from earmark.engine.store.db import Store
from earmark.engine.store.runs import entries, find, load
from earmark.graders.keeping import Keeping

ROWS = [{"id": str(i), "official_answer": "a", "output_text": "a b"} for i in range(3)]


def saved(tmp_path):
    """The run that was graded, and the one that lies in the store."""
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return graded(tmp_path, file)


def graded(tmp_path, file):
    """A run of the rows of a file, and the one that lies in the store."""
    store = Store(tmp_path / "store")
    keeping = Keeping(store, str(file))
    keeping.start()
    run = em.grade(em.read_rows(file), "word_containment")
    keeping.join()
    id = keeping.save(run)
    return run, load(store, find(store, id))


def test_what_is_read_back_is_what_was_graded(tmp_path):
    run, back = saved(tmp_path)
    assert list(back.rows) == list(run.rows)
    assert back["word_containment"].passed.tolist() == [1, 1, 1]
    assert back.signatures == run.signatures
    blobs = [path for path in (tmp_path / "store" / "blobs").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in blobs] == [(tmp_path / "rows.jsonl").read_bytes()]


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("rows.csv", "table.jsonl", "id,official_answer,output_text\n1,a,a b\n2,b,c\n"),
        ("rows.jsonl", "lines.csv", '{"id": 1, "output_text": "a"}\n{"id": 2}\n'),
    ],
)
def test_a_link_is_read_and_kept_as_what_its_own_name_says(tmp_path, name, file, text):
    (tmp_path / file).write_text(text)
    (tmp_path / name).symlink_to(tmp_path / file)
    run, back = graded(tmp_path, tmp_path / name)
    assert len(run) == 2
    assert list(back.rows) == list(run.rows)


def test_no_cut_of_a_manifest_is_lost_whatever_stands_around_it(tmp_path):
    cut = {"audio_filepath": "a.wav", "offset": 1.5, "duration": 2}
    bad = {"item": cut, "audio_filepath": "a.wav", "repeat": -1}
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, [bad, {"id": "plain"}, {"id": "cut", **cut}])))
    with pytest.warns(em.EarmarkWarning, match="1 of 3 records"):
        run, back = graded(tmp_path, file)
    assert back.rows.items[1]["audio_filepath"] == {"path": "a.wav", "offset": 1.5, "duration": 2}
    assert list(back.rows) == list(run.rows)


def test_a_kept_file_that_was_removed_meanwhile_is_kept_once_more(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    store = Store(tmp_path / "store")
    keeping = Keeping(store, str(file))
    keeping.start()
    run = em.grade(em.read_rows(file), "word_containment")
    keeping.join()
    for blob in (tmp_path / "store" / "blobs").glob("*/*"):
        blob.unlink()
    assert list(load(store, find(store, keeping.save(run))).rows) == list(run.rows)


def test_a_run_without_a_row_is_not_saved_and_takes_no_place(tmp_path):
    run, _ = saved(tmp_path)
    (tmp_path / "bad.jsonl").write_text("7\n8\n")
    with pytest.warns(em.EarmarkWarning, match="2 of 2 records"):
        with pytest.raises(em.DataError, match=r"no row of .*bad\.jsonl was taken"):
            graded(tmp_path, tmp_path / "bad.jsonl")
    (entry,) = entries(Store(tmp_path / "store"))
    assert entry.count == len(run)


def test_a_file_that_changes_while_it_is_read_is_not_what_is_saved(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    store = Store(tmp_path / "store")
    keeping = Keeping(store, str(file))
    keeping.start()
    keeping.join()
    file.write_text(json.dumps({**ROWS[0], "output_text": "other words"}) + "\n")
    run = em.grade(em.read_rows(file), "word_containment")
    file.write_text("")
    back = load(store, find(store, keeping.save(run)))
    assert list(back.rows) == list(run.rows)
    assert len(back) == 1 and back.rows.samples[0]["output_text"] == "other words"
