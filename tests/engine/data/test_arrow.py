import datetime
import uuid
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.engine.data.arrow import as_json, batch_records
from earmark.engine.types import Rejection

AT = datetime.datetime(2024, 1, 2, 3, 4, 5, 600)


def one(value, kind):
    batch = pa.record_batch({"x": pa.array([value], kind)})
    (record,) = batch_records(batch, 0, 10, "rows")
    return record.value["x"]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (AT, pa.timestamp("us"), "2024-01-02T03:04:05.000600"),
        (AT, pa.timestamp("ms", "UTC"), "2024-01-02T03:04:05+00:00"),
        (1, pa.timestamp("ns"), "1970-01-01T00:00:00.000000001"),
        (AT.date(), pa.date32(), "2024-01-02"),
        (AT.time(), pa.time64("us"), "03:04:05.000600"),
        (1500, pa.duration("ms"), 1.5),
        (Decimal("2.00"), pa.decimal128(9, 2), 2),
        (Decimal("1.10"), pa.decimal128(9, 2), 1.1),
        (Decimal("0.1234567890123456789"), pa.decimal128(38, 19), "0.1234567890123456789"),
        ([("a", AT.date())], pa.map_(pa.string(), pa.date32()), {"a": "2024-01-02"}),
        ([(1, "x")], pa.map_(pa.int8(), pa.string()), [[1, "x"]]),
        (
            [{"at": AT.date()}, None],
            pa.list_(pa.struct({"at": pa.date32()})),
            [{"at": "2024-01-02"}, None],
        ),
        ({"bytes": b"\xff", "path": None}, None, {"bytes": b"\xff", "path": None}),
        (float("nan"), pa.float64(), None),
        ({"x": float("nan")}, None, {"x": None}),
        (None, pa.null(), None),
        (True, pa.bool_(), True),
        (2**63, pa.uint64(), 2**63),
        (b"\x01", pa.large_binary(), b"\x01"),
    ],
)
def test_values_are_as_json_has_them(value, kind, expected):
    found = one(value, kind)
    assert found == expected
    assert type(found) is type(expected)


def test_a_dictionary_is_its_values():
    assert one("a", pa.dictionary(pa.int8(), pa.string())) == "a"


def test_a_uuid_is_its_text():
    value = as_json(uuid.UUID(int=1), pa.string())
    assert value == "00000000-0000-0000-0000-000000000001"


def test_a_value_that_cannot_be_had_costs_its_row_alone():
    text = pa.StringArray.from_buffers(
        3, pa.py_buffer(np.array([0, 1, 2, 3], np.int32).tobytes()), pa.py_buffer(b"a\xffc")
    )
    years = pa.array([0, 0, 2**49], pa.timestamp("s"))
    batch = pa.record_batch({"text": text, "at": years})
    first, second, third = batch_records(batch, 40, 8, "rows")
    assert (first.place, first.value["text"]) == ("rows[40]", "a")
    assert isinstance(second, Rejection)
    assert second.file == "rows[41]"
    assert "'text' cannot be had: 'utf-8' codec can't decode byte 0xff" in second.reason
    assert "'at' cannot be had" in third.reason


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-999, max_value=999))
def test_a_decimal_is_never_another_number(value):
    assert Decimal(repr(as_json(value, pa.decimal128(9, 6))).strip("'")) == value
