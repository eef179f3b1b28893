"""The database: what is acknowledged stays, whoever else writes, and whatever stops them."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

import earmark as em
from earmark.engine.store.db import FILE, Store


def note(store, id):
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO runs (id, created, name, status, origin, base) "
            "VALUES (?, '', '', 'writing', '', '')",
            (id,),
        )


def noted(store):
    with store.reading() as connection:
        return [id for (id,) in connection.execute("SELECT id FROM runs ORDER BY seq")]


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store")
    note(store, "first")
    return store


# Transactions


def test_every_connection_waits_for_the_disk_at_each_commit(store):
    for opened in (store.writing, store.reading):
        with opened() as connection:
            values = [
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("synchronous", "journal_mode", "foreign_keys")
            ]
        assert values == [2, "wal", 1]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_each_commit_is_synced(tmp_path):
    program = (
        "import sys; from earmark.engine.store.db import Store\n"
        "for i in range(25):\n"
        "    with Store(sys.argv[1]).writing() as c:\n"
        "        c.execute(f'CREATE TABLE t{i} (a)')"
    )
    counts = tmp_path / "counts"
    command = ["strace", "-f", "-o", counts, "-e", "trace=fdatasync,fsync"]
    done = subprocess.run(
        [*command, sys.executable, "-c", program, tmp_path / "s"], capture_output=True, text=True
    )
    if "ptrace" in done.stderr:
        pytest.skip("this system does not let programs be traced")
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"f(?:data)?sync\(\d+\) += 0", counts.read_text())) >= 25


@pytest.mark.parametrize("stopped", [ValueError, KeyboardInterrupt])
def test_what_is_interrupted_leaves_nothing_behind_and_no_lock(store, stopped):
    with pytest.raises(stopped), store.writing() as connection:
        connection.execute("DELETE FROM runs")
        raise stopped
    assert noted(store) == ["first"]
    note(Store(store.folder, wait_s=0), "second")
    assert noted(store) == ["first", "second"]


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store):
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)
        note(store, "second")
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    assert noted(store) == ["first", "second"]


def test_nothing_is_written_by_a_reader(store):
    with store.reading() as connection:
        connection.execute("DELETE FROM runs")
    assert noted(store) == ["first"]


def test_no_thread_leaves_a_file_open_and_the_database_is_one_file(store):
    before = len(os.listdir("/dev/fd"))
    threads = [threading.Thread(target=note, args=(store, str(i))) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(noted(store)) == 7
    assert len(os.listdir("/dev/fd")) == before
    assert sorted(os.listdir(store.folder)) == [".gitignore", FILE]


# What is no store, or cannot be used


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path):
    with pytest.raises(em.StoreError, match=r"there is no store here yet; `earmark grade` makes"):
        noted(Store(tmp_path / "store"))
    assert not os.listdir(tmp_path)


def database(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: database(path, "CREATE TABLE t (a)"), "is the database of another program"),
        (lambda path: database(path, "PRAGMA application_id = 7"), "is the database of another"),
        (lambda path: database(path, "PRAGMA user_version = 1"), "is the database of another"),
        (lambda path: path.write_text("no database at all\n" * 99), "this is no SQLite database"),
        (lambda path: path.mkdir(), "is a folder|it cannot be opened or made"),
    ],
)
def test_what_is_not_ours_is_refused_and_left_alone(tmp_path, make, why):
    make(tmp_path / FILE)
    before = (tmp_path / FILE).is_file() and (tmp_path / FILE).read_bytes()
    for use in (noted, lambda store: note(store, "x")):
        with pytest.raises(em.StoreError, match=why) as refusal:
            use(Store(tmp_path))
        assert str(refusal.value).startswith(str(tmp_path / FILE))
    assert ((tmp_path / FILE).is_file() and (tmp_path / FILE).read_bytes()) == before
    assert os.listdir(tmp_path) == [FILE]


def test_a_store_of_a_newer_earmark_is_refused_and_left_alone(store):
    database(store.path, "PRAGMA user_version = 1000")
    before = store.path.read_bytes()
    for use in (noted, lambda store: note(store, "x")):
        with pytest.raises(
            em.StoreError, match=r"newer earmark \(its version is 1000.*pip install"
        ):
            use(store)
    assert store.path.read_bytes() == before


def test_a_damaged_database_is_said_to_be_damaged(store):
    for i in range(200):
        note(store, f"{i:0100}")
    data = bytearray(store.path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 100] = b"\xff" * 100
    store.path.write_bytes(data)
    with pytest.raises(em.StoreError, match=r"the database is damaged; .*\.recover"):
        noted(store)


def test_an_empty_file_as_a_killed_program_may_leave_becomes_a_store(tmp_path):
    (tmp_path / FILE).touch()
    assert noted(Store(tmp_path)) == []


@pytest.mark.parametrize("name", ["with blanks", "what?mode=ro", "a#b", "100%25", "ö", b"caf\xe9"])
def test_any_folder_will_do(tmp_path, name):
    folder = os.path.join(os.fsencode(tmp_path), name) if isinstance(name, bytes) else None
    store = Store(os.fsdecode(folder) if folder else tmp_path / name)
    note(store, "first")
    store.blobs.put(b"audio")
    assert noted(store) == ["first"]
    assert os.listdir(tmp_path) == [os.fsdecode(name)]


def test_a_link_to_a_folder_is_a_store(tmp_path):
    (tmp_path / "real").mkdir()
    os.symlink(tmp_path / "real", tmp_path / "link")
    note(Store(tmp_path / "link"), "first")
    assert noted(Store(tmp_path / "real")) == ["first"]


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARMARK_STORE", "kept/here")
    assert Store().folder == Path("kept/here")
    assert Store("other").folder == Path("other")
    for nothing in (lambda: monkeypatch.setenv("EARMARK_STORE", ""), monkeypatch.undo):
        nothing()
        assert Store().folder == Path(".earmark")


def test_a_text_that_is_none_is_refused(store):
    with pytest.raises(em.StoreError, match=r"'\\ud800' is no Unicode text"):
        note(store, "\ud800")
    assert noted(store) == ["first"]


READ_ONLY = """
import os, sys
from earmark.engine.store.db import Store
store = Store(sys.argv[1])
if os.getuid() == 0:  # whom no permission stops
    os.setgid(65534)
    os.setuid(65534)
uses = (store.reading, "SELECT count(*) FROM runs"), (store.writing, "DELETE FROM runs")
for opened, what in uses:
    try:
        with opened() as connection:
            print(connection.execute(what).fetchone()[0])
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.fixture
def shut():
    """A folder that others may enter and nobody but root may write to, once it is shut."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    shutil.rmtree(folder)


def used_read_only(folder):
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    done = subprocess.run([sys.executable, "-c", READ_ONLY, folder], capture_output=True, text=True)
    return done.stdout.splitlines()


def test_a_store_in_a_read_only_folder_is_read_and_not_written(shut):
    note(Store(shut), "first")
    read, written = used_read_only(shut)
    assert read == "1"
    assert written.startswith(f"StoreError {shut / FILE}: it cannot be written; make the file")


def leave_a_log(store):
    """What a killed program leaves: its last commit is in the log, and nowhere else."""
    log = Path(f"{store.path}-wal")
    with store.reading() as connection:
        connection.execute("SELECT * FROM runs").fetchall()
        note(store, "in the log")
        data = log.read_bytes(), store.path.read_bytes()
    log.write_bytes(data[0])
    store.path.write_bytes(data[1])
    return log


def test_a_log_that_was_left_is_read(store):
    leave_a_log(store)
    assert noted(store) == ["first", "in the log"]


def test_a_log_that_was_left_in_a_read_only_folder_is_not_passed_over(shut):
    store = Store(shut)
    note(store, "first")
    log = leave_a_log(store)
    read, written = used_read_only(shut)
    assert f"a stopped program left its last runs in {log.name}" in read and "copy it" in read
    assert written.startswith("StoreError")
