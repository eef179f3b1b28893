"""The table of graders, and graders from blocks, names and the command line's short form.

*Conventions*: a block is one entry of the Evals API's ``testing_criteria``: ``type``,
``name`` (the type's where left out) and the grader's own fields. Unknown keys are refused.
The short form is ``type:field=value,field=value``; a list is ``a|b|c``, ``none`` is none where
a field may be that, and a template without braces is the name of a field.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from ..engine.data.template import field_template
from ..engine.errors import ConfigError, did_you_mean
from ..engine.types import Grader
from . import block as blocks
from .block import Kind
from .containment import WordContainment
from .error_rate import CharErrorRate, WordErrorRate
from .protocols import BlockGrader
from .string_check import StringCheck

GRADERS: Mapping[str, type[BlockGrader]] = {
    "word_containment": WordContainment,
    "word_error_rate": WordErrorRate,
    "char_error_rate": CharErrorRate,
    "string_check": StringCheck,
}

_COMMA = re.compile(r",(?![^{]*\}\})(?![^\[]*\])")  # not inside {{ }} or [ ]


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
    kinds = blocks.kinds(_made(kind.strip()))
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
        block[key] = _value(value, kinds[key]) if key in kinds else value
    return from_config(block)


def _from_block(block: Mapping[str, Any]) -> Grader:
    kind = block.get("type")
    if not isinstance(kind, str):
        raise ConfigError(
            f"a grader's block needs a 'type', one of {', '.join(GRADERS)}; "
            f"it has {', '.join(map(str, block)) or 'no key'}"
        )
    made = _made(kind)
    known = blocks.kinds(made)
    for key in block:
        if key != "type" and key not in known:
            raise ConfigError(
                f"{kind}: unknown field {key!r}; it has {', '.join(known)}."
                f"{did_you_mean(str(key), known)}"
            )
    for field in dataclasses.fields(made):
        required = field.default is field.default_factory is dataclasses.MISSING
        if required and field.name not in block:
            values = ", ".join(map(str, known[field.name].allowed))
            among = f", one of {values}" if values else ""
            raise ConfigError(f"{kind}: it needs {field.name!r}{among}")
    return made(**{key: value for key, value in block.items() if key != "type"})


def _made(kind: str) -> type[BlockGrader]:
    """What a type's blocks make."""
    if kind not in GRADERS:
        raise ConfigError(
            f"there is no grader of type {kind!r}; there are {', '.join(GRADERS)}."
            f"{did_you_mean(kind, GRADERS)}"
        )
    return GRADERS[kind]


def _value(text: str, kind: Kind) -> Any:
    """A short form's text as the field's type; what cannot be read is refused by the grader."""
    if kind.nullable and text.lower() in ("none", "null"):
        return None
    if kind.is_template:
        return field_template(text)
    if get_origin(kind.holds) is tuple:
        inner = Kind(get_args(kind.holds)[0], (), False)
        is_listed = text.startswith("[") and text.endswith("]")
        parts = text[1:-1].split(",") if is_listed else text.split("|")
        return [_value(part.strip(), inner) for part in parts]
    if kind.holds is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind.holds in (int, float):
        try:
            return kind.holds(text)
        except ValueError:
            return text
    return text


def _is_grader(value: Any) -> bool:
    named = isinstance(getattr(value, "name", None), str)
    signed = isinstance(getattr(value, "signature", None), str)
    return named and signed and callable(getattr(value, "grade", None))
