"""Several programs use one store at once: none finds it locked, and nothing is lost."""

import json
import signal
import subprocess
import sys
import time

import pytest

import earmark as em
from earmark.engine.run import Run
from earmark.engine.store.db import Store
from earmark.engine.store.runs import begin, entries, load

SOAK = [pytest.mark.soak, pytest.mark.timeout(600)]


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""


@pytest.fixture
def store(tmp_path):
    """A store that is there and has no run."""
    store = Store(tmp_path / "store")
    with store.writing():
        pass
    return store


@pytest.fixture
def held(store):
    """Another process that holds the lock for so many seconds."""
    started = []

    def hold(seconds):
        command = [sys.executable, "-c", HOLD, str(store.path), str(seconds)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.communicate()


# One who holds the lock


def test_whoever_finds_it_locked_waits_and_reading_goes_on(store, held):
    held(2)
    begun = time.monotonic()
    assert entries(store) == []
    assert time.monotonic() - begun < 1
    with store.writing():
        pass
    assert 1 < time.monotonic() - begun < 10


def test_whoever_waited_long_enough_is_told(store, held):
    held(60)
    patient = Store(store.folder, wait_s=0.6)
    begun = time.monotonic()
    with pytest.raises(em.StoreError, match=r"another program has been writing to it for 0\.6 s"):
        with patient.writing():
            pass
    assert 0.6 <= time.monotonic() - begun < 3
    assert entries(patient) == []


def test_who_waits_hears_ctrl_c(store, held):
    held(60)
    program = (
        "import signal, sys; from earmark.engine.store.db import Store\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "print('waiting', flush=True)\n"
        "with Store(sys.argv[1]).writing(): pass"
    )
    command = [sys.executable, "-c", program, str(store.folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stdout.readline() == "waiting\n"
        time.sleep(0.3)
        begun = time.monotonic()
        waiting.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in waiting.communicate(timeout=10)[1]
    assert time.monotonic() - begun < 3


# A crowd

CROWD = """
import json, sys, threading, time
from earmark.engine.store.db import Store
store, end = Store(sys.argv[1]), time.monotonic() + float(sys.argv[2])
written, read, errors = [], [], []

def again(act):
    while time.monotonic() < end:
        try:
            act()
        except Exception as error:
            errors.append(repr(error))

def write():
    with store.writing() as c:
        before = c.execute("SELECT count(*) FROM runs").fetchone()[0]
        seq = c.execute(
            "INSERT INTO runs (id, created, name, status, origin, base) "
            "VALUES (hex(randomblob(8)), '', '', 'writing', '', '')"
        ).lastrowid
    assert seq == before + 1, "somebody wrote between"
    written.append(seq)

def look():
    with store.reading() as c:
        counts = [c.execute("SELECT count(*), max(seq) FROM runs").fetchone() for _ in range(2)]
    assert counts[0] == counts[1] and counts[0][0] == (counts[0][1] or 0), "not one state"
    read.append(counts[0][0])

threads = [threading.Thread(target=again, args=(act,)) for act in (write, look) * 2]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps([written, len(read), errors]))
"""


def crowd(store, seconds):
    """What four processes of two writing and two reading threads each did."""
    command = [sys.executable, "-c", CROWD, str(store.folder), str(seconds)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    return [json.loads(process.communicate()[0]) for process in processes]


def check_crowd(store, done):
    assert [errors for _, _, errors in done] == [[]] * 4
    written = sorted(seq for seqs, _, _ in done for seq in seqs)
    assert written == list(range(1, len(entries(store)) + 1))
    assert len(written) >= 8 and all(read for _, read, _ in done)
    with store.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_eight_who_write_and_eight_who_read_never_find_it_locked(store):
    check_crowd(store, crowd(store, 1))


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_for_a_minute_eight_who_write_and_eight_who_read_never_find_it_locked(store):
    check_crowd(store, crowd(store, 60))


RACE = """
import os, sys
from earmark.engine.store.db import Store
failed = 0
for round in range(int(sys.argv[2])):
    start, go = os.pipe()
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(start, 1)  # ends for all at once, when the other side is closed
            try:
                with Store(f"{sys.argv[1]}/{round}").writing() as connection:
                    connection.execute("SELECT count(*) FROM grades")
                os._exit(0)
            except BaseException as error:
                print(repr(error), flush=True)
                os._exit(1)
        children.append(child)
    os.close(start)
    os.close(go)
    failed += sum(os.waitpid(child, 0)[1] != 0 for child in children)
print(failed)
"""


@pytest.mark.parametrize("rounds", [25, pytest.param(1000, marks=SOAK)])
def test_a_store_can_be_made_by_many_at_once(tmp_path, rounds):
    command = [sys.executable, "-W", "ignore", "-c", RACE, tmp_path, str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr


# Runs


MANY = """
import sys
import earmark as em
store, name, count = sys.argv[1:]
rows = [{"id": i, "official_answer": name, "output_text": f"{name} {i}"} for i in range(20)]
run = em.grade(rows, "word_containment")
for _ in range(int(count)):
    print(run.save(store), flush=True)
"""


def test_programs_that_save_at_once_lose_nothing(store):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MANY, str(store.folder), name, "10"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abcd"
    ]
    given_ids = {
        process.communicate()[0]: name for process, name in zip(processes, "abcd", strict=True)
    }
    names = {id: name for ids, name in given_ids.items() for id in ids.split()}
    known = entries(store)
    assert len(names) == 40 and {entry.id for entry in known} == set(names)
    assert [entry.seq for entry in known] == list(range(40, 0, -1))
    for entry in known[::7]:
        found = load(store, entry)
        assert set(found.rows.column("{{item.official_answer}}")) == {names[entry.id]}
        assert found["word_containment"].passed.tolist() == [1] * 20


RECORD = """
import sys
import numpy as np
from earmark.engine.run import Run
from earmark.engine.store.columns import insert_grades
from earmark.engine.store.db import Store
from earmark.engine.grades import Grades
from earmark.engine.types import Rows
store, mine = Store(sys.argv[1]), 0
for first in map(int, sys.argv[2].split(",")):
    rows = Rows([str(first)], [{}], [None], [0])
    grades = Grades(np.full(1, first / 8), np.ones(1, np.int8))
    with store.writing() as connection:
        mine += insert_grades(connection, 1, Run(rows, {"judge": grades}, {"judge": "s"}), first)
print(mine)
"""


def test_two_programs_that_grade_one_run_record_each_grade_once(store):
    with store.writing() as connection:
        begin(connection, Run(em.read_rows([]), {}, {}))
    orders = [",".join(map(str, order)) for order in (range(60), range(59, -1, -1))]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD, str(store.folder), order],
            stdout=subprocess.PIPE,
            text=True,
        )
        for order in orders
    ]
    done = [int(process.communicate()[0]) for process in processes]
    assert sum(done) == 60
    with store.reading() as connection:
        found = connection.execute("SELECT first, count, scores FROM grades ORDER BY first")
        assert [(first, count) for first, count, _ in found] == [(i, 1) for i in range(60)]
