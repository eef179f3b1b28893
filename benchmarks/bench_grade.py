"""`earmark grade` as a whole process, beside a process that reads the file with orjson alone."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
from measure import interleaved, ratios, spread, table

ROWS = 100_000
WORDS = 55  # an answer
VOCABULARY = 20_000
ANSWERS = ("yes", "no", "valid", "invalid", *map(str, range(11)))
GRADERS = ("-g", "word_containment", "-g", "string_check:operation=ilike")
ALONE = (
    "import orjson, sys\n"
    "with open(sys.argv[1], 'rb') as file:\n"
    "    rows = [orjson.loads(line) for line in file]\n"
    "print(len(rows))\n"
)
_WORD = re.compile(r"[a-zé0-9]+")


def main() -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rows.jsonl")
        file.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in _rows()))
        stores = (str(Path(folder, f"store{n}")) for n in itertools.count())
        different = _different(file)
        times = interleaved(_processes(file, stores))
        size = file.stat().st_size / 1e6
    alone = times["orjson alone"].wall
    rows = [
        (
            name,
            spread(seconds.wall, 2),
            f"{statistics.median(ratios(seconds.wall, alone)):.2f}x",
            spread([ROWS / s for s in seconds.wall]),
            "-" if seconds.wall is alone else different,
        )
        for name, seconds in times.items()
    ]
    heads = ("whole process", "s (wall)", "of orjson alone", "rows/s", "verdicts that differ")
    return (
        f"## Grade\n\n{ROWS:,} saved rows of {WORDS} words, {size:.0f} MB of JSON Lines, by "
        "word_containment and string_check (ilike), from the start of the process to its end; "
        "beside it one that reads the lines with orjson into a list and leaves. Verdicts that "
        "differ: from those of a plain loop, in the count of passes.\n\n" + table(heads, rows)
    )


def _rows() -> list[dict[str, dict[str, str]]]:
    chance = random.Random(4)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(VOCABULARY)]
    rows = []
    for i in range(ROWS):
        right, given = chance.choice(ANSWERS), chance.choice(ANSWERS)
        said = chance.choices(words, k=WORDS - 4)
        said[0] = said[0].capitalize()
        said[20] += ","
        said[30] = f'"{said[30]}"' if i % 20 else said[30] + "é"
        answer = right if chance.random() < 0.6 else given
        text = f"{' '.join(said)}. The answer is {answer}."
        item = {"id": f"q{i:06d}", "category": chance.choice("abc"), "official_answer": right}
        rows.append({"item": item, "sample": {"output_text": text, "model": "m"}})
    return rows


def _processes(file: Path, stores: Iterator[str]) -> dict[str, Callable[[], object]]:
    verb = ["-m", "earmark", "grade", str(file), *GRADERS]
    return {
        "orjson alone": lambda: _run("-c", ALONE, str(file)),
        "earmark grade --no-save": lambda: _run(*verb, "--no-save"),
        "earmark grade": lambda: _run(*verb, store=next(stores)),
    }


def _run(*arguments: str, store: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **({"EARMARK_STORE": store} if store else {})},
    )
    return done.stdout


def _different(file: Path) -> int:
    """By how many passes the verb and a plain loop differ."""
    found = json.loads(_run("-m", "earmark", "grade", str(file), *GRADERS, "--no-save", "--json"))
    passed = {line["grader"]: line["passed"] for line in found}
    contained = checked = 0
    for line in file.read_bytes().splitlines():
        row = orjson.loads(line)
        text, answer = row["sample"]["output_text"].lower(), row["item"]["official_answer"]
        contained += answer in _WORD.findall(text)
        checked += answer in text
    return abs(passed["word_containment"] - contained) + abs(passed["string_check"] - checked)


if __name__ == "__main__":
    print(main())
