"""A grader and its block of ``testing_criteria``: the same fields, checked, named, written back.

*Conventions*: a grader is a frozen dataclass whose fields are the block's keys; its ``type``
is a class constant. A field's annotation says what it may hold, and is checked here when the
grader is made, so that a wrong block never grades a row.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from typing import Any

from ..engine.data.template import as_text, compile_template
from ..engine.errors import ConfigError, did_you_mean

VERSION = "v1"
_TEMPLATES = ("input", "reference")


def check(grader: Any, allowed: Mapping[str, Collection[str]]) -> None:
    """Check every field of a grader against its annotation.

    Args:
        grader: the dataclass, just made.
        allowed: the values that a field may have, for the fields that name one of a set.

    Raises:
        ConfigError: a value of the wrong type, a malformed template, a value that is not
            allowed; the message names grader, field and value.
    """
    for field in dataclasses.fields(grader):
        value = getattr(grader, field.name)
        try:
            _CHECKS[str(field.type)](value)
            if field.name in _TEMPLATES:
                compile_template(value)
        except ConfigError as error:
            raise ConfigError(f"{grader.type}: {field.name}: {error}") from None
        if field.name in allowed and value not in allowed[field.name]:
            known = allowed[field.name]
            raise ConfigError(
                f"{grader.type}: {field.name} {value!r} is unknown; it is one of "
                f"{', '.join(known)}.{did_you_mean(value, known)}"
            )


def signature(grader: Any) -> str:
    """Every choice that moves the grader's number, and the version of its rule."""
    choices = [
        f"{field.name}:{as_text(value)}"
        for field in dataclasses.fields(grader)
        if field.name != "name" and (value := getattr(grader, field.name)) is not None
    ]
    return "|".join([grader.type, *choices, VERSION])


def to_config(grader: Any) -> dict[str, Any]:
    """The block that makes this grader again; fields that are none are left out."""
    block: dict[str, Any] = {"type": grader.type, "name": grader.name}
    for field in dataclasses.fields(grader):
        value = getattr(grader, field.name)
        if value is not None:
            block[field.name] = list(value) if isinstance(value, tuple) else value
    return block


def _text(value: Any) -> None:
    if not isinstance(value, str):
        raise ConfigError(f"must be a text, not {_said(value)}")
    if not value.strip():
        raise ConfigError("is empty")


def _truth(value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"must be true or false, not {_said(value)}")


def _rate(value: Any) -> None:
    if value is None:
        return
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise ConfigError(f"must be a number from 0 up, or none, not {_said(value)}")


def _texts(value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, tuple) or not value:
        raise ConfigError(f"must be a list of texts, with one at least, not {_said(value)}")
    for one in value:
        try:
            _text(one)
        except ConfigError as error:
            raise ConfigError(f"each of its values {error}") from None


def _said(value: Any) -> str:
    return f"{value!r} ({type(value).__name__})"


_CHECKS = {
    "str": _text,
    "bool": _truth,
    "float | None": _rate,
    "tuple[str, ...] | None": _texts,
}
