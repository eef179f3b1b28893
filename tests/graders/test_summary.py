"""The tables of a run, whatever its rows and graders are called."""

import json

import numpy as np
import pytest

import earmark as em
from earmark.graders.summary import as_objects, reasons, show

HOSTILE = ["[bold]x[/bold]", "\x1b[31mred", "a\nb", "", "(none)", "grader", "\u202eabc", "💥"]
ROWS = [
    {"id": value, "kind": value, "reasons": value, "official_answer": "x", "output_text": value}
    for value in HOSTILE
]


class Phonemes:
    """A rate that no other file knows."""

    name, signature = "phones", "phones|v1"
    metric, unit, normalizer, max_rate = "per", "phone", "none", None

    def grade(self, rows):
        n = len(rows)
        rate = em.Ratio(("errors",), ("phones",))
        return em.Grades(
            np.full(n, 0.25),
            np.full(n, -1, dtype=np.int8),
            {"errors": np.full(n, 1), "phones": np.full(n, 4)},
            ratios={"per": rate, "mean_score": rate},
        )


@pytest.mark.parametrize("by", [None, "kind", "id", "reasons", "sample.output_text"])
def test_hostile_values_are_shown_as_text_and_written_as_strict_json(capsys, by):
    grader = em.graders.WordContainment()
    run = em.grade(ROWS, [grader])
    show(run, [grader], by)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "word_containment" in out
    lines = json.loads(json.dumps(as_objects(run, by), allow_nan=False))
    assert sum(line["n"] for line in lines) == len(ROWS)
    assert all(isinstance(line["reasons"], list) for line in lines)
    if by == "reasons":
        assert {line["item.reasons"] for line in lines} == set(HOSTILE)


def test_a_rate_that_is_new_here_has_its_table_and_its_slices(capsys):
    run = em.grade(ROWS, [Phonemes()])
    show(run, [Phonemes()], "kind")
    out = capsys.readouterr().out
    assert "Error rates (lower is better)" in out
    assert "PER 25.0 %" in out
    assert "phones by kind (normalizer none; lower is better)" in out
    assert "Pass rates" not in out


def test_a_run_without_rows_can_be_shown(capsys):
    graders = [em.graders.WordContainment(), em.graders.WordErrorRate()]
    show(em.grade([], graders), graders, None)
    assert "0/0" in capsys.readouterr().out


def test_reasons_are_counted_and_the_most_frequent_comes_first():
    rows = [{"official_answer": ""}, *({"official_answer": "x", "n": i} for i in range(2))]
    rows[0]["output_text"] = "x"
    run = em.grade(rows, "word_containment")
    first, second = reasons(run, "word_containment")
    assert (first.rows, first.example, second.rows) == (2, "1", 1)
