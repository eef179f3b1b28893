import os
import sys

import pytest

import earmark as em
from earmark.engine.data.write_parquet import write_parquet

pq = pytest.importorskip("pyarrow.parquet", reason="the extra tables is not installed")

COLUMNS = {"t": "text", "b": "truth", "i": "whole", "n": "number", "j": "json"}
PARTS = [
    [["héllo"], [True], [2**62], [1], [["a", None]]],
    [[None, ""], [None, False], [None, -1], [float("nan"), 0.5], ["a", None]],
]


def test_each_kind_is_a_type_and_what_is_absent_is_null(tmp_path):
    path = tmp_path / "t.parquet"
    assert write_parquet(path, COLUMNS, PARTS) == 3
    found = pq.read_table(path)
    types = [str(field.type) for field in found.schema]
    assert types == ["string", "bool", "int64", "double", "string"]
    assert found.to_pylist() == [
        {"t": "héllo", "b": True, "i": 2**62, "n": 1.0, "j": '["a",null]'},
        {"t": None, "b": None, "i": None, "n": None, "j": '"a"'},
        {"t": "", "b": False, "i": -1, "n": 0.5, "j": None},
    ]


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    assert write_parquet(tmp_path / "t.parquet", COLUMNS, []) == 0
    assert pq.read_table(tmp_path / "t.parquet").column_names == list(COLUMNS)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("text", "\ud800"), ("text", 3), ("whole", 2**70), ("whole", "3"), ("number", "x")],
)
def test_a_value_that_is_not_of_its_kind_is_named_with_its_column(tmp_path, kind, value):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"old")
    with pytest.raises(em.DataError, match=r"t\.parquet: my column: cannot be written as Parquet"):
        write_parquet(path, {"my column": kind}, [[[value]]])
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["t.parquet"]


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(em.MissingExtra, match=r"earmark\[tables\]"):
        write_parquet(tmp_path / "t.parquet", COLUMNS, PARTS)
    assert os.listdir(tmp_path) == []
