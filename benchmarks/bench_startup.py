"""How long the first answer takes: `import earmark`, `earmark --help`, and the peers' imports."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from measure import spread, table

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import earmark": ["-c", "import earmark"],
    "earmark --help": ["-m", "earmark", "--help"],
    "import jiwer": ["-c", "import jiwer"],
    "import librosa; librosa.load": ["-c", "import librosa; librosa.load"],
    "import pandas": ["-c", "import pandas"],
}
ROUNDS = 11


def main() -> str:
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(ROUNDS + 1):
        for name, arguments in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            if turn:
                times[name].append((time.perf_counter() - start) * 1000)
    bare = statistics.median(times["python -c pass"])
    rows = [
        (name, spread(found), f"{statistics.median(found) - bare:.0f}")
        for name, found in times.items()
    ]
    heads = ("whole process", "ms (wall)", "above bare Python")
    return "## Start\n\n" + table(heads, rows)


if __name__ == "__main__":
    print(main())
