"""An older store becomes the present one: whole, once, or not at all."""

import shutil
import sqlite3
import subprocess
import sys

import pytest

import earmark as em
from earmark.engine.store import schema
from earmark.engine.store.db import Store
from earmark.engine.store.runs import find, load

STEPS = (
    ("ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT 'nobody'",),
    ("CREATE TABLE labels (run INTEGER, label TEXT)", "INSERT INTO labels VALUES (1, 'gold')"),
)


@pytest.fixture
def store(tmp_path):
    """A store with a run, as the present version makes it."""
    store = Store(tmp_path / "store")
    em.grade([{"official_answer": "a", "output_text": "a"}], "word_containment").save(store.folder)
    return store


def later(monkeypatch, *steps):
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, *steps))


def state(store):
    connection = sqlite3.connect(store.path)
    names = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version, [name for (name,) in names]


def test_an_older_store_is_brought_up_to_date_when_it_is_opened(store, monkeypatch):
    before = load(store, find(store))
    later(monkeypatch, *STEPS)
    with store.reading() as connection:
        assert connection.execute("SELECT owner FROM runs").fetchall() == [("nobody",)]
        assert connection.execute("SELECT * FROM labels").fetchall() == [(1, "gold")]
    after = load(store, find(store))
    assert list(after.rows) == list(before.rows)
    assert after["word_containment"].passed.tolist() == [1]
    assert state(store)[0] == len(schema.MIGRATIONS)


def test_a_migration_that_fails_leaves_the_older_store_and_what_went_before(store, monkeypatch):
    first, second = STEPS
    with monkeypatch.context() as broken:
        later(broken, first, (*second, "INSERT INTO nowhere VALUES (1)"))
        for opened in (store.reading, store.writing):
            with pytest.raises(em.StoreError, match="no such table: nowhere"), opened():
                pass
        version, names = state(store)
        assert version == len(schema.MIGRATIONS) - 1
        assert "labels" not in names
    later(monkeypatch, *STEPS)
    assert len(load(store, find(store))) == 1


def test_an_older_earmark_refuses_what_a_newer_one_made(store, monkeypatch):
    with monkeypatch.context() as newer:
        later(newer, *STEPS)
        with store.writing():
            pass
    before = store.path.read_bytes()
    for opened in (store.reading, store.writing):
        with pytest.raises(em.StoreError, match=r"newer earmark .* upgrade with pip"), opened():
            pass
    assert store.path.read_bytes() == before


TOGETHER = """
import os, sys
from earmark.engine.store import schema
from earmark.engine.store.db import Store
schema.MIGRATIONS += tuple(
    (f"CREATE TABLE t{i} (a)", f"INSERT INTO t{i} SELECT count(*) FROM sqlite_master")
    for i in range(5)
)
failed = 0
for folder in sys.argv[1:]:
    start, go = os.pipe()
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(start, 1)  # ends for all at once, when the other side is closed
            with Store(folder).reading() as c:
                rows = [c.execute(f"SELECT count(*) FROM t{i}").fetchone()[0] for i in range(5)]
            os._exit(rows != [1] * 5)
        children.append(child)
    os.close(start)
    os.close(go)
    failed += sum(os.waitpid(child, 0)[1] != 0 for child in children)
print(failed)
"""


def test_programs_that_migrate_at_once_do_each_step_once(store, tmp_path):
    folders = [tmp_path / str(i) for i in range(8)]
    for folder in folders:
        shutil.copytree(store.folder, folder)
    command = [sys.executable, "-W", "ignore", "-c", TOGETHER, *folders]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr


def test_where_nothing_can_be_written_an_older_store_is_refused(store, monkeypatch):
    # a step that needs the disk stands for the folder, which root can always write
    later(monkeypatch, *STEPS)
    monkeypatch.setattr(Store, "_opened", unwritable)
    with pytest.raises(em.StoreError, match=r"made by an older earmark, .* copy it"):
        find(store)


def unwritable(store):
    connection = sqlite3.connect(f"{store.path.as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("CREATE TABLE t (a)")
    finally:
        connection.close()
