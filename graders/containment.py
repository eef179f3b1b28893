"""Whether the words of the reference stand in the input, as whole words.

*Conventions*: a word is what `earmark.words` says it is, so "valid" does not stand in
"invalid". With a normalizer both texts go through it first. A reference without a word cannot
be graded: it would be contained in everything. With ``choices`` the question is another one:
which of them does the input give as its answer, and is it the reference?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..engine.errors import ConfigError
from ..engine.text.normalize import NORMALIZERS, normalize
from ..engine.text.words import padded_words
from ..engine.types import NO_VERDICT, Grades, Row, Rows
from . import block
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

    input: str = "{{sample.output_text}}"
    reference: str = "{{item.official_answer}}"
    normalizer: str = "words"
    case_sensitive: bool = False
    order: str = "any"
    choices: tuple[str, ...] | None = None
    pick: str = "last"
    name: str = field(default="word_containment", kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.choices, (list, tuple)):
            object.__setattr__(self, "choices", tuple(map(_choice, self.choices)))
        block.check(
            self,
            {"normalizer": NORMALIZERS, "order": ("any", "phrase"), "pick": ("last", "only")},
        )
        if self.case_sensitive and self.normalizer not in _NO_CHANGE:
            raise ConfigError(
                f"word_containment: case_sensitive cannot be had with the normalizer "
                f"{self.normalizer!r}, which makes all letters small; use 'words'"
            )
        if self.choices is not None:
            self._choices(self.choices)

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
        spoken = padded_words(self._normalized(columns.inputs), self.case_sensitive)
        wanted = self._wanted(columns.references)
        missing = [
            [word for word in wanted[text] if f" {word} " not in row]
            for text, row in zip(columns.references, spoken, strict=True)
        ]
        missing = [each if len(each) < 2 else list(dict.fromkeys(each)) for each in missing]
        if self.choices is not None:
            judge = self._by_choice(self._choices(self.choices), columns, spoken, wanted)
        else:
            judge = self._by_words(columns, spoken, wanted, missing)
        scores, answers, why = judge
        graded = ~np.isnan(scores)
        passed = np.where(graded, scores == 1, NO_VERDICT).astype(np.int8)
        kept = [m if ok else None for m, ok in zip(missing, graded.tolist(), strict=True)]
        return Grades(scores, passed, {"missing": kept, **answers}, why)

    def _by_words(
        self,
        columns: Pairs,
        spoken: Sequence[str],
        wanted: Mapping[str, list[str]],
        missing: Sequence[list[str]],
    ) -> _Judged:
        scores = np.array([not words_missing for words_missing in missing], dtype=np.float64)
        scores[[not wanted[text] for text in columns.references]] = np.nan
        if self.order == "phrase":
            for i in np.flatnonzero(scores == 1).tolist():
                phrase = f" {' '.join(wanted[columns.references[i]])} "
                scores[i] = phrase in f" {' '.join(spoken[i].split())} "

        def why(i: int) -> str:
            looked_for = ", ".join(map(repr, dict.fromkeys(wanted[columns.references[i]])))
            if np.isnan(scores[i]):
                return _why_ungraded(columns, i)
            if missing[i]:
                return f"missing: {', '.join(map(repr, missing[i]))}"
            if not scores[i]:
                return f"all its words are there, but not in a row: {columns.references[i]!r}"
            return f"found as whole words: {looked_for}"

        return scores, {}, why

    def _by_choice(
        self,
        choices: Choices,
        columns: Pairs,
        spoken: Sequence[str],
        wanted: Mapping[str, list[str]],
    ) -> _Judged:
        right = {text: choices.labels.get(" ".join(ws)) for text, ws in wanted.items()}
        named = [list(dict.fromkeys(reversed(choices.named(row)))) for row in spoken]
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

        def why(i: int) -> str:
            if not columns.present[i] or not wanted[columns.references[i]]:
                return _why_ungraded(columns, i)
            if np.isnan(scores[i]):
                return (
                    f"the reference {columns.references[i]!r} is not among the choices "
                    f"{', '.join(choices.labels.values())}"
                )
            return _why_picked(picked[i], rivals[i], str(right[columns.references[i]]))

        graded = (~np.isnan(scores)).tolist()
        answers: dict[str, Sequence[Any]] = {
            "picked": [one if ok else None for one, ok in zip(picked, graded, strict=True)],
            "rivals": [each if ok else None for each, ok in zip(rivals, graded, strict=True)],
        }
        return scores, answers, why

    def _choices(self, choices: Iterable[str]) -> Choices:
        wanted = self._wanted(choices)
        try:
            return compiled((label, wanted[label]) for label in choices)
        except ConfigError as error:
            raise ConfigError(f"word_containment: choices: {error}") from None

    def _wanted(self, texts: Iterable[str]) -> dict[str, list[str]]:
        """The words of each distinct text."""
        distinct = list(dict.fromkeys(texts))
        rows = padded_words(self._normalized(distinct), self.case_sensitive)
        return {text: row.split() for text, row in zip(distinct, rows, strict=True)}

    def _normalized(self, texts: list[str]) -> list[str]:
        return texts if self.normalizer in _NO_CHANGE else normalize(texts, self.normalizer)


def _choice(value: Any) -> Any:
    """A choice as text: the data's numbers are compared as text too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _why_ungraded(columns: Pairs, i: int) -> str:
    if not columns.present[i]:
        return columns.why_missing(i)
    return f"the reference {columns.references[i]!r} has no word in it to look for"


def _why_picked(picked: str | None, rivals: Sequence[str], right: str) -> str:
    others = ", ".join(map(repr, rivals))
    if picked is None and rivals:
        return f"several choices are named, so none is the answer: {others}; right is {right!r}"
    if picked is None:
        return f"no choice is named; right is {right!r}"
    also = f" (also named: {others})" if rivals else ""
    verdict = "which is right" if picked == right else f"right is {right!r}"
    return f"the answer given is {picked!r}{also}, {verdict}"
