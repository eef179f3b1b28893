import numpy as np
import pandas as pd
import pytest

import earmark as em
from earmark.engine.data.in_memory import is_frame, read_frame, read_list


def values(frame):
    return [record.value for record in read_frame(frame)]


def test_what_is_missing_in_a_frame_is_null():
    frame = pd.DataFrame(
        {
            "n": [1.5, float("nan")],
            "when": [pd.Timestamp("2026-01-02"), pd.NaT],
            "text": ["a", None],
            "whole": pd.array([7, pd.NA], dtype="Int64"),
            "list": [[float("nan")], []],
        }
    )
    first, second = values(frame)
    assert first["n"] == 1.5
    assert first["when"] == pd.Timestamp("2026-01-02")
    assert second == {"n": None, "when": None, "text": None, "whole": None, "list": []}


def test_numbers_of_a_frame_are_those_of_python():
    frame = pd.DataFrame({"i": np.array([2**62 + 1]), "b": [True], "o": [np.float32(0.5)]})
    frame["o"] = frame["o"].astype(object)
    (value,) = values(frame)
    assert value == {"i": 2**62 + 1, "b": True, "o": 0.5}
    assert [type(v) for v in value.values()] == [int, bool, float]


def test_a_frame_is_read_in_its_order_whatever_its_index_and_length():
    frame = pd.DataFrame({"n": range(2500)}, index=range(5000, 2500, -1))
    records = list(read_frame(frame))
    assert [record.value["n"] for record in records] == list(range(2500))
    assert records[2049].place == "DataFrame[2049]"


def test_a_frame_with_two_columns_of_one_name_is_refused():
    with pytest.raises(em.DataError, match=r"^DataFrame: 'a' names more than one column"):
        list(read_frame(pd.DataFrame([[1, 2]], columns=["a", "a"])))


def test_a_frame_is_known_by_its_shape():
    assert is_frame(pd.DataFrame())
    assert not is_frame([{"a": 1}])
    assert not is_frame(pd.Series([1]))


@pytest.mark.parametrize(
    "audio",
    [
        "x" * 1000,
        {"data": b"x" * 1000},
        [{"role": "user", "content": [{"input_audio": {"data": "x" * 1000}}]}],
        (np.zeros(250, np.float32), 16_000),
        {"array": [0.5] * 125, "sampling_rate": 16_000},
        [[0.5] * 100, [0.5] * 25],
    ],
)
def test_audio_is_counted_wherever_it_stands_in_a_value(audio):
    (record,) = read_list([{"id": "1", "audio": audio}])
    assert 1000 <= record.size < 1050


def test_the_values_of_a_list_stay_the_objects_they_are():
    audio = {"array": np.zeros(1000, np.float32), "sampling_rate": 16_000}
    (record,) = read_list([{"id": 1, "audio": audio}])
    assert record.value["audio"] is audio
    assert record.place == "list[0]"


def test_the_size_of_a_record_counts_its_texts_bytes_and_arrays():
    audio = {"array": np.zeros(1000, np.float32), "bytes": b"12345"}
    (record,) = read_list([{"item": {"text": "abc", "audio": audio, "n": 7}}])
    assert record.size == 4000 + 5 + 3


def test_what_is_missing_in_a_list_is_null_too():
    value = {"answer": float("nan"), "item": {"when": pd.NaT}, "sample": {"output_text": pd.NA}}
    (record,) = read_list([value])
    assert record.value == {"answer": None, "item": {"when": None}, "sample": {"output_text": None}}


def test_whole_numbers_that_pandas_made_floats_are_integers_again_and_it_is_said():
    frame = pd.DataFrame(
        {
            "id": [1, 7, None],
            "answer": [None, 12, 7],
            "share": [0.5, None, 1.0],
            "level": [1.0, 2.0, 3.0],
            "empty": [None, None, float("nan")],
        }
    )
    message = "integers again in 'id', 'answer'$"
    with pytest.warns(em.EarmarkWarning, match=message) as warned:
        rows = em.read_rows(frame)
    assert len(warned) == 1
    assert [row.item["id"] for row in rows] == [1, 7, None]
    assert rows.ids == ["1", "7", "2"]
    assert rows.column("{{ item.answer }}") == [None, "12", "7"]
    assert rows.column("{{ item.share }}") == ["0.5", None, "1.0"]
    assert rows.column("{{ item.level }}") == ["1.0", "2.0", "3.0"]


def test_a_missing_value_far_from_the_numbers_makes_them_integers_too():
    frame = pd.DataFrame({"n": [float(i) for i in range(1500)] + [None]})
    with pytest.warns(em.EarmarkWarning, match="'n'"):
        first = next(read_frame(frame))
    assert type(first.value["n"]) is int
