import datetime
import io
from decimal import Decimal

import datasets
import numpy as np
import pytest
import soundfile
from datasets import Audio, ClassLabel, Dataset, DatasetDict, Features, IterableDataset, Value

import earmark as em
from earmark.engine.data.hf_datasets import dataset_name, is_dataset, read_dataset
from earmark.engine.types import Rejection


def wav(value):
    file = io.BytesIO()
    soundfile.write(file, np.full(800, value), 8_000, format="WAV", subtype="PCM_16")
    return file.getvalue()


LOUD, QUIET = wav(0.5), wav(0.25)
SPOKEN = Features({"id": Value("string"), "audio": Audio(), "answer": Value("string")})


def spoken(**more):
    rows = {
        "id": ["a", "b"],
        "audio": [{"bytes": LOUD, "path": "a.wav"}, {"bytes": QUIET, "path": None}],
        "answer": ["valid", None],
    }
    return stored({**rows, **more}, SPOKEN)


def stored(columns, features):
    """A dataset of audio as it lies in files: making one from values would need torchcodec."""
    return Dataset.from_dict(columns).cast(features)


@pytest.fixture(autouse=True)
def nothing_is_decoded(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("datasets decoded audio")

    monkeypatch.setattr(Audio, "decode_example", refuse)


def values(source):
    return [record.value for record in read_dataset(source)]


def test_a_dataset_is_its_rows_with_audio_as_the_bytes_it_is():
    rows = em.read_rows(spoken())
    assert rows.ids == ["a", "b"]
    assert rows.items[0] == {
        "id": "a",
        "audio": {"bytes": LOUD, "path": "a.wav"},
        "answer": "valid",
    }
    assert rows.items[1]["answer"] is None
    assert [rows.place(i) for i in range(2)] == ["Dataset[0]", "Dataset[1]"]


@pytest.mark.parametrize("streamed", [False, True])
def test_audio_of_a_dataset_is_checked(streamed):
    source = spoken().to_iterable_dataset() if streamed else spoken()
    peaks = [report.peak_dbfs for report in em.check(source)]
    assert peaks == pytest.approx([-6.02, -12.04], abs=0.01)  # 20 log10 of a half, of a quarter


def test_audio_nested_in_lists_and_objects_is_not_decoded():
    features = Features({"turns": [{"audio": Audio(), "who": Value("string")}]})
    turns = [{"audio": {"bytes": LOUD, "path": None}, "who": "user"}]
    source = stored({"turns": [turns]}, features)
    assert values(source) == values(source.to_iterable_dataset()) == [{"turns": turns}]


@pytest.mark.parametrize("format", ["numpy", "torch", "pandas", "arrow"])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_format_is_undone(format, streamed):
    if format == "torch":
        pytest.importorskip("torch")
    source = Dataset.from_dict({"id": [7], "score": [[0.5, 0.25]]})
    source = source.to_iterable_dataset() if streamed else source
    [value] = values(source.with_format(format))
    assert value == {"id": 7, "score": [0.5, 0.25]}
    assert type(value["id"]) is int and type(value["score"]) is list


def test_a_transform_of_the_users_own_is_kept():
    source = Dataset.from_dict({"answer": ["Valid"]})
    source.set_transform(lambda rows: {"answer": [text.lower() for text in rows["answer"]]})
    assert values(source) == [{"answer": "valid"}]


@pytest.mark.parametrize("streamed", [False, True])
def test_labels_are_names_at_any_depth_and_minus_one_is_none(streamed):
    label = ClassLabel(names=["valid", "invalid"])
    features = Features({"official_answer": label, "all": [label], "by": {"x": label}})
    source = Dataset.from_dict(
        {"official_answer": [1, -1], "all": [[0, 1], []], "by": [{"x": 0}, {"x": None}]},
        features=features,
    )
    assert values(source.to_iterable_dataset() if streamed else source) == [
        {"official_answer": "invalid", "all": ["valid", "invalid"], "by": {"x": "valid"}},
        {"official_answer": None, "all": [], "by": {"x": None}},
    ]


def test_labels_without_names_stay_numbers():
    source = Dataset.from_dict({"y": [1]}, features=Features({"y": ClassLabel(num_classes=2)}))
    assert values(source) == [{"y": 1}]


def test_a_label_that_has_no_name_costs_only_its_row():
    numbers = Dataset.from_dict({"y": [0, 7, 1]})
    source = numbers.cast_column("y", Value("int64"))
    source.info.features["y"] = ClassLabel(names=["no", "yes"])
    first, bad, last = read_dataset(source)
    assert (first.value, last.value) == ({"y": "no"}, {"y": "yes"})
    assert isinstance(bad, Rejection)
    assert str(bad) == "Dataset[1]: the label 7 is none of the 2 that its feature names"


@pytest.mark.parametrize("streamed", [False, True])
def test_times_and_decimals_are_as_json_has_them_and_nan_is_absent(streamed):
    source = Dataset.from_dict(
        {
            "at": [datetime.datetime(2024, 5, 17, 8, 30)],
            "day": [datetime.date(2024, 5, 17)],
            "price": [Decimal("0.10")],
            "nan": [float("nan")],
        }
    )
    assert values(source.to_iterable_dataset() if streamed else source) == [
        {"at": "2024-05-17T08:30:00", "day": "2024-05-17", "price": 0.1, "nan": None}
    ]


def test_a_selection_has_the_rows_that_were_selected_in_their_order():
    source = Dataset.from_dict({"id": list(range(5_000))}).select([4_999, 3, 3_000])
    assert [value["id"] for value in values(source)] == [4_999, 3, 3_000]


def test_rows_over_many_batches_are_numbered_through():
    source = Dataset.from_dict({"n": list(range(2_500))})
    found = list(read_dataset(source))
    assert [record.value["n"] for record in found] == list(range(2_500))
    assert found[2_400].place == "Dataset[2400]"


def test_a_stream_is_read_no_further_than_asked():
    taken = []

    def rows():
        for i in range(10**9):
            taken.append(i)
            yield {"id": i}

    source = IterableDataset.from_generator(rows)
    assert em.read_rows(source, limit=3).ids == ["0", "1", "2"]
    assert len(taken) < 10
    assert len(next(em.scan_rows(source, batch=5))) == 5


def test_rows_of_a_stream_without_features_come_as_they_were_made():
    source = IterableDataset.from_generator(lambda: iter([{"id": "x", "n": {"deep": [1]}}]))
    assert source.features is None
    assert values(source) == [{"id": "x", "n": {"deep": [1]}}]


def test_a_row_that_fails_is_an_error_with_its_position():
    def rows():
        yield {"id": 1}
        raise OSError("disk gone")

    source = IterableDataset.from_generator(rows)
    message = r"IterableDataset\[1\]: the dataset failed to give this row: OSError: disk gone"
    with pytest.raises(em.DataError, match=message):
        list(read_dataset(source))
    with pytest.warns(em.EarmarkWarning, match=message):
        assert em.read_rows(source).ids == ["1"]


def test_a_map_that_fails_is_an_error_with_its_position():
    source = Dataset.from_dict({"id": [1, 2, 0]}).to_iterable_dataset()
    source = source.map(lambda row: {"inverse": 1 // row["id"]})
    with pytest.raises(em.DataError, match=r"\[2\]: .*ZeroDivisionError"):
        list(read_dataset(source))


@pytest.mark.parametrize("kind", [DatasetDict, datasets.IterableDatasetDict, dict])
def test_a_dict_of_splits_is_refused_with_their_names(kind):
    source = kind({"train": spoken(), "test": spoken()})
    assert is_dataset(source)
    with pytest.raises(em.DataError, match=r"\('train', 'test'\); pass one, as in data\['train'\]"):
        em.read_rows(source)


@pytest.mark.parametrize("source", [[], {}, {"id": 1}, "train", None, np.zeros(3)])
def test_other_things_are_no_datasets(source):
    assert not is_dataset(source)


def test_a_dataset_tells_what_it_is():
    source = spoken()
    assert dataset_name(source) == f"Dataset (fingerprint {source._fingerprint})"
    source.info.download_checksums = {"hf://datasets/owner/name@abc/data/train.parquet": {}}
    assert em.read_rows(source).origin == dataset_name(source)
    source.info.config_name = "en"
    assert dataset_name(source).startswith(
        "Dataset (from hf://datasets/owner/name@abc, config en, fingerprint "
    )
