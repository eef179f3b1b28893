"""Stored runs explain themselves as they did when they were graded, and say where they cannot."""

import dataclasses
import json
import pickle
import shutil

import numpy as np
import pytest

import earmark as em
from earmark.engine.store.db import Store
from earmark.engine.store.exporting import write_run
from earmark.engine.store.importing import import_run
from earmark.engine.store.runs import entries, find
from earmark.graders import saved

SOUND = "UklGR" * 200
ROWS = [
    {
        "id": i,
        "text": "it is valid",
        "official_answer": "valid" * (i % 7 > 0),
        "sound": (SOUND + "AAAA" * i) * (i < 5),
    }
    | ({} if i % 5 == 0 else {"output_text": ["it is valid", "it is invalid um", ""][i % 3]})
    for i in range(600)
]
BLOCKS = [
    {"type": "word_containment"},
    {"type": "word_containment", "name": "picked", "choices": ["valid", "invalid"]},
    {"type": "word_error_rate", "reference": "{{item.text}}", "max_rate": 0.1},
    {"type": "char_error_rate", "reference": "{{item.text}}"},
    {"type": "string_check", "operation": "like"},
]


class Own:
    """A grader of a program: no block makes it again."""

    name, signature = "own", "own|v1"

    def grade(self, rows):
        scores = np.arange(len(rows)) / len(rows)
        return em.Grades(scores, np.ones(len(rows), np.int8), {}, "the row {}".format)


@pytest.fixture(scope="module")
def run():
    return em.grade(ROWS, [*BLOCKS, Own()])


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    run.save(folder)
    return folder


def loaded_with(run, tmp_path, **changes):
    """A run that was saved with something else in it than its graders gave."""
    dataclasses.replace(run, **changes).save(tmp_path)
    return em.load_run("latest", tmp_path)


def test_every_row_of_every_grader_is_explained_as_it_was(run, folder):
    loaded = em.load_run(folder=folder)
    assert list(loaded.grades) == list(run.grades)
    for name in run.grades:
        for i in [*range(0, 600, 7), 599, 255, 256, 0]:
            assert loaded[name].row(i) == run[name].row(i)


def test_batches_give_the_same_each_time_they_are_gone_over(run, folder, monkeypatch):
    monkeypatch.setattr(saved, "_BATCH", 170)
    store = Store(folder)
    batches = saved.Batches(store, find(store))
    for _ in range(2):
        parts = list(batches)
        assert [len(part) for part in parts] == [170, 170, 170, 90]
        for i in (0, 169, 170, 599):
            part = parts[i // 170]
            assert part["word_error_rate"].row(i % 170) == run["word_error_rate"].row(i)
            assert part.rows.row(i % 170) == run.rows.row(i)


def test_a_rejection_comes_with_the_first_batch_only(tmp_path, monkeypatch):
    monkeypatch.setattr(saved, "_BATCH", 1)
    with pytest.warns(em.EarmarkWarning):
        rows = em.read_rows([7, {"id": "a"}, {"id": "b"}])
    em.Run(rows, {}, {}).save(tmp_path)
    store = Store(tmp_path)
    parts = list(saved.Batches(store, find(store)))
    assert [len(part.rows.rejected) for part in parts] == [1, 0]


def test_one_explanation_grades_a_block_of_rows_again_and_not_all(folder, monkeypatch):
    graded = []
    grade = em.graders.WordErrorRate.grade
    monkeypatch.setattr(
        em.graders.WordErrorRate,
        "grade",
        lambda s, rows: graded.append(len(rows)) or grade(s, rows),
    )
    loaded = em.load_run(folder=folder)
    assert graded == []
    for i in (300, 301, 511, 300):
        loaded["word_error_rate"].explanation(i)
    assert graded == [256]
    loaded["word_error_rate"].explanation(599)
    assert graded == [256, 88]


def test_an_explanation_that_was_kept_is_not_replaced_by_the_rules_own(run, folder, tmp_path):
    write_run(tmp_path / "run.jsonl", [em.load_run(folder=folder)])
    records = list(map(json.loads, (tmp_path / "run.jsonl").read_text().splitlines()))
    records[1]["grades"]["word_containment"]["explanation"] = "a person looked at this one"
    del records[2]["grades"]["word_containment"]["explanation"]
    (tmp_path / "run.jsonl").write_text("\n".join(map(json.dumps, records)))
    entry = import_run(Store(tmp_path / "store"), tmp_path / "run.jsonl")
    loaded = em.load_run(entry.id, tmp_path / "store")
    assert loaded["word_containment"].explanation(1) == "a person looked at this one"
    assert loaded["word_containment"].row(2) == run["word_containment"].row(2)
    assert loaded["word_containment"].row(3) == run["word_containment"].row(3)


def test_a_rule_of_another_version_does_not_explain_what_it_did_not_grade(run, tmp_path):
    signatures = {**run.signatures, "word_containment": "word_containment|v0"}
    loaded = loaded_with(run, tmp_path, signatures=signatures)
    assert loaded["word_containment"].explanation(1) == (
        "missing: ['valid'] (as it was stored: this version's rule is another one)"
    )
    assert loaded["string_check"].row(1) == run["string_check"].row(1)


def test_a_row_that_would_get_another_grade_is_not_explained_by_it(run, tmp_path):
    grades = run["word_error_rate"]
    scores = grades.scores.copy()
    scores[1] += 0.5
    changed = {**run.grades, "word_error_rate": dataclasses.replace(grades, scores=scores)}
    loaded = loaded_with(run, tmp_path, grades=changed)
    assert loaded["word_error_rate"].row(1)["score"] == scores[1]
    assert loaded["word_error_rate"].explanation(1).endswith("this row gets another grade)")
    assert loaded["word_error_rate"].row(2) == run["word_error_rate"].row(2)


@pytest.mark.parametrize(
    "block", [{"type": "gone"}, {"type": "string_check"}, {"name": 3}, {"type": "word_containment"}]
)
def test_a_block_that_makes_no_such_grader_leaves_the_run_readable(run, tmp_path, block):
    loaded = loaded_with(run, tmp_path, blocks={**run.blocks, "picked": block})
    assert [grader.name for grader in saved.graders_of(loaded.blocks)] == [
        "word_containment", "word_error_rate", "char_error_rate", "string_check"
    ]  # fmt: skip
    assert "picked: " in loaded["picked"].explanation(1)
    assert "another one" in loaded["picked"].explanation(1)
    np.testing.assert_array_equal(loaded["picked"].scores, run["picked"].scores)


def test_a_loaded_run_can_be_sent_to_another_process(run, folder):
    loaded = em.load_run(folder=folder)
    loaded["word_error_rate"].explanation(3)
    sent = pickle.loads(pickle.dumps(loaded))
    assert sent["word_error_rate"].explanation(400) == run["word_error_rate"].explanation(400)


def test_regrading_repeats_no_warning(tmp_path):
    with pytest.warns(em.EarmarkWarning, match="Latin"):
        run = em.grade([{"text": "привет", "output_text": "привет"}], BLOCKS[2])
    run.save(tmp_path)
    loaded = em.load_run(folder=tmp_path)  # a warning would be an error here
    assert loaded["word_error_rate"].explanation(0) == run["word_error_rate"].explanation(0)


def test_tables_need_no_audio_and_single_rows_get_theirs(run, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "store")
    store = Store(tmp_path / "store")
    entry = find(store)
    light = saved.load_light(store, entry)
    assert light.rows.items[3]["sound"] != ROWS[3]["sound"]
    whole = saved.with_audio(store, entry, light, [3, 4])
    assert [item["sound"] for item in whole.rows.items] == [row["sound"] for row in ROWS[3:5]]
    rows = store.blobs.path(entry.kept.digest)
    for blob in (store.folder / "blobs").rglob("*"):
        if blob.is_file() and blob != rows:
            blob.unlink()
    light = saved.load_light(store, entry)
    assert light.lines("official_answer") == light.lines("official_answer")
    assert saved.explaining(light)["picked"].row(9) == run["picked"].row(9)
    with pytest.raises(em.StoreError):
        saved.with_audio(store, entry, light, [3])


def test_runs_are_found_by_id_beginning_and_latest(run, tmp_path):
    first = run.save(tmp_path)
    em.Run(run.rows.take([0]), {}, {}, name="later").save(tmp_path)
    assert em.load_run(folder=tmp_path).name == "later"
    assert len(em.load_run(first, tmp_path)) == 600
    assert len(em.load_run(first[:-1], tmp_path)) == 600
    with pytest.raises(em.StoreError, match="there is no run 'x'"):
        em.load_run("x", tmp_path)
    assert len(entries(Store(tmp_path))) == 2
