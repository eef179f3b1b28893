"""The template language of the Evals API: text with ``{{ item.field }}`` placeholders.

*Conventions*: two namespaces exist, ``item`` and ``sample``. A path goes on through objects
(``.key``), arrays (``[0]``) and strings that hold JSON. Spaces inside the braces are free.
Text that is not a placeholder stands for itself. A value that is not a string is rendered as
compact JSON, in which a NaN is null. A variable that is absent, null, NaN or infinite is missing:
never an empty string, and never the text "null".

*Reference*: OpenAI's graders guide, "Templating".
"""

from __future__ import annotations

import enum
import functools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

from ..errors import ConfigError, did_you_mean
from .scalars import absent, jsonable, plain

Namespace = Mapping[str, Any] | None
Key = str | int


class Missing(enum.Enum):
    """The one value of a variable that is not there."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING

_PLACEHOLDER = re.compile(r"\{\{(?!\{)(.*?)\}\}", re.DOTALL)  # of three braces the last two
_ROOT = re.compile(r"(\w+)\s*")
_STEP = re.compile(
    r"(?:\.\s*([^.\[\]{}]+?)\s*(?=[.\[]|$)|\[\s*(-?\d+)\s*\]|\[\s*(['\"])(.*?)\3\s*\])\s*"
)
_ROOTS = ("item", "sample")
_SAMPLE_FIELDS = ("output_text", "heard_text")
_BARE_KEY = re.compile(r"[^.\[\]{}'\"\s]+")


@dataclass(frozen=True, slots=True)
class Path:
    """One variable: a namespace and the keys and indexes below it."""

    text: str
    root: str
    keys: tuple[Key, ...]

    def find(self, item: Namespace, sample: Namespace) -> Any:
        """The variable's own value, or MISSING."""
        return known(self.reach(item, sample))

    def reach(self, item: Namespace, sample: Namespace) -> Any:
        """What stands at the path, null and NaN too; MISSING where the path leads nowhere."""
        value: Any = item if self.root == "item" else sample
        for key in self.keys:
            if isinstance(value, str):
                value = _decoded(value)
            if isinstance(key, str) and isinstance(value, Mapping):
                value = value.get(key, MISSING)
            elif isinstance(key, int) and isinstance(value, Sequence):
                value = value[key] if -len(value) <= key < len(value) else MISSING
            else:
                return MISSING
        return value

    @property
    def canonical(self) -> str:
        """The one spelling of this path: ``item.a``, ``item.a[0]``, ``item['a b']``."""
        steps = [
            f".{key}" if isinstance(key, str) and _BARE_KEY.fullmatch(key) else f"[{key!r}]"
            for key in self.keys
        ]
        return self.root + "".join(steps)


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template: literal texts and the paths between them.

    >>> t = compile_template("Answer: {{ item.answers[0] }}")
    >>> t.render({"answers": ["valid", "invalid"]}, None)
    'Answer: valid'
    >>> t.render({}, None) is None
    True
    >>> t.missing({}, None).text
    'item.answers[0]'
    """

    source: str
    parts: tuple[str | Path, ...]

    def render(self, item: Namespace, sample: Namespace) -> str | None:
        """The rendered text, or None where a variable is missing."""
        texts = []
        for part in self.parts:
            value = part if isinstance(part, str) else part.find(item, sample)
            if value is MISSING:
                return None
            texts.append(as_text(value))
        return "".join(texts)

    def value(self, item: Namespace, sample: Namespace) -> Any:
        """A lone placeholder's own value (list, number, ...), else the rendered text.

        MISSING where a variable is missing.
        """
        if len(self.parts) == 1 and isinstance(self.parts[0], Path):
            return self.parts[0].find(item, sample)
        text = self.render(item, sample)
        return MISSING if text is None else text

    def missing(self, item: Namespace, sample: Namespace) -> Path | None:
        """The first variable that is missing, or None."""
        for part in self.parts:
            if isinstance(part, Path) and part.find(item, sample) is MISSING:
                return part
        return None

    @property
    def canonical(self) -> str:
        """The one spelling of all templates that differ in the blanks inside the braces only."""
        return "".join(
            part if isinstance(part, str) else f"{{{{{part.canonical}}}}}" for part in self.parts
        )

    @property
    def field(self) -> tuple[str, str] | None:
        """(namespace, key) where the template is one plain field, which columns read directly."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Path):
            path = self.parts[0]
            if len(path.keys) == 1 and isinstance(path.keys[0], str):
                return path.root, path.keys[0]
        return None


@functools.lru_cache(maxsize=1024)
def compile_template(source: str) -> Template:
    """Compile a template once; the same text gives the same object.

    Raises:
        ConfigError: braces that do not close, an empty placeholder, or an unknown namespace;
            the message names the place.
    """
    parts: list[str | Path] = []
    position = 0
    for match in _PLACEHOLDER.finditer(source):
        _refuse_open_braces(source, position, match.start())
        if match.start() > position:
            parts.append(source[position : match.start()])
        parts.append(_path(match[1], source, match.start()))
        position = match.end()
    _refuse_open_braces(source, position, len(source))
    if position < len(source) or not parts:
        parts.append(source[position:])
    return Template(source, tuple(parts))


def field_template(path: str) -> str:
    """The template of a field that was named without braces.

    ``item.x`` and ``sample.x`` are what they say; ``output_text`` and ``heard_text`` are the
    sample's; any other name is the item's.

    >>> field_template("text"), field_template("heard_text")
    ('{{ item.text }}', '{{ sample.heard_text }}')

    Raises:
        ConfigError: the path is empty.
    """
    path = path.strip()
    if not path:
        raise ConfigError("the name of a field is empty; write one as in 'category'")
    if "{{" in path:
        return path
    if path.startswith(("item.", "sample.")):
        return f"{{{{ {path} }}}}"
    return f"{{{{ {'sample' if path in _SAMPLE_FIELDS else 'item'}.{path} }}}}"


def known(value: Any) -> Any:
    """The value, or MISSING for one that no rule can compare: null, NaN, an infinity."""
    if type(value) is str:
        return value
    number = plain(value)
    infinite = isinstance(number, float | Decimal) and math.isinf(number)
    return MISSING if infinite or absent(value) else value


def as_text(value: Any) -> str:
    """A value as a template renders it: a string as it is, anything else as compact JSON.

    What JSON has only as a string (a date, a path) is that string, without quotes.

    >>> as_text([1, "a"]), as_text(10**20), as_text([10**20])
    ('[1,"a"]', '100000000000000000000', '[100000000000000000000]')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    try:
        text = orjson.dumps(value, default=str, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    except TypeError:  # an integer over 64 bits, or a key that is no string, somewhere inside
        exact = jsonable(value)
        text = json.dumps(exact, default=str, ensure_ascii=False, separators=(",", ":"))
    return str(orjson.loads(text)) if text.startswith('"') else text


def _path(text: str, source: str, start: int) -> Path:
    name = text.strip()
    root = _ROOT.match(name)
    if root is None or root[1] not in _ROOTS:
        hint = did_you_mean(root[1], _ROOTS) if root else ""
        raise ConfigError(
            f"template {source!r}, character {start}: '{{{{{text}}}}}' must begin with item "
            f"or sample, as in '{{{{ item.answer }}}}'.{hint}"
        )
    keys: list[Key] = []
    position = root.end()
    while position < len(name):
        step = _STEP.match(name, position)
        if step is None:
            raise ConfigError(
                f"template {source!r}, character {start}: cannot read '{name[position:]}' of "
                f"'{{{{{text}}}}}'; write .key or [0]"
            )
        keys.append(int(step[2]) if step[2] else step[4] if step[3] else step[1])
        position = step.end()
    return Path(name, root[1], tuple(keys))


def _refuse_open_braces(source: str, start: int, end: int) -> None:
    place = source.find("{{", start, end)
    if place >= 0:
        raise ConfigError(
            f"template {source!r}, character {place}: '{{{{' is never closed by '}}}}'"
        )


def _decoded(text: str) -> Any:
    """What a JSON-encoded string holds; MISSING where it holds no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return MISSING
