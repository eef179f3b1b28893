"""What was measured on: a number without its machine means nothing."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ..audio.pool import usable_processors

PACKAGES = ("numpy", "soundfile", "soxr", "pybase64", "rapidfuzz", "librosa")

_MARKS = re.compile(r"\((R|TM)\)")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and what is installed on it.

    Attributes:
        earmark: this package's version.
        cpu: the processor's model.
        processors: how many this process may use.
        system: operating system and architecture.
        python: the interpreter's version.
        packages: name -> version, of those that are installed.
        load: processes that wanted a processor over the last minute; None where nobody knows.
    """

    earmark: str
    cpu: str
    processors: int
    system: str
    python: str
    packages: Mapping[str, str]
    load: float | None

    @property
    def short(self) -> str:
        """One phrase, for the title of a table."""
        count = f"{self.processors} processor{'s' * (self.processors != 1)}"
        return f"{self.cpu}, {count}, Python {self.python}"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return asdict(self)


def this_machine(packages: tuple[str, ...] = PACKAGES) -> Machine:
    """The machine that this runs on, as busy as it is now: ask before measuring."""
    return Machine(
        earmark=_version(),
        cpu=_cpu(),
        processors=usable_processors(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages=_installed(packages),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    )


def _version() -> str:
    """This package's own; its face stands above this layer, and is asked when it is there."""
    return str(sys.modules[__name__.partition(".")[0]].__version__)


def _installed(packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _cpu() -> str:
    """The processor's model, as far as the system tells."""
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() in ("model name", "Model") and value.strip():
                    return " ".join(_MARKS.sub(" ", value).split())
    if platform.system() == "Darwin":
        asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        if told.stdout.strip():
            return told.stdout.strip()
    return platform.processor() or platform.machine() or "unknown processor"
