"""The table of graders, and graders from blocks, names and the command line's short form.

*Conventions*: a block is one entry of the Evals API's ``testing_criteria``: ``type``,
``name`` (the type's where left out) and the grader's own fields. Unknown keys are refused.
The short form is ``type:field=value,field=value``; a list is ``a|b|c``, and a value of
``input`` or ``reference`` without braces is the name of a field.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from ..engine.data.template import field_template
from ..engine.errors import ConfigError, did_you_mean
from ..engine.types import Grader
from .containment import WordContainment
from .error_rate import CharErrorRate, WordErrorRate
from .string_check import StringCheck

GRADERS: Mapping[str, type[WordContainment | WordErrorRate | CharErrorRate | StringCheck]] = {
    "word_containment": WordContainment,
    "word_error_rate": WordErrorRate,
    "char_error_rate": CharErrorRate,
    "string_check": StringCheck,
}

_COMMA = re.compile(r",(?![^{]*\}\})")  # not inside {{ }}


def from_config(config: Mapping[str, Any] | str | Grader) -> Grader:
    """The grader that a block, a type's name or an object stands for.

    Args:
        config: a block; a type of `GRADERS`, for a grader with that type's defaults; or
            anything that is a grader already, which is given back.

    Raises:
        ConfigError: an unknown type or key, a wrong value, a key that is wanted and not there.

    >>> from_config({"type": "word_error_rate", "normalizer": "basic"}).normalizer
    'basic'
    """
    if isinstance(config, str):
        return from_config({"type": config})
    if isinstance(config, Mapping):
        return _from_block(config)
    if isinstance(config, type) or not _is_grader(config):
        raise ConfigError(
            f"{config!r} is no grader: give a block, a type's name ({', '.join(GRADERS)}), or "
            f"an object with name, signature and grade(rows)"
        )
    return config


def from_short(text: str) -> Grader:
    """The grader of a short form such as ``word_error_rate:reference=text,normalizer=basic``.

    Raises:
        ConfigError: as `from_config`, or a part that is not ``field=value``.

    >>> from_short("word_containment:reference=answer,choices=yes|no").choices
    ('yes', 'no')
    """
    kind, _, rest = text.partition(":")
    kinds = _fields(kind.strip())
    block: dict[str, Any] = {"type": kind.strip()}
    for part in _COMMA.split(rest) if rest.strip() else []:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise ConfigError(
                f"cannot read {part!r} in {text!r}; write field=value, as in "
                f"'word_error_rate:reference=text,normalizer=basic'"
            )
        if key in block:
            raise ConfigError(f"{key!r} is given twice in {text!r}")
        block[key] = _value(key, value, kinds.get(key, "str"))
    return from_config(block)


def _from_block(block: Mapping[str, Any]) -> Grader:
    kind = block.get("type")
    if not isinstance(kind, str):
        raise ConfigError(
            f"a grader's block needs a 'type', one of {', '.join(GRADERS)}; "
            f"it has {', '.join(map(str, block)) or 'no key'}"
        )
    known = _fields(kind)
    for key in block:
        if key != "type" and key not in known:
            raise ConfigError(
                f"{kind}: unknown field {key!r}; it has {', '.join(known)}."
                f"{did_you_mean(str(key), known)}"
            )
    made = GRADERS[kind]
    for field in dataclasses.fields(made):
        if field.default is dataclasses.MISSING and field.name not in block:
            values = field.metadata["one of"]
            raise ConfigError(f"{kind}: it needs {field.name!r}, one of {values}")
    return made(**{key: value for key, value in block.items() if key != "type"})


def _fields(kind: str) -> dict[str, str]:
    """The fields of a type and their annotations."""
    if kind not in GRADERS:
        raise ConfigError(
            f"there is no grader of type {kind!r}; there are {', '.join(GRADERS)}."
            f"{did_you_mean(kind, GRADERS)}"
        )
    return {field.name: str(field.type) for field in dataclasses.fields(GRADERS[kind])}


def _value(key: str, text: str, kind: str) -> Any:
    """A short form's text as the field's type; what cannot be read is refused by the grader."""
    if key in ("input", "reference"):
        return field_template(text)
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split("|"))
    if kind.startswith("float"):
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _is_grader(value: Any) -> bool:
    named = isinstance(getattr(value, "name", None), str)
    signed = isinstance(getattr(value, "signature", None), str)
    return named and signed and callable(getattr(value, "grade", None))
