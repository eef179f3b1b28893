"""A run's summary, table and records, by hand arithmetic and by reading them again."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import earmark as em
from earmark.engine.stats import wilson

RATE = em.Ratio(("errors",), ("words",))


def run():
    rows = em.Rows(
        ["a", "b", "c", "d"],
        [{"id": "a", "kind": "x"}, {"id": "b", "kind": "y"}, {"kind": "x"}, {"id": "d"}],
        [{"output_text": "one"}, {"output_text": "two"}, None, {"output_text": ""}],
        [0, 0, 0, 0],
    )
    rule = em.Grades(
        np.array([1, 0, np.nan, 1]),
        np.array([1, 0, -1, 1], dtype=np.int8),
        {"missing": [[], ["w"], None, []]},
        lambda i: f"why {i}",
    )
    rate = em.Grades(
        np.array([0.5, 0.1, np.nan, 0.0]),
        np.full(4, -1, dtype=np.int8),
        {"errors": np.array([1, 1, 0, 0]), "words": np.array([2, 10, 0, 4])},
        ratios={"wer": RATE, "mean_score": RATE},
    )
    return em.Run(rows, {"rule": rule, "rate": rate}, {"rule": "rule|v1", "rate": "rate|v1"})


def test_the_summary_counts_verdicts_and_never_takes_a_missing_one_for_a_pass():
    line = run().summary().set_index("grader").loc["rule"]
    assert list(line[["n", "graded", "ungraded", "passed"]]) == [4, 3, 1, 2]
    assert line["pass_rate"] == 2 / 3
    assert (line["lo"], line["hi"]) == wilson(2, 3)
    assert line["pass_rate_strict"] == 2 / 4
    assert line["mean_score"] == 2 / 3
    assert math.isnan(line["wer"])


def test_a_measure_has_a_ratio_of_sums_and_no_pass_rate():
    line = run().summary().set_index("grader").loc["rate"]
    assert line["wer"] == line["mean_score"] == 2 / 16
    assert line[["pass_rate", "lo", "hi", "pass_rate_strict"]].isna().all()
    assert list(line[["graded", "passed"]]) == [3, 0]


def test_the_summarys_columns_are_those_that_are_promised():
    columns = "grader n graded ungraded passed pass_rate lo hi pass_rate_strict mean_score wer"
    assert list(run().summary().columns) == columns.split()
    assert list(run().summary(by="kind").columns)[:3] == ["grader", "kind", "n"]


def test_slices_are_sorted_and_the_rows_without_the_field_come_last():
    table = run().summary(by="kind")
    rates = table[table.grader == "rate"]
    assert list(rates["kind"]) == ["x", "y", "(none)"]
    assert list(rates["n"]) == [2, 1, 1]
    assert list(rates["wer"]) == [0.5, 0.1, 0.0]


def test_a_sample_can_be_sliced_by():
    assert list(run().summary(by="sample.output_text")["sample.output_text"])[::2] == [
        "", "one", "two", "(none)"
    ]  # fmt: skip


def test_a_field_named_as_a_column_keeps_out_of_its_way():
    rows = em.read_rows([{"n": "x", "official_answer": "a", "output_text": "a"}])
    table = em.grade(rows, "word_containment").summary(by="n")
    assert (table["item.n"][0], table["n"][0]) == ("x", 1)


def test_a_field_that_no_row_has_is_an_error_with_those_there_are():
    with pytest.raises(em.DataError, match=r"'knd'.*have id, kind\. Did you mean 'kind'"):
        run().summary(by="knd")


def test_a_grader_without_any_row_has_no_rate():
    made = em.grade([], "word_containment")
    line = made.summary().iloc[0]
    assert len(made) == line["n"] == 0
    assert line[["pass_rate", "pass_rate_strict", "mean_score", "lo"]].isna().all()


def test_where_nothing_could_be_graded_the_strict_rate_is_zero_and_the_other_is_none():
    line = em.grade([{"text": "x"}], "word_containment").summary().iloc[0]
    assert line["pass_rate_strict"] == 0
    assert math.isnan(line["pass_rate"])


def test_the_frame_has_a_line_a_row_and_each_graders_columns():
    frame = run().to_frame()
    assert list(frame.columns) == [
        "id", "kind", "output_text",
        "rule.score", "rule.passed", "rule.explanation", "rule.missing",
        "rate.score", "rate.passed", "rate.explanation", "rate.errors", "rate.words",
    ]  # fmt: skip
    assert list(frame["id"]) == ["a", "b", "c", "d"]
    assert list(frame["rule.passed"].isna()) == [False, False, True, False]
    assert frame["rule.passed"].sum() == 2
    assert frame["rate.passed"].isna().all()
    assert list(frame["rule.missing"]) == [[], ["w"], None, []]


def test_the_frames_columns_have_the_types_that_notebooks_count_on():
    items = [{"gold": True, "n": 1, "seconds": 0.5}, {"gold": None}, {"gold": False, "n": 3}]
    rows = em.Rows(["a", "b", "c"], items, [{"output_text": "x"}, None, None], [0] * 3)
    rule = em.Grades(np.array([1, np.nan, 0]), np.array([1, -1, 0], np.int8), {"hit": [1, None, 0]})
    frame = em.Run(rows, {"rule": rule}, {}).to_frame()
    types = {name: str(frame[name].dtype) for name in frame}
    assert types["id"] == types["output_text"] == types["rule.explanation"] in ("str", "object")
    del types["id"], types["output_text"], types["rule.explanation"]
    assert types == {
        "gold": "boolean", "n": "Int64", "seconds": "float64",
        "rule.score": "float64", "rule.passed": "boolean", "rule.hit": "Int64",
    }  # fmt: skip


def test_what_notebooks_do_with_a_frame_works(tmp_path):
    category = ["x", "x", "y", "y"]
    said = ["valid", "invalid", "so valid", None]
    rows = em.read_rows(
        {
            "id": i,
            "category": c,
            "official_answer": "valid",
            "length": None if i == 3 else i,
            "output_text": t,
        }
        for i, (c, t) in enumerate(zip(category, said, strict=True))
    )
    made = em.grade(
        rows,
        [
            "word_containment",
            {"type": "word_error_rate", "reference": "{{ item.official_answer }}"},
        ],
    )
    frame = made.to_frame()
    by_category = frame.groupby("category")
    assert by_category["word_containment.passed"].mean().to_dict() == {"x": 0.5, "y": 1.0}
    assert by_category["word_error_rate.insertions"].sum().to_dict() == {"x": 0, "y": 1}
    assert by_category["length"].mean().to_dict() == {"x": 0.5, "y": 2.0}
    assert list(frame.query("category == 'x' and `word_containment.passed`")["id"]) == ["0"]
    assert list(frame[frame["word_containment.passed"]]["id"]) == ["0", "2"]
    twice = frame.merge(made.to_frame(), on="id", validate="one_to_one")
    assert len(twice) == 4
    assert list(made.summary().merge(made.summary(), on="grader")["n_x"]) == [4, 4]
    frame.to_csv(tmp_path / "a.csv", index=False)
    again = pd.read_csv(tmp_path / "a.csv", dtype={"id": str})
    assert list(again["word_error_rate.score"])[:3] == list(frame["word_error_rate.score"])[:3]


def test_a_frame_survives_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    frame = run().to_frame()
    frame.to_parquet(tmp_path / "a.parquet")
    again = pd.read_parquet(tmp_path / "a.parquet")
    assert list(again["rule.passed"].isna()) == [False, False, True, False]
    assert [None if x is None else list(x) for x in again["rule.missing"]] == [[], ["w"], None, []]
    assert list(again.columns) == list(frame.columns)


def test_an_items_own_output_text_is_not_lost_in_the_frame():
    rows = em.read_rows([{"item": {"output_text": "gold"}, "sample": {"output_text": "heard"}}])
    frame = em.Run(rows, {}, {}).to_frame()
    assert frame.loc[0, ["item.output_text", "output_text"]].tolist() == ["gold", "heard"]


def test_the_records_are_strict_json():
    records = json.loads(json.dumps(list(run().records()), allow_nan=False))
    assert records[1]["grades"]["rule"] == {
        "score": 0.0, "passed": False, "explanation": "why 1", "missing": ["w"]
    }  # fmt: skip
    assert records[2]["grades"]["rule"]["score"] is None
    assert records[2]["sample"] is None
    assert records[0]["grades"]["rate"]["words"] == 2
    assert "repeat" not in records[0]


def test_the_records_read_again_are_the_same_rows():
    made = run()
    again = em.read_rows(list(made.records()))
    assert list(again.ids) == list(made.rows.ids)
    assert [row.sample for row in again] == [row.sample for row in made.rows]
    assert [row.item.get("kind") for row in again] == ["x", "y", "x", None]


def test_repeats_are_kept_in_records_and_frame():
    source = [{"item": {"id": 1}, "sample": {"output_text": "a"}, "repeat": k} for k in (0, 1)]
    made = em.Run(em.read_rows(source), {}, {})
    assert list(em.read_rows(list(made.records())).repeats) == [0, 1]
    assert list(made.to_frame()["repeat"]) == [0, 1]
    assert list(made.to_frame()["id"]) == ["1", "1"]


def test_an_unknown_grader_is_a_key_error_that_names_the_others():
    assert run()["rule"].row(0)["score"] == 1
    with pytest.raises(KeyError, match="'rul'; there are rule, rate"):
        run()["rul"]


@pytest.mark.parametrize("field", ["wer", "wer_none", "invented", "mean_score", "grader", "lo"])
def test_no_column_of_the_summary_takes_a_slices_name(field):
    rows = em.read_rows([{field: "x", "reference": "a", "output_text": "a"}])
    line = em.grade(rows, ["word_error_rate", "word_containment"]).summary(by=field).iloc[0]
    assert line[f"item.{field}"] == "x"
    assert line["grader"] == "word_error_rate"
    assert line["wer"] == line["invented"] == 0


def test_a_field_called_as_a_metric_that_no_grader_has_keeps_its_name():
    rows = em.read_rows([{"wer": "x", "official_answer": "a", "output_text": "a"}])
    assert list(em.grade(rows, "word_containment").summary(by="wer")["wer"]) == ["x"]


def test_an_items_field_called_as_a_graders_column_is_not_overwritten():
    item = {"rule.score": "mine", "repeat": "often", "item.output_text": 1, "output_text": 2}
    rows = em.Rows(["a", "a"], [item, item], [None, None], [0, 1])
    made = em.Grades(np.array([1.0, 0.0]), np.array([1, 0], dtype=np.int8))
    frame = em.Run(rows, {"rule": made}, {"rule": "rule|v1"}).to_frame()
    assert list(frame["rule.score"]) == [1, 0]
    assert frame.loc[0, "item.rule.score"] == "mine"
    assert frame.loc[0, ["repeat", "item.repeat"]].tolist() == [0, "often"]
    assert sorted(frame.loc[0, ["item.output_text", "item.item.output_text"]]) == [1, 2]


def test_runs_and_their_columns_are_compared_by_identity_and_shown_in_a_line():
    made = run()
    for value in (made, made.rows, made["rule"]):
        assert value == value
        assert len({value, value}) == 1
    assert made != run()
    assert repr(made) == "Run(4 rows; rule, rate)"
    assert repr(made.rows) == "Rows(4 rows)"
    assert repr(made["rule"]) == "Grades(4 rows, 3 graded)"
    assert repr(em.Run(made.rows.take([0]), {}, {})) == "Run(1 row; no grader)"


def test_integers_stay_integers_in_the_frame_beside_what_is_missing():
    items = [{"n": 12, "m": 1, "x": [1]}, {"n": None, "m": 0.5, "x": 2}, {"n": 2**70, "m": 2}]
    rows = em.Rows(["a", "b", "c"], items, [None] * 3, [0] * 3)
    score = np.array([1.0, np.nan, 1.0])
    made = em.Grades(score, np.array([1, -1, 1], dtype=np.int8), {"hits": [3, None, 2**60 + 1]})
    frame = em.Run(rows, {"g": made}, {"g": "g|v1"}).to_frame()
    assert list(frame["n"]) == [12, None, 2**70]
    assert frame["m"].dtype == "float64"
    assert list(frame["x"]) == [[1], 2, None]
    assert frame["g.hits"].dtype == "Int64"
    assert list(frame["g.hits"].dropna()) == [3, 2**60 + 1]


def test_a_run_is_exported_by_its_extension_and_not_saved_into_a_folder_called_like_a_file(
    tmp_path,
):
    assert run().export(tmp_path / "run.jsonl") == 4
    assert em.read_rows(tmp_path / "run.jsonl").ids == ["a", "b", "c", "d"]
    with pytest.raises(em.ConfigError, match="export"):
        run().save(tmp_path / "run.jsonl")
