"""Runs as files: JSON Lines that give the run again, tables, and rows for the Evals API.

*Conventions*: a run comes some rows at a time, and no more than those are held. In JSON Lines the
first record says beside its item, under ``run``, what the run is: its name, what it was read
from, its graders; so one pass writes it, and importing the file gives the same run. CSV and
Parquet need to know all columns before the first row: the rows are gone over twice. Audio stands
inline, as it was; bytes, which JSON has not, are base64 text.
"""

from __future__ import annotations

import dataclasses
import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..data.write import write_csv, write_jsonl
from ..data.write_parquet import write_parquet
from ..errors import ConfigError
from ..run import Run
from .db import Store
from .runs import about_graders
from .table import table_columns, textual

_Writer = Callable[[str | os.PathLike[str], Iterable[Run]], int]


def write_run(path: str | os.PathLike[str], parts: Iterable[Run]) -> int:
    """Write a run in the form that the file's extension names, atomically; how many rows.

    Args:
        path: ``.jsonl``, ``.csv`` (safe for spreadsheets) or ``.parquet``; ``-`` is JSON Lines
            on stdout.
        parts: the run, some rows at a time: a list of one run will do. It is gone over twice for
            CSV and Parquet, so it must not be an iterator.

    Raises:
        ConfigError: another extension.
        MissingExtra: Parquet without pyarrow.
        DataError: the file cannot be written, or a row holds what it cannot hold.
    """
    return FORMS[form(path)](path, parts)


def write_evals(path: str | os.PathLike[str], parts: Iterable[Run]) -> int:
    """Write ``{"item": ..., "sample": ...}`` alone: what ``files.create`` takes for evals.

    A row without a sample has its item alone; ``repeat`` stands beside them where it is not 0.

    Raises:
        DataError: the file cannot be written, or a row holds what JSON cannot.
    """
    rows = (row for part in parts for row in part.rows)
    records = (textual(row.record(number)) for number, row in enumerate(rows))
    keys = ("item", "sample", "repeat")
    return write_jsonl(
        path, ({k: record[k] for k in keys if record.get(k) is not None} for record in records)
    )


def form(path: str | os.PathLike[str]) -> str:
    """The extension in `FORMS` that says how a run is written there.

    Raises:
        ConfigError: it has another.
    """
    name = os.fspath(path)
    found = ".jsonl" if name == "-" else os.path.splitext(name)[1].lower()
    if found not in FORMS:
        raise ConfigError(
            f"{name!r}: a run can be written as {', '.join(FORMS)}; give one of these names"
        )
    return found


def check_target(
    path: str | os.PathLike[str], store: Store, origin: str = "", base: str = ""
) -> None:
    """Refuse a file that must not be overwritten: a part of the store, or what the run came from.

    Args:
        path: the file.
        store: none of its files may be overwritten.
        origin: what the run was read from, as it was typed in a folder that may be another now.
        base: the folder of the files that it was read from.

    Raises:
        ConfigError: it is one.
    """
    target = Path(os.path.realpath(path))
    if target.is_relative_to(os.path.realpath(store.folder)):
        raise ConfigError(
            f"{os.fspath(path)!r} lies in the store {store.folder}; write it elsewhere"
        )
    named = [origin, os.path.join(base, os.path.basename(origin))]
    sources = [*named, *(path for name in named for path in glob.glob(name))]
    if any(
        os.path.isfile(source) and target == Path(os.path.realpath(source)) for source in sources
    ):
        raise ConfigError(
            f"{os.fspath(path)!r} is what the run was read from, and would be overwritten; "
            f"give another name"
        )


def described(run: Run) -> dict[str, Any]:
    """What the first record of an exported run says of it, beside the rows."""
    return {
        "name": run.name,
        "origin": run.rows.origin,
        "base": run.rows.base,
        "rejected": [dataclasses.asdict(rejection) for rejection in run.rows.rejected],
        "graders": about_graders(run),
    }


def _records(parts: Iterable[Run]) -> Iterator[dict[str, Any]]:
    first = 0
    for part in parts:
        for i, record in enumerate(part.records(first)):
            about = {} if first or i else {"run": described(part)}
            rows = {key: textual(record[key]) for key in ("item", "sample")}
            yield {**record, **rows, **about}
        first += len(part)


def _write_jsonl(path: str | os.PathLike[str], parts: Iterable[Run]) -> int:
    return write_jsonl(path, _records(parts))


def _write_csv(path: str | os.PathLike[str], parts: Iterable[Run]) -> int:
    columns = table_columns(parts)

    def rows() -> Iterator[tuple[Any, ...]]:
        for part in parts:
            yield from zip(*(column.values(part) for column in columns), strict=True)

    return write_csv(path, [column.name for column in columns], rows())


def _write_parquet(path: str | os.PathLike[str], parts: Iterable[Run]) -> int:
    columns = table_columns(parts)
    kinds = {column.name: column.kind for column in columns}
    values = ([column.values(part) for column in columns] for part in parts)
    return write_parquet(path, kinds, values)


FORMS: Mapping[str, _Writer] = {
    ".jsonl": _write_jsonl,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
