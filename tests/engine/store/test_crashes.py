"""Programs are killed and disks are full: what was acknowledged is there, whole."""

import json
import shutil
import sqlite3
import subprocess
import sys

import pytest

SOAK = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLED = """
import json, os, random, signal, sys, time
import earmark as em
from earmark.engine.store.db import Store
from earmark.engine.store.runs import entries, load

target, kind, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
random.seed(int(sys.argv[3]))
store = Store(target)

def graded(n):
    text = "valid " * 40
    row = {"official_answer": "valid", "output_text": f"{n} {text}"}
    return em.grade([{"id": i, **row} for i in range(1500)], "word_containment")

def save_one(n, run):
    if kind == "store":
        return run.save(target)
    with open(target, "w") as file:  # what many programs do
        json.dump({"n": n, "rows": list(run.rows.items)}, file)
    return str(n)

def work(log):
    n = 0
    run = graded(os.getpid())
    while True:
        os.write(log, b"begin\\n")
        id = save_one(n, run)
        os.write(log, f"done {id}\\n".encode())
        n += 1

def broken(ids):
    if kind == "json":
        try:
            json.load(open(target))
        except ValueError:
            return 1
        return 0
    known = {entry.id: entry for entry in entries(store)}
    with store.reading() as c:
        assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert c.execute("SELECT count(*) FROM grades").fetchone()[0] == 2 * len(known)
    for id in ids:
        run = load(store, known[id])
        assert len(run) == 1500 and run["word_containment"].passed.all()
    assert all(entry.status == "complete" for entry in known.values())
    return len(known) - all_acknowledged

result = {"working": 0, "broken": 0, "acknowledged": 0, "unheard": 0}
all_acknowledged = 0
for _ in range(kills):
    read, log = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            work(log)
        finally:
            os._exit(1)
    os.close(log)
    said = os.read(read, 6)  # it works now
    time.sleep(random.uniform(0, 0.08))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    while more := os.read(read, 65536):
        said += more
    os.close(read)
    lines = said.decode().splitlines()
    ids = [line[5:] for line in lines if line.startswith("done ")]
    result["working"] += lines[-1] == "begin"
    result["acknowledged"] += len(ids)
    all_acknowledged += len(ids)
    found = broken(ids)
    if kind == "store":  # whole, but the program was killed before it could say so
        result["unheard"] += found
        all_acknowledged += found
        assert 0 <= found <= 1, "more than one run that nobody was told of"
    else:
        result["broken"] += found
print(json.dumps(result))
"""


def killed(target, kind, kills):
    command = [sys.executable, "-W", "ignore", "-c", KILLED, str(target), kind, str(kills)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kills", [20, pytest.param(300, marks=SOAK)])
def test_killed_at_any_moment_no_acknowledged_run_is_lost_and_none_is_half_there(tmp_path, kills):
    result = killed(tmp_path, "store", kills)
    assert result["working"] >= 0.9 * kills
    assert result["acknowledged"] > 0
    with sqlite3.connect(tmp_path / "earmark.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_same_kills_break_a_file_that_is_written_in_place(tmp_path):
    assert killed(tmp_path / "runs.json", "json", 10)["broken"] >= 5


# The disk is full

FULL = """
import json, os, resource, sys
import earmark as em
from earmark.engine.store.db import Store
from earmark.engine.store.runs import entries, find, load, save

room, how = sys.argv[1:]
store, ballast = Store(f"{room}/store"), f"{room}/ballast"
acknowledged, said = [], []

def graded(n):
    rows = [{"id": i, "official_answer": "a", "output_text": f"a {n} {i} "} for i in range(40)]
    return em.grade(rows, "word_containment")

def tighten():
    if how == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    with open(ballast, "wb") as file:
        file.write(bytes(90_000))

def free():
    os.unlink(ballast)
    if how == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

def fill():
    with open(ballast, "ab", buffering=0) as file:
        try:
            while file.write(bytes(512)):
                pass
        except OSError:
            pass

def attempt(n, kept=None):
    try:
        acknowledged.append((n, save(store, graded(n), kept)))
    except em.StoreError as error:
        said.append(str(error))

def check():
    with store.reading() as c:
        assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert [entry.id for entry in entries(store)] == [id for _, id in acknowledged][::-1]
    for n, id in acknowledged:
        again, found = graded(n), load(store, find(store, id))
        assert list(found.rows) == list(again.rows)
        assert found["word_containment"].passed.tolist() == [1] * 40

tighten()
while not said:
    attempt(len(acknowledged))
check()
before = len(acknowledged)
attempt(0, find(store, acknowledged[0][1]).kept)  # only the database has to grow
fill()
check()
attempt(before)
free()
check()
attempt(before)  # what was refused goes through
check()
left = [name for name in os.listdir(f"{room}/store/blobs") if name.endswith(".tmp")]
print(json.dumps([before, len(acknowledged) - before, said, left]))
"""
MOUNTED = 'mount -t tmpfs -o size=400k none "$1" && exec "$0" -c "$2" "$1" mount'


def check_full(done):
    assert done.returncode == 0, done.stderr
    before, after, said, left = json.loads(done.stdout)
    assert before >= 5 and after >= 1 and len(said) >= 2 and left == []
    for message in said:
        assert "nothing of this was saved" in message
    return said


def test_on_a_full_disk_nothing_acknowledged_is_lost_and_what_is_not_is_said(tmp_path):
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED]
    may_mount = (
        shutil.which("unshare")
        and not subprocess.run([*command, "true", tmp_path, ""], capture_output=True).returncode
    )
    if not may_mount:
        pytest.skip("this system lets nobody mount a small disk; the test below has a limit")
    done = subprocess.run(
        [*command, sys.executable, tmp_path, FULL], capture_output=True, text=True
    )
    for message in check_full(done):
        assert "No space left on device" in message or "the disk is full" in message


def test_where_files_cannot_grow_nothing_acknowledged_is_lost_and_what_is_not_is_said(tmp_path):
    check_full(
        subprocess.run(
            [sys.executable, "-c", FULL, tmp_path, "limit"], capture_output=True, text=True
        )
    )
