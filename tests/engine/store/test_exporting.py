"""Runs as files, read back by whoever reads such files."""

import csv
import json
import os

import numpy as np
import pandas as pd
import pytest

import earmark as em
from earmark.engine.data.write import cell
from earmark.engine.store.db import Store
from earmark.engine.store.exporting import check_target, write_evals, write_run

ROWS = [
    {
        "item": {"id": 1, "official_answer": "valid", "n": 10**20, "x": -1.5, "formula": "=1+1"},
        "sample": {"output_text": "It is invalid.", "model": "m"},
    },
    {
        "item": {"id": "2", "official_answer": "12", "text": "twelve", "x": 2, "list": [1, "a"]},
        "output_text": "twelve eggs\nand 12",
        "repeat": 3,
    },
    {"item": {"id": "3"}},
]


@pytest.fixture
def run():
    blocks = [
        {"type": "word_containment", "name": "rule"},
        {"type": "word_error_rate", "reference": "{{item.official_answer}}"},
    ]
    return em.grade(ROWS, blocks)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_only_the_first_record_says_what_the_run_is_and_readers_pass_over_it(run, tmp_path):
    path = tmp_path / "run.jsonl"
    assert write_run(path, [run, run]) == 6
    first, *others = lines(path)
    assert not any("run" in record for record in others)
    assert [grader["name"] for grader in first["run"]["graders"]] == ["rule", "word_error_rate"]
    assert first["run"]["graders"][0]["block"]["type"] == "word_containment"
    assert first["grades"]["rule"]["missing"] == ["valid"]
    write_run(path, [run])
    rows = em.read_rows(path)  # a warning would be an error here
    assert [*rows.items] == [*run.rows.items]
    assert [*rows.samples] == [*run.rows.samples]


def test_csv_is_what_the_frame_would_be_and_safe_for_spreadsheets(run, tmp_path):
    write_run(tmp_path / "a.csv", [run])
    with (tmp_path / "a.csv").open(newline="") as file:
        heads, *rows = csv.reader(file)
    frame = run.to_frame().astype(object)
    assert heads == list(frame.columns)
    for line, values in zip(rows, frame.itertuples(index=False, name=None), strict=True):
        for text, value in zip(line, map(cell, values), strict=True):
            number = isinstance(value, int | float)  # in a frame 0 is 0.0 beside a missing one
            assert (float(text) if number else text) == value
    first = dict(zip(heads, rows[0], strict=True))
    assert (first["formula"], first["x"], first["word_error_rate.hits"]) == ("'=1+1", "-1.5", "0")


def test_parquet_has_typed_columns_and_the_frames_values(run, tmp_path):
    pytest.importorskip("pyarrow", reason="the extra tables is not installed")
    write_run(tmp_path / "a.parquet", [run])
    found = pd.read_parquet(tmp_path / "a.parquet")
    assert list(found.columns) == list(run.to_frame().columns)
    assert found["x"].tolist()[:2] == [-1.5, 2.0]
    assert found["n"][0] == str(10**20)
    assert json.loads(found["list"][1]) == [1, "a"]
    assert found["rule.passed"].tolist() == [False, True, None]
    np.testing.assert_array_equal(found["word_error_rate.score"], run["word_error_rate"].scores)


def test_evals_rows_are_item_and_sample_and_the_repeat_where_there_is_one(run, tmp_path):
    path = tmp_path / "evals.jsonl"
    assert write_evals(path, [run]) == 3
    assert lines(path) == [
        {"item": ROWS[0]["item"], "sample": ROWS[0]["sample"]},
        {"item": ROWS[1]["item"], "sample": {"output_text": "twelve eggs\nand 12"}, "repeat": 3},
        {"item": {"id": "3"}},
    ]


@pytest.mark.parametrize("name", ["run.jsonl", "run.csv", "run.parquet"])
def test_a_run_in_parts_is_the_same_file(run, tmp_path, name):
    halves = [
        em.Run(
            run.rows.take(index),
            {grader: grades.take(index) for grader, grades in run.grades.items()},
            run.signatures,
            run.blocks,
        )
        for index in ([0, 1], [2])
    ]
    (tmp_path / "parts").mkdir()
    write_run(tmp_path / name, [run])
    assert write_run(tmp_path / "parts" / name, halves) == 3
    if name.endswith(".parquet"):
        read = pd.read_parquet
        pd.testing.assert_frame_equal(read(tmp_path / name), read(tmp_path / "parts" / name))
    else:
        assert (tmp_path / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_bytes_are_written_as_text_that_is_audio(tmp_path):
    wav = em.load_audio((np.zeros((1, 800), np.float32), 8000)).encode("wav")
    run = em.Run(em.read_rows([{"audio": {"bytes": wav, "path": None}}]), {}, {})
    for name in ("a.jsonl", "a.csv"):
        write_run(tmp_path / name, [run])
    (row,) = em.read_rows(tmp_path / "a.jsonl")
    assert em.load_audio(row.item["audio"]).duration == 0.1


@pytest.mark.parametrize("name", ["run.txt", "run", "run.json"])
def test_another_extension_is_refused_with_those_there_are(run, tmp_path, name):
    with pytest.raises(em.ConfigError, match=r"\.jsonl, \.csv, \.parquet"):
        write_run(tmp_path / name, [run])


def test_the_store_and_the_source_are_not_overwritten(tmp_path):
    store, source = Store(tmp_path / "store"), tmp_path / "rows.jsonl"
    source.write_text("{}")
    (tmp_path / "way in").symlink_to(tmp_path / "store" / "blobs")
    for inside in (store.path, tmp_path / "way in" / "x.jsonl"):
        with pytest.raises(em.ConfigError, match="lies in the store"):
            check_target(inside, store)
    with pytest.raises(em.ConfigError, match="what the run was read from"):
        check_target(os.path.relpath(source), store, str(source))
    check_target(tmp_path / "storehouse.jsonl", store, str(source))
