import csv
import datetime
import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.write import atomic, cell, json_line, write_csv, write_jsonl


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with atomic(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["out.jsonl"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_after_a_failure_the_old_file_is_there_and_nothing_else(tmp_path, failure):
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with pytest.raises(failure), atomic(path) as file:
        file.write(b"half of the n")
        raise failure
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.jsonl"]


def test_a_full_disk_is_a_data_error_that_names_the_file(tmp_path):
    path = tmp_path / "out.jsonl"
    with pytest.raises(em.DataError, match=r"out\.jsonl: cannot be written: No space"):
        with atomic(path):
            raise OSError(errno.ENOSPC, "No space left on device")
    assert os.listdir(tmp_path) == []


def test_the_error_of_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        with atomic(tmp_path / "out.jsonl"):
            (tmp_path / "absent").read_bytes()


def test_a_folder_that_is_not_there_or_stands_in_the_way_is_said(tmp_path):
    with pytest.raises(em.DataError, match=r"there is no folder .*nowhere"):
        write_jsonl(tmp_path / "nowhere" / "out.jsonl", [])
    with pytest.raises(em.DataError, match="Is a directory"):
        write_jsonl(tmp_path, [])


def test_a_new_file_has_the_rights_that_open_gives(tmp_path):
    (tmp_path / "plain").touch()
    write_jsonl(tmp_path / "ours", [])
    rights = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "ours")]
    assert rights[0] == rights[1]


def test_through_a_link_the_file_behind_it_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "out.jsonl").touch()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real" / "out.jsonl")
    write_jsonl(tmp_path / "link.jsonl", [{"a": 1}])
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "real" / "out.jsonl").read_text() == '{"a":1}\n'


def test_a_device_is_written_into_and_not_replaced():
    write_jsonl("/dev/null", [{"a": 1}])
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10**30, "1" + "0" * 30),
        (float("nan"), "null"),
        (np.float32(0.5), "0.5"),
        (np.array([1, 2])[::-1], "[2,1]"),
        (Path("a.wav"), '"a.wav"'),
        (datetime.date(2026, 1, 2), '"2026-01-02"'),
        (pd.Timestamp("2026-01-02"), '"2026-01-02T00:00:00"'),
        (pd.NaT, "null"),
        (pd.NA, "null"),
        ("é\u2028", '"é\u2028"'),
    ],
)
def test_every_value_has_one_form_in_json(value, text):
    assert json_line({"v": value}).decode() == f'{{"v":{text}}}\n'


@pytest.mark.parametrize("value", [b"RIFF", object(), "\ud800"])
def test_what_json_cannot_hold_is_refused_with_its_record(tmp_path, value):
    with pytest.raises(em.DataError, match="record 2: it cannot be written as JSON"):
        write_jsonl(tmp_path / "out.jsonl", [{"v": 1}, {"v": value}])
    assert os.listdir(tmp_path) == []


def test_rows_that_were_written_are_read_back(tmp_path):
    records = [
        {"item": {"id": "a", "n": 2**70}, "sample": {"output_text": "=1+1\n"}, "repeat": 0},
        {"item": {"id": "a", "n": -1.5}, "sample": None, "repeat": 1},
    ]
    assert write_jsonl(tmp_path / "rows.jsonl", records) == 2
    rows = em.read_rows(tmp_path / "rows.jsonl")
    assert [
        {"item": row.item, "sample": row.sample, "repeat": row.repeat} for row in rows
    ] == records


def test_a_table_for_people_runs_nothing_and_keeps_its_numbers(tmp_path):
    values = ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "a=1", -1.5, np.float64(-2.5), -3, 1e-9]
    count = write_csv(tmp_path / "out.csv", ["=name", "value"], [(v, v) for v in values])
    with open(tmp_path / "out.csv", newline="") as file:
        header, *rows = csv.reader(file)
    assert (count, header) == (len(values), ["'=name", "value"])
    assert [row[0] for row in rows] == [
        *("'=1+1", "'+1", "'-1", "'@A1", "'\t=1", "'\r=1", "a=1"),
        *("-1.5", "-2.5", "-3", "1e-09"),
    ]


@pytest.mark.parametrize("absent", [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_what_is_absent_is_an_empty_cell(absent):
    assert cell(absent) == ""


def test_lists_and_objects_are_json_in_a_cell():
    assert cell({"missing": ["a", "é"], "n": None}) == '{"missing":["a","é"],"n":null}'


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_begins_a_formula(text):
    assert cell(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert cell(text).removeprefix("'") == text.removeprefix("'")


def test_a_text_that_is_no_unicode_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(em.DataError, match="row 2"):
        write_csv(tmp_path / "out.csv", ["a"], [["fine"], ["\ud800"]])
    assert os.listdir(tmp_path) == []


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers()))
def test_a_line_of_json_reads_back(record):
    assert json.loads(json_line(record)) == record


def test_a_record_with_a_large_integer_and_a_nan_can_be_written():
    line = json_line({"n": 10**20, "x": float("nan"), "list": [float("inf"), pd.NA]})
    assert line == b'{"n":100000000000000000000,"x":null,"list":[null,null]}\n'


def test_a_text_that_no_cell_can_hold_gives_way_to_its_length(tmp_path):
    path = tmp_path / "o.csv"
    write_csv(path, ["audio", "note"], [["A" * 40_000, "B" * 32_767]])
    assert path.read_text() == 'audio,note\n"(40,000 characters, left out)",' + "B" * 32_767 + "\n"


def test_a_pipe_is_written_straight_into(tmp_path):
    code = (
        "from earmark.engine.data.write import write_jsonl\n"
        "write_jsonl('/dev/stdout', [{'a': 1}])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b'{"a":1}\n'


def test_a_dash_is_stdout_behind_what_was_printed_before(capfdbinary):
    print("first")
    assert write_jsonl("-", [{"id": 1}, {"id": 2}]) == 2
    assert capfdbinary.readouterr().out == b'first\n{"id":1}\n{"id":2}\n'
    assert not os.path.exists("-")
