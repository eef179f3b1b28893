"""Whether the words of the reference stand in the input, as whole words.

*Conventions*: a word is what `earmark.words` says it is, so "valid" does not stand in
"invalid". With a normalizer both texts go through it first. A reference without a word cannot
be graded: it would be contained in everything. With ``choices`` the question is another one:
which of them does the input give as its answer, and is it the reference?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ..engine.errors import ConfigError
from ..engine.grades import NO_VERDICT, Grades
from ..engine.text.normalize import normalize
from ..engine.text.words import missing_words, padded_words
from ..engine.types import Row, Rows
from . import block
from .block import Normalizer, TemplateText
from .choices import Choices, compiled
from .pairs import Pairs, grade_row, pairs

_Scores = npt.NDArray[np.float64]
_Judged = tuple[_Scores, dict[str, Sequence[Any]], Callable[[int], str]]
_NO_CHANGE = ("none", "words")  # normalizers that leave everything to the definition of a word


@dataclass(frozen=True, slots=True)
class WordContainment:
    """Score 1 where every word of the reference stands in the input, else 0.

    Its fields are ``missing``, the words that do not; with ``choices`` also ``picked``, the
    answer given, and ``rivals``, the other choices that were named. They are none where the
    row cannot be graded.

    Args:
        input: template of the text that is searched.
        reference: template of the words that must stand in it.
        normalizer: what both texts go through first; ``words``: nothing but the definition of
            a word.
        case_sensitive: keep capitals apart from small letters.
        order: ``any``, or ``phrase``: the words must stand in a row.
        choices: the possible answers; the reference must be one of them.
        pick: which choice is the answer given: the one named ``last``, or the ``only`` one
            named (where several are, none is).
        name: the name under which the grades are filed.

    Raises:
        ConfigError: a field is wrong, or two do not go together.
    """

    type: ClassVar[str] = "word_containment"
    version: ClassVar[str] = "v1"

    input: TemplateText = "{{sample.output_text}}"
    reference: TemplateText = "{{item.official_answer}}"
    normalizer: Normalizer = "words"
    case_sensitive: bool = False
    order: Literal["any", "phrase"] = "any"
    choices: tuple[str, ...] | None = None
    pick: Literal["last", "only"] = "last"
    name: str = field(default="word_containment", kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.choices, (list, tuple)):
            object.__setattr__(self, "choices", tuple(map(_choice, self.choices)))
        block.check(self)
        if self.case_sensitive and self.normalizer not in _NO_CHANGE:
            raise ConfigError(
                f"word_containment: case_sensitive cannot be had with the normalizer "
                f"{self.normalizer!r}, which makes all letters small; use 'words'"
            )
        if self.choices is None:
            if self.pick != "last":
                raise ConfigError(
                    f"word_containment: pick {self.pick!r} says which of the choices is the "
                    f"answer given, and there are no choices; give them, or leave pick out"
                )
            return
        if self.order != "any":
            raise ConfigError(
                f"word_containment: order {self.order!r} cannot be had with choices, whose words "
                f"must stand in a row anyway; leave it out"
            )
        known = list(dict.fromkeys(self.choices))
        self._choices(self.choices, self._words(known, self._changed(known)))

    @property
    def signature(self) -> str:
        """Every choice that moves the number."""
        return block.signature(self)

    def to_config(self) -> dict[str, Any]:
        """The block that makes this grader."""
        return block.to_config(self)

    def grade_row(self, row: Row | Mapping[str, Any]) -> dict[str, Any]:
        """One row's grade, the same as in a batch."""
        return grade_row(self, row)

    def grade(self, rows: Rows) -> Grades:
        """Grade all rows; one that lacks a text, or has no word to look for, has no score."""
        columns = pairs(rows, self.reference, self.input)
        inputs, wanted = self._read(columns)
        each_once = {text: list(dict.fromkeys(found)) for text, found in wanted.items()}
        missing = missing_words(
            inputs, [each_once[text] for text in columns.references], self.case_sensitive
        )
        if self.choices is not None:
            choices = self._choices(self.choices, wanted)
            judge = self._by_choice(choices, columns, inputs, wanted)
        else:
            judge = self._by_words(columns, inputs, wanted, missing)
        scores, answers, why = judge
        graded = ~np.isnan(scores)
        passed = np.where(graded, scores == 1, NO_VERDICT).astype(np.int8)
        kept = [m if ok else None for m, ok in zip(missing, graded.tolist(), strict=True)]
        return Grades(scores, passed, {"missing": kept, **answers}, why)

    def _by_words(
        self,
        columns: Pairs,
        inputs: Sequence[str],
        wanted: Mapping[str, list[str]],
        missing: Sequence[list[str]],
    ) -> _Judged:
        scores = np.array([not words_missing for words_missing in missing], dtype=np.float64)
        scores[[not wanted[text] for text in columns.references]] = np.nan
        if self.order == "phrase":
            found = np.flatnonzero(scores == 1).tolist()
            rows = padded_words([inputs[i] for i in found], self.case_sensitive)
            for i, row in zip(found, rows, strict=True):
                phrase = f" {' '.join(wanted[columns.references[i]])} "
                scores[i] = phrase in f" {' '.join(row.split())} "
        return scores, {}, partial(_why_found, columns, wanted, missing, scores)

    def _by_choice(
        self,
        choices: Choices,
        columns: Pairs,
        inputs: Sequence[str],
        wanted: Mapping[str, list[str]],
    ) -> _Judged:
        right = {text: choices.labels.get(" ".join(ws)) for text, ws in wanted.items()}
        rows = padded_words(inputs, self.case_sensitive)
        named = [list(dict.fromkeys(reversed(choices.named(row)))) for row in rows]
        sure = self.pick == "last"
        picked = [each[0] if each and (sure or len(each) == 1) else None for each in named]
        rivals = [
            [one for one in reversed(each) if one != answer]
            for each, answer in zip(named, picked, strict=True)
        ]
        scores = np.array(
            [
                np.nan if right[text] is None else float(right[text] == answer)
                for text, answer in zip(columns.references, picked, strict=True)
            ]
        )
        graded = (~np.isnan(scores)).tolist()
        answers: dict[str, Sequence[Any]] = {
            "picked": [one if ok else None for one, ok in zip(picked, graded, strict=True)],
            "rivals": [each if ok else None for each, ok in zip(rivals, graded, strict=True)],
        }
        known = ", ".join(choices.labels.values())
        return scores, answers, partial(_why_picked, columns, wanted, right, known, picked, rivals)

    def _choices(self, choices: Iterable[str], wanted: Mapping[str, list[str]]) -> Choices:
        try:
            return compiled((label, wanted[label]) for label in choices)
        except ConfigError as error:
            raise ConfigError(f"word_containment: choices: {error}") from None

    def _read(self, columns: Pairs) -> tuple[Sequence[str], dict[str, list[str]]]:
        """The inputs behind the normalizer, and the words of each distinct text that is wanted."""
        distinct = dict.fromkeys(columns.references)
        inputs, texts = self._normalized(columns, list(distinct))
        choices = [text for text in self.choices or () if text not in distinct]
        return inputs, self._words([*distinct, *choices], [*texts, *self._changed(choices)])

    def _normalized(self, columns: Pairs, references: list[str]) -> tuple[list[str], list[str]]:
        """Inputs and distinct references behind the normalizer, which warns once for both."""
        if self.normalizer in _NO_CHANGE:
            return columns.inputs, references
        n = len(columns.inputs)

        def made() -> tuple[list[str], list[str]]:
            texts = normalize([*columns.inputs, *references], self.normalizer)
            return texts[:n], texts[n:]

        key = (normalize, columns.reference, columns.input, self.normalizer)
        return columns.rows.derive(key, made)

    def _changed(self, texts: list[str]) -> list[str]:
        keeps = self.normalizer in _NO_CHANGE or not texts
        return texts if keeps else normalize(texts, self.normalizer)

    def _words(self, names: list[str], texts: list[str]) -> dict[str, list[str]]:
        found = [row.split() for row in padded_words(texts, self.case_sensitive)]
        return dict(zip(names, found, strict=True))


def _choice(value: Any) -> Any:
    """A choice as text: the data's numbers are compared as text too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _why_ungraded(columns: Pairs, i: int) -> str:
    if not columns.present[i]:
        return columns.why_missing(i)
    return f"the reference {columns.references[i]!r} has no word in it to look for"


def _why_found(
    columns: Pairs,
    wanted: Mapping[str, list[str]],
    missing: Sequence[list[str]],
    scores: _Scores,
    i: int,
) -> str:
    if np.isnan(scores[i]):
        return _why_ungraded(columns, i)
    if missing[i]:
        return f"missing: {', '.join(map(repr, missing[i]))}"
    if not scores[i]:
        return f"all its words are there, but not in a row: {columns.references[i]!r}"
    looked_for = ", ".join(map(repr, dict.fromkeys(wanted[columns.references[i]])))
    return f"found as whole words: {looked_for}"


def _why_picked(
    columns: Pairs,
    wanted: Mapping[str, list[str]],
    labels: Mapping[str, str | None],
    known: str,
    picked: Sequence[str | None],
    rivals: Sequence[list[str]],
    i: int,
) -> str:
    reference, answer = columns.references[i], picked[i]
    right, others = labels[reference], ", ".join(map(repr, rivals[i]))
    if not columns.present[i] or not wanted[reference]:
        return _why_ungraded(columns, i)
    if right is None:
        return f"the reference {reference!r} is not among the choices {known}"
    if answer is None and others:
        return f"several choices are named, so none is the answer: {others}; right is {right!r}"
    if answer is None:
        return f"no choice is named; right is {right!r}"
    also = f" (also named: {others})" if others else ""
    verdict = "which is right" if answer == right else f"right is {right!r}"
    return f"the answer given is {answer!r}{also}, {verdict}"
