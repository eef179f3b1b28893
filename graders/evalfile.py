"""Graders from an eval file: YAML or JSON with ``testing_criteria``, or a bare list of blocks.

*Conventions*: only ``testing_criteria`` is looked at. The file's other keys must be known, and
what is in them is other verbs' business; keys that begin with ``x-`` are for anchors. YAML is
read by the 1.2 core schema, in which ``yes``, ``no``, ``10:30`` and ``007`` are the texts they
look like. Duplicate keys are refused, and so are aliases that unfold into more than a file of
grader blocks can hold.

*Reference*: YAML 1.2.2, section 10.3.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import yaml

from ..engine.errors import ConfigError, did_you_mean
from ..engine.types import Grader
from .config import from_config

_KEY = "testing_criteria"
# what an eval file can hold: the two request bodies of the Evals API, and where the data is
_KEYS = (_KEY, "name", "metadata", "data", "audio", "data_source_config", "data_source")
_MAX_NODES = 100_000  # unfolded
_Place = str


def read_criteria(path: str | os.PathLike[str]) -> list[Grader]:
    """The graders of an eval file.

    Args:
        path: a file that ends in .json, or in anything else for YAML.

    Raises:
        ConfigError: the file or a block in it is wrong; the message says where.
    """
    path = os.fspath(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    read = _read_json if path.lower().endswith(".json") else _read_yaml
    try:
        blocks = read(path, text)
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply to be an eval file") from None
    graders = []
    for place, block in blocks:
        try:
            graders.append(from_config(block))
        except ConfigError as error:
            raise ConfigError(f"{place}: {error}") from None
    return graders


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the core schema of YAML 1.2 for plain scalars."""


_Loader.yaml_implicit_resolvers = {}  # PyYAML's own are of YAML 1.1


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
    )


def _read_yaml(path: str, text: str) -> list[tuple[_Place, Any]]:
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        _check_node(path, root, {})
        criteria = _criteria_node(path, root)
        return [
            (f"{path}:{node.start_mark.line + 1}", loader.construct_document(node))
            for node in criteria.value
        ]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}" if mark else path
        raise ConfigError(f"{place}: is no YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{path}: is no YAML: {error}") from error


def _check_node(path: str, node: yaml.Node | None, sizes: dict[int, int]) -> int:
    """Refuse duplicate keys and aliases without end; the number of nodes, unfolded."""
    if node is None:
        return 0
    place = f"{path}:{node.start_mark.line + 1}"
    if id(node) in sizes:
        if not sizes[id(node)]:
            raise ConfigError(f"{place}: an alias stands inside what it stands for")
        return sizes[id(node)]
    sizes[id(node)] = 0  # being counted
    children: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        children = list(node.value)
    elif isinstance(node, yaml.MappingNode):
        children = [part for pair in node.value for part in pair]
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, count in keys.items():
            if count > 1:
                raise ConfigError(f"{place}: the key {key!r} is there twice")
    size = 1 + sum(_check_node(path, child, sizes) for child in children)
    if size > _MAX_NODES:
        raise ConfigError(f"{place}: its aliases unfold into more than {_MAX_NODES:,} values")
    sizes[id(node)] = size
    return size


def _criteria_node(path: str, root: yaml.Node | None) -> yaml.SequenceNode:
    found = root
    if isinstance(root, yaml.MappingNode):
        values = {key.value: value for key, value in root.value if isinstance(key.value, str)}
        _check_keys(path, list(values))
        found = values[_KEY]
    if not isinstance(found, yaml.SequenceNode) or not found.value:
        raise ConfigError(f"{path}: {_KEY} must be a list of grader blocks, with one at least")
    return found


def _read_json(path: str, text: str) -> list[tuple[_Place, Any]]:
    try:
        root = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: is no JSON: {error.msg}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    found = root
    if isinstance(root, Mapping):
        _check_keys(path, list(root))
        found = root[_KEY]
    if not isinstance(found, list) or not found:
        raise ConfigError(f"{path}: {_KEY} must be a list of grader blocks, with one at least")
    return [(f"{path}: {_KEY}[{i}]", block) for i, block in enumerate(found)]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise ConfigError(f"the key {key!r} is there twice")
    return dict(pairs)


def _check_keys(path: str, keys: list[str]) -> None:
    if _KEY not in keys:
        raise ConfigError(
            f"{path}: has no {_KEY}; it has {', '.join(keys) or 'nothing'}."
            f"{did_you_mean(_KEY, keys)}"
        )
    for key in keys:
        if key not in _KEYS and not key.startswith("x-"):
            raise ConfigError(
                f"{path}: unknown key {key!r}; an eval file can have {', '.join(_KEYS)}."
                f"{did_you_mean(key, _KEYS)}"
            )
