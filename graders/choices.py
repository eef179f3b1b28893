"""The answer given, where an answer is one of a few known choices.

*Conventions*: a choice is named where its words stand in a row as whole words. Reading goes
from left to right, and of choices that begin at the same place the longest is read: "not
valid" is no mention of "valid". Choices may be several words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..engine.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices, ready to be looked for.

    Attributes:
        labels: the choice as it was written, by its words joined by blanks.
        pattern: finds the mentions in words joined and surrounded by blanks.
    """

    labels: dict[str, str]
    pattern: re.Pattern[str]

    def named(self, row: str) -> list[str]:
        """The choices that a padded row names, as written, in order, with repetitions.

        >>> compiled([("valid", ["valid"]), ("not valid", ["not", "valid"])]).named(" not  valid ")
        ['not valid']
        """
        return [self.labels[m] for m in self.pattern.findall(f" {' '.join(row.split())} ")]


def compiled(choices: Iterable[tuple[str, list[str]]]) -> Choices:
    """Make choices ready to be looked for.

    Args:
        choices: each choice as it was written, and its words.

    Raises:
        ConfigError: a choice without a word, or two that are the same words.
    """
    labels: dict[str, str] = {}
    for label, words in choices:
        key = " ".join(words)
        if not words:
            raise ConfigError(f"the choice {label!r} has no word in it, so nothing can name it")
        if key in labels:
            raise ConfigError(
                f"the choices {labels[key]!r} and {label!r} are the same words; keep one"
            )
        labels[key] = label
    longest_first = sorted(labels, key=len, reverse=True)
    # each mention leaves the blank behind it to the next one
    return Choices(labels, re.compile(rf" ({'|'.join(map(re.escape, longest_first))})(?= )"))
