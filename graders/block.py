"""A grader and its block of ``testing_criteria``: the same fields, checked, named, written back.

*Conventions*: a grader is a frozen dataclass whose fields are the block's keys; its ``type``,
and the ``version`` of its rule, are class constants. A field's annotation alone says what it may
hold, and is checked when the grader is made, so that a wrong block never grades a row:

- ``str`` (not empty), ``bool``, ``int``, ``float`` (finite), ``Literal[...]``;
- ``tuple[X, ...]`` of these (not empty; a block's list becomes one);
- ``X | None``; and ``Annotated[X, check]``, where ``check(value)`` raises ConfigError.

A field of another annotation is its grader's own business; one without a default is required.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Collection
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from ..engine.data.template import as_text, compile_template
from ..engine.errors import ConfigError, did_you_mean
from ..engine.text.normalize import NORMALIZERS
from .protocols import BlockGrader


class Kind(NamedTuple):
    """What a field may hold: a type, the checks on its values, and whether it may be none."""

    holds: Any
    checks: tuple[Callable[[Any], object], ...]
    nullable: bool

    @property
    def is_template(self) -> bool:
        """Whether the field is a template, for which a field's name may stand."""
        return compile_template in self.checks

    @property
    def allowed(self) -> tuple[Any, ...]:
        """The values of a Literal; none for another type, which has too many to name."""
        return get_args(self.holds) if get_origin(self.holds) is Literal else ()


def one_of(known: Collection[Any]) -> Callable[[Any], None]:
    """A check for a value that must be one of these."""

    def check(value: Any) -> None:
        if value not in tuple(known):
            hint = did_you_mean(str(value), map(str, known))
            raise ConfigError(
                f"{value!r} is unknown; it is one of {', '.join(map(str, known))}.{hint}"
            )

    return check


def not_negative(value: float) -> None:
    """A check for a rate or a tolerance."""
    if value < 0:
        raise ConfigError(f"must be a number from 0 up, not {value!r}")


TemplateText = Annotated[str, compile_template]
Normalizer = Annotated[str, one_of(NORMALIZERS)]
Rate = Annotated[float, not_negative]


def kinds(grader: type[BlockGrader]) -> dict[str, Kind]:
    """What each field of a grader may hold, from its annotations."""
    hints = get_type_hints(grader, include_extras=True)
    return {field.name: _kind(hints[field.name]) for field in dataclasses.fields(grader)}


def check(grader: BlockGrader) -> None:
    """Check every field of a grader that was just made; lists become tuples, 1 becomes 1.0.

    Raises:
        ConfigError: a value that its field may not hold; the message names grader, field, value.
    """
    for name, kind in kinds(type(grader)).items():
        try:
            object.__setattr__(grader, name, _settled(getattr(grader, name), kind))
        except ConfigError as error:
            raise ConfigError(f"{grader.type}: {name}: {error}") from None


def signature(grader: BlockGrader) -> str:
    """Every choice that moves the grader's number, and the version of its rule."""
    choices = [
        f"{name}:{compile_template(value).canonical if kind.is_template else as_text(value)}"
        for name, kind in kinds(type(grader)).items()
        if name != "name" and (value := getattr(grader, name)) is not None
    ]
    return "|".join([grader.type, *choices, grader.version])


def to_config(grader: BlockGrader) -> dict[str, Any]:
    """The block that makes this grader again; fields that are none are left out."""
    block: dict[str, Any] = {"type": grader.type, "name": grader.name}
    for field in dataclasses.fields(grader):
        value = getattr(grader, field.name)
        if value is not None:
            block[field.name] = list(value) if isinstance(value, tuple) else value
    return block


def _kind(annotation: Any) -> Kind:
    nullable = False
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in get_args(annotation) if part is not NoneType]
        nullable = len(parts) < len(get_args(annotation))
        annotation = parts[0] if len(parts) == 1 else Any
    checks = getattr(annotation, "__metadata__", ())
    return Kind(get_args(annotation)[0] if checks else annotation, checks, nullable)


def _settled(value: Any, kind: Kind) -> Any:
    """The value as its field holds it."""
    if value is None and kind.nullable:
        return None
    if get_origin(kind.holds) is tuple and get_args(kind.holds)[1:] == (...,):
        value = _each(value, _kind(get_args(kind.holds)[0]))
    elif kind.allowed:
        one_of(kind.allowed)(value)
    elif kind.holds in _SETTLED:
        value = _SETTLED[kind.holds](value)
    for each in kind.checks:
        each(value)
    return value


def _each(values: Any, kind: Kind) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple) or not values:
        raise ConfigError(f"must be a list, with one value at least, not {_said(values)}")
    try:
        return tuple(_settled(value, kind) for value in values)
    except ConfigError as error:
        raise ConfigError(f"each of its values {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"must be a text, not {_said(value)}")
    if not value.strip():
        raise ConfigError("is empty")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"must be true or false, not {_said(value)}")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"must be a whole number, not {_said(value)}")
    return value


def _number(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not abs(value) <= sys.float_info.max:
        raise ConfigError(f"must be a finite number, not {_said(value)}")
    return float(value)


def _said(value: Any) -> str:
    return f"{value!r} ({type(value).__name__})"


_SETTLED: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _number,
}
