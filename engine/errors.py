"""The exception tree.

    Exception
      EarmarkError               anything this package refuses to do, or cannot do
        AudioError               an audio value cannot be used; also a ValueError
        DataError                a source, a row or a field cannot be used; also a ValueError
        ConfigError              a grader, a template or an option is wrong; also a ValueError
        StoreError               the store cannot be read or written, or has no such run
        MissingExtra             an optional package is not installed; also an ImportError
    UserWarning
      EarmarkWarning             something was lost, guessed or looks wrong; the work went on

*Conventions*: a message says what, where (file:line or item id), why, and how to mend it,
with the offending value in it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EarmarkError(Exception):
    """Anything this package refuses to do, or cannot do."""


class AudioError(EarmarkError, ValueError):
    """An audio value cannot be used."""


class DataError(EarmarkError, ValueError):
    """A source, a row or a field cannot be used."""


class ConfigError(EarmarkError, ValueError):
    """A grader block, a template or an option is wrong."""


class StoreError(EarmarkError):
    """The store cannot be read or written, or has no such run."""


class MissingExtra(EarmarkError, ImportError):
    """An optional package is not installed.

    Args:
        package: the package that is missing.
        extra: the extra of earmark that brings it.
        purpose: what it is needed for.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package}: pip install 'earmark[{extra}]'")


class EarmarkWarning(UserWarning):
    """Something was lost, guessed or looks wrong; the work went on."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to append to a message about an unknown word, or nothing.

    >>> did_you_mean("word_containmnt", ["word_containment", "string_check"])
    " Did you mean 'word_containment'?"
    >>> did_you_mean("xyz", ["word_containment"])
    ''
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def some(names: Iterable[object], most: int = 20) -> str:
    """Names for a message: the first of them, none longer than 80 characters, and how many more.

    >>> some(["id", "text", "audio"], most=2), some([])
    ('id, text and 1 more', 'no field')
    """
    texts = [f"{name!s:.80}" for name in names]
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return (", ".join(texts[:most]) or "no field") + more
