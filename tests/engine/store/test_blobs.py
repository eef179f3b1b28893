"""Blobs are whole or not there, and are what they were."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.store.blobs import Blobs

AUDIO = b"RIFF" * 1000


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "store" / "blobs")


def files(blobs):
    return sorted(path.name for path in blobs.folder.rglob("*") if path.is_file())


@settings(deadline=None, max_examples=30)
@given(data=st.binary(max_size=3000))
def test_what_is_put_is_got_under_its_hash(tmp_path_factory, data):
    blobs = Blobs(tmp_path_factory.getbasetemp() / "any" / "blobs")
    digest = blobs.put(data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert blobs.get(digest) == data
    assert blobs.checked(digest).read_bytes() == data
    assert blobs.path(digest) == blobs.folder / digest[:2] / digest


def test_the_same_bytes_are_written_once(blobs):
    digest = blobs.put(AUDIO)
    inode = blobs.path(digest).stat().st_ino
    assert blobs.put(AUDIO) == digest
    assert blobs.path(digest).stat().st_ino == inode
    assert files(blobs) == [digest]


def test_many_may_put_the_same_at_once(blobs):
    threads = [threading.Thread(target=blobs.put, args=(AUDIO,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [blobs.get(name) for name in files(blobs)] == [AUDIO]


def test_a_blob_that_was_shortened_is_written_again(blobs):
    path = blobs.path(blobs.put(AUDIO))
    path.write_bytes(AUDIO[:-1])
    blobs.put(AUDIO)
    assert path.read_bytes() == AUDIO


@pytest.mark.parametrize("use", [Blobs.get, Blobs.checked])
@pytest.mark.parametrize("now", [b"", AUDIO[:-1], AUDIO[:-1] + b"?", AUDIO + b"?"])
def test_a_blob_that_was_changed_is_not_taken_for_what_it_was(blobs, use, now):
    digest = blobs.put(AUDIO)
    blobs.path(digest).write_bytes(now)
    with pytest.raises(em.StoreError, match=rf"{digest}: .* was changed or damaged.*remove it"):
        use(blobs, digest)


@pytest.mark.parametrize("use", [Blobs.get, Blobs.checked])
def test_a_blob_that_is_missing_is_named(blobs, use):
    digest = blobs.put(AUDIO)
    blobs.path(digest).unlink()
    with pytest.raises(em.StoreError, match=rf"{digest}: .* No such file.* without its blobs"):
        use(blobs, digest)


@pytest.mark.parametrize(
    "digest", ["", "..", "../../etc/passwd", "ab" * 31, "AB" * 32, "ab" * 32 + "\n", "/" * 64]
)
def test_what_is_no_digest_names_no_file(blobs, digest):
    for use in (blobs.path, blobs.get, blobs.checked):
        with pytest.raises(em.StoreError, match="no SHA-256 in hex"):
            use(digest)


def test_bytes_are_on_the_disk_before_they_have_a_name_and_the_name_too(blobs, monkeypatch):
    order = []

    def noted(name, act):
        def noting(*args):
            order.append(name)
            return act(*args)

        return noting

    blobs.put(b"the folders are there")
    monkeypatch.setattr(os, "fsync", noted("synced", os.fsync))
    monkeypatch.setattr(os, "replace", noted("named", os.replace))
    blobs.put(AUDIO)
    # the bytes, the new folder in blobs, the name in that folder
    assert order == ["synced", "synced", "named", "synced"]
    blobs.put(AUDIO)
    assert order[4:] == ["synced"]  # whoever wrote it may not have come to that yet


@pytest.mark.parametrize("stopped", [ValueError, KeyboardInterrupt])
def test_what_is_interrupted_leaves_nothing(blobs, stopped):
    with pytest.raises(stopped), blobs.writer() as blob:
        blob.write(AUDIO)
        raise stopped
    assert files(blobs) == []


def test_a_full_disk_is_named_and_leaves_nothing(blobs, monkeypatch):
    kept = blobs.put(b"before")

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(em.StoreError, match=r"No space left on device; nothing of this was saved"):
        blobs.put(AUDIO)
    assert files(blobs) == [kept]


LIMITED = """
import resource, sys
from pathlib import Path
from earmark.engine.store.blobs import Blobs
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
blobs = Blobs(Path(sys.argv[1]))
blobs.put(b"small")
try:
    blobs.put(b"large" * 100_000)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_file_that_cannot_grow_is_said_and_leaves_nothing(blobs):
    command = [sys.executable, "-c", LIMITED, blobs.folder]
    said = subprocess.run(command, capture_output=True, text=True).stdout
    assert said.startswith(f"StoreError {blobs.folder}: cannot be written: File too large")
    assert files(blobs) == [hashlib.sha256(b"small").hexdigest()]


def test_what_killed_programs_left_is_removed_after_a_day(blobs):
    blobs.put(b"the folder is there")
    old, young = blobs.folder / ".0a.tmp", blobs.folder / ".0b.tmp"
    for path, age_s in ((old, 25 * 3600), (young, 23 * 3600)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age_s,) * 2)
    Blobs(blobs.folder).put(AUDIO)
    assert not old.exists() and young.exists()
