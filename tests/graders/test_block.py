"""A grader that no other file knows: from its dataclass alone to a block and back."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

import earmark as em
from earmark.engine.types import Grader
from earmark.graders import block
from earmark.graders.config import GRADERS, from_config, from_short


@dataclasses.dataclass(frozen=True, slots=True)
class Odd:
    """A field of every kind, and nothing else."""

    type: ClassVar[str] = "odd"
    version: ClassVar[str] = "v7"

    input: block.TemplateText = "{{ sample.output_text }}"
    words: int = 3
    share: float = 0.5
    limit: block.Rate | None = None
    most: int | None = None
    loud: bool = False
    labels: tuple[str, ...] = ("a",)
    scores: tuple[float, ...] | None = None
    mode: Literal["near", "far"] = "near"
    extra: dict[str, Any] = dataclasses.field(default_factory=dict, hash=False)
    title: str = dataclasses.field(kw_only=True)
    side: Literal["left", "right"] = dataclasses.field(default="left", kw_only=True)
    name: str = dataclasses.field(default="odd", kw_only=True)

    def __post_init__(self) -> None:
        block.check(self)

    @property
    def signature(self) -> str:
        return block.signature(self)

    def to_config(self):
        return block.to_config(self)

    def grade(self, rows):
        scores = np.full(len(rows), self.share)
        return em.Grades(scores, np.ones(len(rows), dtype=np.int8))


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(GRADERS, "odd", Odd)


def odd(**fields):
    return from_config({"type": "odd", "title": "t", **fields})


def test_a_block_makes_it_and_it_makes_the_block():
    made = odd(labels=["x", "y"], scores=[1, 0.5], limit=1, extra={"k": 1})
    assert (made.labels, made.scores, made.limit) == (("x", "y"), (1.0, 0.5), 1.0)
    assert type(made.scores[0]) is type(made.limit) is float
    assert made.to_config()["labels"] == ["x", "y"]
    assert from_config(made.to_config()) == made


def test_it_grades_under_its_name():
    run = em.grade([{"id": 1}], {"type": "odd", "title": "t", "name": "mine", "share": 0.25})
    assert run["mine"].scores.tolist() == [0.25]
    assert run.signatures["mine"] == (
        "odd|input:{{sample.output_text}}|words:3|share:0.25|loud:false|"
        'labels:["a"]|mode:near|extra:{}|title:t|side:left|v7'
    )


def test_the_short_form_reads_every_kind():
    text = (
        "odd:title=t,input=answer,words=5,share=0.25,limit=none,most=4,loud=true,"
        "labels=x|y,scores=1|0.5,mode=far"
    )
    assert from_short(text) == odd(
        input="{{ item.answer }}", words=5, share=0.25, most=4, loud=True,
        labels=["x", "y"], scores=[1, 0.5], mode="far",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"words": 1.5}, "words: must be a whole number, not 1.5"),
        ({"words": True}, "words: must be a whole number, not True"),
        ({"words": None}, "words: must be a whole number, not None"),
        ({"share": "1"}, "share: must be a finite number, not '1'"),
        ({"share": 10**400}, "share: must be a finite number"),
        ({"share": float("inf")}, "share: must be a finite number, not inf"),
        ({"limit": -1}, "limit: must be a number from 0 up, not -1.0"),
        ({"most": "x"}, "most: must be a whole number, not 'x'"),
        ({"loud": 1}, "loud: must be true or false, not 1"),
        ({"labels": []}, "labels: must be a list, with one value at least"),
        ({"labels": None}, "labels: must be a list, with one value at least, not None"),
        ({"labels": "abc"}, "labels: must be a list, .*not 'abc'"),
        ({"scores": [1, "b"]}, "scores: each of its values must be a finite number, not 'b'"),
        ({"mode": "nera"}, "mode: 'nera' is unknown; it is one of near, far. Did you mean 'near'"),
        ({"mode": ["near"]}, "mode: .* is unknown"),
        ({"input": "{{ tem.x }}"}, "input: .*must begin with item or sample"),
        ({"title": " "}, "title: is empty"),
    ],
)
def test_a_value_that_its_field_may_not_hold_is_refused(fields, says):
    with pytest.raises(em.ConfigError, match=f"odd: {says}"):
        odd(**fields)


def test_a_field_without_a_default_is_asked_for():
    with pytest.raises(em.ConfigError, match=r"odd: it needs 'title'$"):
        from_config("odd")


def test_the_protocols_example_of_a_signature_is_a_real_one():
    made = em.graders.StringCheck(input="{{ sample.x }}", reference="{{ item.y }}", operation="eq")
    assert f"``{made.signature}``" in Grader.signature.fget.__doc__
