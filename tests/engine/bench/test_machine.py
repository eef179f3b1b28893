"""A machine is named with its processor and the versions of what was measured."""

import os
from importlib.metadata import version

import earmark as em
from earmark.engine.bench.machine import this_machine


def test_the_machine_has_a_processor_and_the_versions_that_are_installed():
    machine = this_machine(("numpy", "no-such-package-of-ours"))
    assert machine.earmark == em.__version__
    assert machine.cpu.strip()
    assert machine.load >= 0
    assert machine.packages == {"numpy": version("numpy")}
    assert machine.processors == len(os.sched_getaffinity(0))
    assert f"{machine.cpu}, {machine.processors} processor" in machine.short
    assert machine.to_dict()["packages"] == {"numpy": version("numpy")}
