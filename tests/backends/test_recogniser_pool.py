import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from earmark.backends import recogniser_pool
from earmark.backends.recogniser_pool import Pool, RecogniserError

# Says its process id and the length of each clip; b"die" ends it, b"hang" never returns,
# b"refuse" is refused.
STAND_IN = """
import json, os, sys, time
while header := sys.stdin.buffer.read(4):
    clip = sys.stdin.buffer.read(int.from_bytes(header, "little"))
    if clip == b"die":
        os._exit(7)
    if clip == b"hang":
        time.sleep(60)
    answer = {"error": "too odd"} if clip == b"refuse" else {"text": f"{os.getpid()} {len(clip)}"}
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    path = tmp_path / "stand_in.py"
    path.write_text(STAND_IN)
    monkeypatch.setattr(recogniser_pool, "_WORKER", path)
    return path


def pid_of(text):
    return int(text.split()[0])


def gone(pid, within_s=10.0):
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True  # dead; whoever adopted it has not buried it yet
        time.sleep(0.02)
    return False


def test_one_worker_hears_clip_after_clip(script):
    pool = Pool(2, timeout_s=30)
    first, second = pool.text(b"abcd"), pool.text(b"ab")
    assert pid_of(first) == pid_of(second)
    assert (first.split()[1], second.split()[1]) == ("4", "2")


def test_a_worker_that_dies_costs_its_own_clip_and_no_other(script):
    pool = Pool(1, timeout_s=30)
    before = pool.text(b"a")
    with pytest.raises(RecogniserError, match="exit code 7"):
        pool.text(b"die")
    after = pool.text(b"ab")
    assert after.endswith(" 2") and pid_of(after) != pid_of(before)


def test_a_clip_that_takes_too_long_is_given_up_and_its_worker_ended(script):
    pool = Pool(1, timeout_s=0.5)
    worker = pid_of(pool.text(b"a"))
    with pytest.raises(RecogniserError, match=r"0\.5 s"):
        pool.text(b"hang")
    assert gone(worker)
    assert pool.text(b"a").endswith(" 1")


def test_a_refused_clip_carries_the_refusal(script):
    with pytest.raises(RecogniserError, match="too odd"):
        Pool(1, timeout_s=30).text(b"refuse")


def test_a_worker_killed_while_idle_is_replaced_and_nobody_is_charged(script):
    pool = Pool(1, timeout_s=30)
    worker = pid_of(pool.text(b"a"))
    os.kill(worker, signal.SIGKILL)
    assert gone(worker)
    assert pool.text(b"abc").endswith(" 3")


def test_workers_end_with_their_pool(script):
    pool = Pool(1, timeout_s=30)
    worker = pid_of(pool.submit(pool.text, b"a").result())
    del pool
    gc.collect()
    assert gone(worker)


def owner(script, lines):
    """A program that has no main guard, and tells the process id of its worker."""
    program = f"""
from pathlib import Path
from earmark.backends import recogniser_pool
recogniser_pool._WORKER = Path({str(script)!r})
pool = recogniser_pool.Pool(1, timeout_s=60)
print(pool.text(b"a"), flush=True)
{lines}
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    return process, pid_of(process.stdout.readline().decode())


def test_no_worker_outlives_an_owner_that_was_killed(script):
    process, worker = owner(script, "import time; time.sleep(60)")
    with process:
        process.kill()
    assert gone(worker)


def test_an_owner_that_ends_takes_its_workers_along(script):
    process, worker = owner(script, "")
    with process:
        assert process.wait(20) == 0
    assert gone(worker)
