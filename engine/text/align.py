"""Word and character error rates: counts a pair, their exact sums, the alignment behind them.

*Conventions*: ``reference, hypothesis`` in this order. Both are normalised, then split at white
space of any kind, as ``str.split()`` does. jiwer splits at blanks, and leaves a lone tab, line
break or no-break space inside a word; where all white space is blanks the counts are jiwer's.
Characters are code points of the normalised text with its inner blanks. Counts are exact
integers, so a corpus rate is a ratio of sums and never a mean of rates. A pair
whose reference is empty after normalisation has no rate: it stays out of the totals, is
counted in ``ungraded``, and what was heard there is in ``invented``.

The distance is unique, its split into substitutions, deletions and insertions is not: this is
the split of rapidfuzz, which is also jiwer's, pair by pair. Other tools (sclite, kaldialign,
meeteval) split one pair in fifty differently at the same distance.

*Reference*: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
distances" (2003), as implemented by rapidfuzz.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .normalize import as_texts, normalize

Unit = Literal["word", "character"]
Operation = Literal["equal", "substitute", "delete", "insert"]
Texts = str | Iterable[str]
Counts = npt.NDArray[np.int64]

_OPERATIONS: dict[str, Operation] = {
    "equal": "equal",
    "replace": "substitute",
    "delete": "delete",
    "insert": "insert",
}
# A text is itself the sequence of its characters; outer blanks are no part of it (as in jiwer).
_UNITS: dict[Unit, Callable[[str], Sequence[str]]] = {"word": str.split, "character": str.strip}


class Step(NamedTuple):
    """One step of an alignment; the absent side of a deletion or an insertion is None."""

    operation: Operation
    reference: str | None
    hypothesis: str | None


class Total(NamedTuple):
    """The four counts, summed over the pairs that have a reference."""

    hits: int
    substitutions: int
    deletions: int
    insertions: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ErrorCounts:
    """What became of every reference word (or character), one position a pair.

    Attributes:
        hits: int64 [n].
        substitutions: int64 [n].
        deletions: int64 [n], in the reference only.
        insertions: int64 [n], in the hypothesis only.
        references: the normalised references.
        hypotheses: the normalised hypotheses.
        unit: ``word`` or ``character``.
        normalizer: the name of what normalised both sides.
    """

    hits: Counts
    substitutions: Counts
    deletions: Counts
    insertions: Counts
    references: tuple[str, ...]
    hypotheses: tuple[str, ...]
    unit: Unit
    normalizer: str

    def __len__(self) -> int:
        return len(self.references)

    def __repr__(self) -> str:
        return (
            f"ErrorCounts({len(self)} pairs, {self.unit} error rate {self.rate:.4f}, "
            f"{self.total}, normalizer={self.normalizer!r})"
        )

    @property
    def reference_lengths(self) -> Counts:
        """Words (characters) of each reference, int64 [n]."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> Counts:
        """Substitutions, deletions and insertions of each pair, int64 [n]."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rates(self) -> npt.NDArray[np.float64]:
        """The rate of each pair, float64 [n]; NaN where the reference is empty."""
        lengths = self.reference_lengths
        rates = np.full(len(self), np.nan)
        np.divide(self.errors, lengths, out=rates, where=lengths > 0)
        return rates

    @property
    def total(self) -> Total:
        """The four counts over all pairs that have a reference."""
        graded = self.reference_lengths > 0
        columns = (self.hits, self.substitutions, self.deletions, self.insertions)
        return Total(*(int(column[graded].sum()) for column in columns))

    @property
    def rate(self) -> float:
        """The corpus rate: sum of errors / sum of reference lengths; NaN without a reference."""
        total = self.total
        length = total.hits + total.substitutions + total.deletions
        return (sum(total) - total.hits) / length if length else float("nan")

    @property
    def wer(self) -> float:
        """The corpus rate, under the name it has for words."""
        return self.rate

    @property
    def cer(self) -> float:
        """The corpus rate, under the name it has for characters."""
        return self.rate

    @property
    def ungraded(self) -> int:
        """How many pairs have an empty reference."""
        return int((self.reference_lengths == 0).sum())

    @property
    def invented(self) -> int:
        """Words (characters) heard where the reference is empty."""
        return int(self.insertions[self.reference_lengths == 0].sum())

    def alignment(self, i: int) -> list[Step]:
        """Pair i step by step, as (operation, reference word, hypothesis word).

        Raises:
            IndexError: there is no pair i.

        >>> for step in wer("the cat sat", "the bat sat down", normalizer="none").alignment(0):
        ...     print(*step)
        equal the the
        substitute cat bat
        equal sat sat
        insert None down
        """
        from rapidfuzz.distance import Levenshtein

        split = _UNITS[self.unit]
        reference, hypothesis = split(self.references[i]), split(self.hypotheses[i])
        return [
            Step(_OPERATIONS[block.tag], *words)
            for block in Levenshtein.opcodes(reference, hypothesis)
            for words in zip_longest(
                reference[block.src_start : block.src_end],
                hypothesis[block.dest_start : block.dest_end],
            )
        ]

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        """The pairs of both, so that the rate of a sum is the rate of all its pairs.

        Raises:
            DataError: the two count different units, or texts normalised differently.
        """
        if not isinstance(other, ErrorCounts):
            return NotImplemented
        kinds = [f"{c.unit}s under the normalizer {c.normalizer!r}" for c in (self, other)]
        if kinds[0] != kinds[1]:
            raise DataError(f"counts of {kinds[0]} cannot be added to counts of {kinds[1]}")
        return ErrorCounts(
            np.concatenate([self.hits, other.hits]),
            np.concatenate([self.substitutions, other.substitutions]),
            np.concatenate([self.deletions, other.deletions]),
            np.concatenate([self.insertions, other.insertions]),
            self.references + other.references,
            self.hypotheses + other.hypotheses,
            self.unit,
            self.normalizer,
        )


def wer(references: Texts, hypotheses: Texts, normalizer: str = "whisper-english") -> ErrorCounts:
    """Count word errors.

    Args:
        references: one text, or as many as there are hypotheses.
        hypotheses: one text, or a sequence of texts.
        normalizer: what both sides go through first, a name that `normalize` knows.

    Raises:
        DataError: the two have different lengths, or a text is not a string.
        ConfigError: there is no such normalizer.

    >>> counts = wer(["Twelve eggs, please.", ""], ["12 eggs", "hm yes"])
    >>> counts.total, counts.ungraded, counts.invented
    (Total(hits=2, substitutions=0, deletions=1, insertions=0), 1, 2)
    >>> counts.rates.round(2)
    array([0.33,  nan])
    """
    return _count(references, hypotheses, normalizer, "word")


def cer(references: Texts, hypotheses: Texts, normalizer: str = "whisper-english") -> ErrorCounts:
    """Count character errors; arguments and errors as for `wer`.

    >>> cer("valid", "invalid", normalizer="none").cer
    0.4
    """
    return _count(references, hypotheses, normalizer, "character")


def _count(references: Texts, hypotheses: Texts, normalizer: str, unit: Unit) -> ErrorCounts:
    if isinstance(references, str) != isinstance(hypotheses, str):
        raise DataError(
            "one side is a single text and the other is not: give two texts or two lists"
        )
    left, right = as_texts(references, "references"), as_texts(hypotheses, "hypotheses")
    if len(left) != len(right):
        raise DataError(f"{len(left)} references, {len(right)} hypotheses: they go in pairs")
    # Both sides at once: a text that stands on both is normalised once, and warned of once.
    texts = tuple(normalize(left + right, normalizer))
    left_texts, right_texts = texts[: len(left)], texts[len(left) :]
    columns = _edit_counts(left_texts, right_texts, _UNITS[unit])
    return ErrorCounts(*columns, left_texts, right_texts, unit, normalizer)


def _edit_counts(
    references: Sequence[str], hypotheses: Sequence[str], split: Callable[[str], Sequence[str]]
) -> tuple[Counts, Counts, Counts, Counts]:
    """Hits, substitutions, deletions and insertions of each pair.

    With n and m words and a distance of S + D + I, the lengths fix D - I = n - m. So
    rest = distance - |n - m| is S + 2 min(D, I): up to 1 it is S itself, beyond that S has to
    be counted. Everything else follows from n, m, distance and S.
    """
    from rapidfuzz.distance import Levenshtein  # rules that count nothing start without it

    flat: list[int] = []
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        a = split(reference)
        if reference == hypothesis:
            flat += (len(a), len(a), 0, 0)
            continue
        b = split(hypothesis)
        edits = Levenshtein.editops(a, b)
        substitutions = len(edits) - abs(len(a) - len(b))
        if substitutions > 1:
            substitutions = [edit[0] for edit in edits.as_list()].count("replace")
        flat += (len(a), len(b), len(edits), substitutions)
    n, m, distance, substituted = np.array(flat, np.int64).reshape(-1, 4).T
    deleted = (distance - substituted + n - m) // 2
    return n - substituted - deleted, substituted.copy(), deleted, deleted + m - n
