"""The store: a run saved, exported in each form and imported: time, memory, what differs."""

from __future__ import annotations

import csv
import itertools
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import orjson
from measure import interleaved, spread, table

import earmark as em
from earmark.engine.store.exporting import write_run

ROWS, FEWER = 100_000, 25_000
WORDS = 55  # an answer
BLOCKS = ({"type": "word_containment"}, {"type": "string_check", "operation": "ilike"})
FORMS = {
    "export, jsonl": ("run.jsonl",),
    "export, csv": ("run.csv",),
    "export, parquet": ("run.parquet",),
    "export, evals": ("evals.jsonl", "--as", "evals"),
}
# the kernel's own count, for a child's ru_maxrss begins at what its parent had
_VERB = (
    "import atexit, re, sys\n"
    "from pathlib import Path\n"
    "status = Path('/proc/self/status')\n"
    "peak = lambda: re.search(r'VmHWM:\\s*(\\d+)', status.read_text())[1]\n"
    "atexit.register(lambda: print(peak(), file=sys.stderr))\n"
    "from earmark.__main__ import main\n"
    "main()\n"
)


def main() -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = em.grade(_rows(ROWS), BLOCKS)
        ways = _ways(run, folder)
        for way in ways.values():
            way()
        different = _different(run, folder)
        times = interleaved(ways, rounds=3)
        peaks = {n: _peaks(n, folder / str(n)) for n in (FEWER, ROWS)}
    rows = [
        (
            name,
            spread(seconds.wall, 2),
            spread([ROWS / s for s in seconds.wall]),
            *(peaks[n].get(name, "-") for n in (FEWER, ROWS)),
            different[name],
        )
        for name, seconds in times.items()
    ]
    few, many = f"peak at {FEWER:,} rows", f"peak at {ROWS:,}"
    heads = ("way", "s (wall)", "rows/s", few, many, "rows that differ")
    return (
        f"## Store\n\n{ROWS:,} rows of {WORDS} words, graded by word_containment and string_check "
        "(ilike). Saving is Run.save of a run in memory; the others are whole processes, and every "
        "export but that for evals explains each grade. Rows that differ: from those of the run, "
        "when what was written is read back (JSON Lines and imports: the whole row and both "
        "grades; CSV and Parquet: the scores; evals: item and sample).\n\n" + table(heads, rows)
    )


def _rows(n: int) -> list[dict[str, dict[str, str]]]:
    chance = random.Random(5)
    words = [f"w{i}ord" for i in range(20_000)]
    answers = [str(i) for i in range(11)]
    rows = []
    for i in range(n):
        said = " ".join(chance.choices(words, k=WORDS))
        item = {"id": f"q{i:06d}", "category": "abc"[i % 3], "official_answer": answers[i % 11]}
        text = f"{said}. The answer is {chance.choice(answers)}."
        rows.append({"item": item, "sample": {"output_text": text, "model": "m"}})
    return rows


def _ways(run: em.Run, folder: Path) -> dict[str, Callable[[], object]]:
    stores = (folder / f"store{n}" for n in itertools.count())
    first = next(stores)
    run.save(first)
    ways: dict[str, Callable[[], object]] = {"save": lambda: run.save(next(stores))}
    for name, (file, *options) in FORMS.items():
        words = ("export", "latest", "-o", str(folder / file), *options)
        ways[name] = lambda words=words: _verb(first, *words)
    ways["import"] = lambda: _verb(next(stores), "import", str(folder / "run.jsonl"))
    return ways


def _different(run: em.Run, folder: Path) -> dict[str, int]:
    """How many rows of each way are not those of the run."""
    import pandas as pd

    records = list(run.records())
    scores = [[record["grades"][name]["score"] for name in run.grades] for record in records]
    heads = [f"{name}.score" for name in run.grades]
    with (folder / "run.csv").open(newline="") as file:
        of_csv = [[float(row[head]) for head in heads] for row in csv.DictReader(file)]
    frame = pd.read_parquet(folder / "run.parquet")
    kept = ("item", "sample", "grades")
    of_jsonl = [{key: row[key] for key in kept} for row in _lines(folder / "run.jsonl")]
    _, saved, imported = (em.load_run(folder=folder / f"store{n}") for n in range(3))
    return {
        "save": _count(records, saved.records()),
        "export, jsonl": _count(records, of_jsonl),
        "export, csv": _count(scores, of_csv),
        "export, parquet": _count(scores, frame[heads].to_numpy().tolist()),
        "export, evals": _count(_rows(ROWS), _lines(folder / "evals.jsonl")),
        "import": _count(records, imported.records()),
    }


def _lines(path: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def _count(expected: Iterable[object], found: Iterable[object]) -> int:
    return sum(a != b for a, b in zip(expected, found, strict=True))


def _peaks(n: int, folder: Path) -> dict[str, str]:
    """The peak memory of each verb's process with so many rows."""
    folder.mkdir()
    run, store = folder / "run.jsonl", folder / "store"
    write_run(run, [em.grade(_rows(n), BLOCKS)])
    peaks = {"import": _verb(store, "import", str(run))}
    for name, (file, *options) in FORMS.items():
        peaks[name] = _verb(store, "export", "latest", "-o", str(folder / file), *options)
    return peaks


def _verb(store: Path, *words: str) -> str:
    """Run a verb in a process of its own; its peak memory."""
    done = subprocess.run(
        [sys.executable, "-c", _VERB, *words],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "EARMARK_STORE": str(store)},
    )
    return f"{int(done.stderr.splitlines()[-1]) / 1024:,.0f} MiB"


if __name__ == "__main__":
    print(main())
