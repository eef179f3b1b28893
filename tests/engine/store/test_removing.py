"""Removing runs frees what no other run uses, and nothing else."""

import os
import time

import numpy as np
import pytest

import earmark as em
from earmark.engine.store import blobs as blobs_module
from earmark.engine.store.db import Store
from earmark.engine.store.removing import remove_runs, remove_unused
from earmark.engine.store.runs import begin, entries, find, load

SOUNDS = [bytes([i]) * 2000 for i in range(3)]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def run(*sounds):
    item = {"id": "a", "official_answer": "x", "audio": [(sound, 8000) for sound in sounds]}
    return em.grade([{"item": item, "output_text": "x"}], "word_containment")


def files(store):
    return [path for path in (store.folder / "blobs").rglob("*") if path.is_file()]


def later(store, hours=2):
    """As if all that lies there had been put some hours ago."""
    for path in files(store):
        os.utime(path, (time.time() - 3600 * hours,) * 2)


def test_what_no_run_uses_any_more_is_freed_and_the_others_come_back_whole(store):
    first, second = run(*SOUNDS[:2]), run(*SOUNDS[1:])
    ids = [first.save(store.folder), second.save(store.folder)]
    later(store)
    before = sum(path.stat().st_size for path in files(store))
    (gone,) = remove_runs(store, ids[:1])
    swept = remove_unused(store)
    assert (gone.id, swept.files, swept.spared) == (ids[0], 2, 0)  # its rows, and its own sound
    assert swept.size == before - sum(path.stat().st_size for path in files(store)) > 2000
    assert list(load(store, find(store, ids[1])).rows) == list(second.rows)
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM grades").fetchone() == (1,)
    remove_runs(store, ["latest"])
    assert remove_unused(store).files == 3
    assert files(store) == []


def test_blobs_that_were_put_lately_may_be_a_runs_that_is_being_written(store):
    id = run(SOUNDS[0]).save(store.folder)
    remove_runs(store, [id])
    swept = remove_unused(store)
    assert (swept.files, swept.size) == (0, 0)
    assert swept.spared == sum(path.stat().st_size for path in files(store))


def test_putting_what_lies_there_makes_it_new(store):
    id = run(SOUNDS[0]).save(store.folder)
    later(store)
    digest = store.blobs.put(SOUNDS[0])  # by a program that will save its run in a moment
    remove_runs(store, [id])
    remove_unused(store)
    assert store.blobs.get(digest) == SOUNDS[0]


def test_a_blob_that_is_put_at_the_very_moment_of_its_removal_stays(store, monkeypatch):
    digest = store.blobs.put(SOUNDS[0])
    later(store)
    replace = os.replace

    def putting(*paths):
        monkeypatch.setattr(blobs_module.os, "replace", replace)
        store.blobs.put(SOUNDS[0])
        replace(*paths)

    with store.writing():
        pass
    monkeypatch.setattr(blobs_module.os, "replace", putting)
    assert remove_unused(store).files == 0
    assert store.blobs.get(digest) == SOUNDS[0]
    assert len(files(store)) == 1


def test_nothing_is_freed_that_was_put_since_a_run_began_that_is_still_being_written(store):
    with store.writing() as connection:
        seq, half = begin(connection, run())
        connection.execute("UPDATE runs SET created = '2026-01-01T12:00:00Z' WHERE seq = ?", (seq,))
    digest = store.blobs.put(SOUNDS[0])
    later(store)
    assert remove_unused(store).files == 0
    (entry,) = remove_runs(store, [half])
    assert (entry.id, entry.status, entries(store)) == (half, "writing", [])
    assert remove_unused(store).files == 1
    with pytest.raises(em.StoreError):
        store.blobs.get(digest)


def test_runs_are_removed_all_or_none(store):
    ids = [run(sound).save(store.folder) for sound in SOUNDS]
    with pytest.raises(em.StoreError, match="there is no run 'x'"):
        remove_runs(store, [ids[0], "x"])
    assert len(entries(store)) == 3
    assert [entry.id for entry in remove_runs(store, [ids[2], "latest", ids[0]])] == ids[::-2]
    assert [entry.id for entry in entries(store)] == ids[1:2]


def test_a_run_that_cannot_be_read_keeps_all_from_being_freed(store):
    broken, gone = run(SOUNDS[0]).save(store.folder), run(SOUNDS[1]).save(store.folder)
    store.blobs.path(find(store, broken).kept.digest).write_bytes(b"{}\n")
    later(store)
    remove_runs(store, [gone])
    with pytest.raises(em.StoreError, match="changed or damaged"):
        remove_unused(store)
    assert len(files(store)) == 4
    remove_runs(store, [broken])
    assert remove_unused(store).files == 4


def test_arrays_and_texts_are_used_wherever_they_stand_in_a_row(store):
    audio = {"array": np.arange(100.0), "sampling_rate": 8000}
    text = "data:audio/wav;base64," + "UklG" * 100
    deep = {"earmark:blob": [{"x": (text, audio)}]}
    rows = em.read_rows([{"item": {"id": "a", "deep": deep}, "sample": {"output_audio": text}}])
    id = em.Run(rows, {}, {}).save(store.folder)
    later(store)
    assert remove_unused(store).files == 0
    (found,) = load(store, find(store, id)).rows.items
    assert found["deep"]["earmark:blob"][0]["x"][0] == text
    np.testing.assert_array_equal(found["deep"]["earmark:blob"][0]["x"][1]["array"], audio["array"])
