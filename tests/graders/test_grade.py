"""Rows and graders to a run."""

import dataclasses

import numpy as np
import pytest

import earmark as em

ROWS = [{"official_answer": "valid", "output_text": "invalid"}, {"official_answer": "no"}]


@dataclasses.dataclass(frozen=True)
class Length:
    """A third party's grader: nothing is inherited and nothing registered."""

    name: str = "length"
    signature: str = "length|v1"

    def grade(self, rows):
        scores = np.array([float(len(text or "")) for text in rows.column("{{ item.x }}")])
        return em.Grades(scores, np.full(len(rows), -1, dtype=np.int8))


@dataclasses.dataclass(frozen=True)
class Wrong(Length):
    scores: tuple = (1.0,)

    def grade(self, rows):
        return em.Grades(np.array(self.scores), np.full(len(rows), 1, dtype=np.int8))


@pytest.mark.parametrize(
    "graders",
    [
        "word_containment",
        {"type": "word_containment"},
        em.graders.WordContainment(),
        ["word_containment"],
        (name for name in ["word_containment"]),
    ],
)
def test_a_name_a_block_an_object_or_several_of_them_grade(graders):
    run = em.grade(ROWS, graders)
    assert run["word_containment"].scores.tolist()[0] == 0
    assert run.signatures == {"word_containment": em.graders.WordContainment().signature}
    assert len(run) == 2


def test_whatever_keeps_the_protocol_grades_without_being_registered():
    run = em.grade([{"x": "abc"}], [Length(), "word_containment"])
    assert list(run.grades) == ["length", "word_containment"]
    assert run.summary().loc[0, "mean_score"] == 3
    assert run.to_frame().loc[0, "length.score"] == 3


def test_two_graders_of_one_name_are_refused_and_told_how_to_be_named():
    with pytest.raises(em.ConfigError, match=r"two graders are named 'word_containment'; give"):
        em.grade(ROWS, ["word_containment", {"type": "word_containment", "order": "phrase"}])
    named = {"type": "word_containment", "order": "phrase", "name": "phrase"}
    assert list(em.grade(ROWS, ["word_containment", named]).grades) == [
        "word_containment",
        "phrase",
    ]


def test_no_grader_is_refused():
    with pytest.raises(em.ConfigError, match="there is no grader to grade with"):
        em.grade(ROWS, [])


@pytest.mark.parametrize(
    ("scores", "says"),
    [((1.0,), "gave 1 scores for 2 rows"), ((1.0, np.inf), "gave an infinite score")],
)
def test_a_grader_that_loses_rows_or_has_no_number_is_refused(scores, says):
    with pytest.raises(em.ConfigError, match=says):
        em.grade(ROWS, Wrong(scores=scores))


@pytest.mark.parametrize("name", ["n", "grader", "pass_rate", "hi"])
def test_a_metric_is_named_as_no_number_that_every_grader_has(name):
    run = em.grade(ROWS, "word_containment")
    (line,) = run.lines()
    assert name in line

    class Named(Length):
        def grade(self, rows):
            grades = super().grade(rows)
            return dataclasses.replace(grades, ratios={name: em.Ratio(("x",))})

    with pytest.raises(em.ConfigError, match=f"'length' has a metric named {name!r}"):
        em.grade(ROWS, Named())


def test_rows_pass_through_and_a_frame_or_a_file_is_read(tmp_path):
    import pandas as pd

    rows = em.read_rows(ROWS)
    assert em.grade(rows, "word_containment").rows is rows
    path = tmp_path / "a.jsonl"
    path.write_text('{"official_answer": "a", "output_text": "a b"}\n')
    for source in (path, str(path), pd.read_json(path, lines=True)):
        assert em.grade(source, "word_containment")["word_containment"].scores.tolist() == [1]


def test_the_graders_of_an_eval_file_grade_from_python_too(tmp_path):
    path = tmp_path / "eval.yaml"
    path.write_text("testing_criteria: [{type: string_check, name: same, operation: eq}]")
    rows = [{"official_answer": "a", "output_text": "a"}]
    assert em.grade(rows, path)["same"].passed.tolist() == [1]
    assert em.grade(rows, str(path))["same"].passed.tolist() == [1]
