"""The store's folders are made durably, and do not end up in a repository."""

import os

import pytest

import earmark as em
from earmark.engine.store.blobs import Blobs
from earmark.engine.store.db import Store
from earmark.engine.store.folders import make_folder, make_store_folder


def test_a_store_is_hidden_from_git_whoever_makes_its_folder(tmp_path):
    with Store(tmp_path / "a").writing():
        pass
    Blobs(tmp_path / "b" / "blobs").put(b"audio")
    make_store_folder(tmp_path / "deep" / "er")
    for folder in ("a", "b", "deep/er"):
        assert (tmp_path / folder / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "deep" / ".gitignore").exists()


def test_a_folder_that_was_there_is_left_as_it_is(tmp_path):
    with Store(tmp_path).writing():
        pass
    assert not (tmp_path / ".gitignore").exists()


def test_each_new_name_is_synced_in_the_folder_above(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("earmark.engine.store.folders.sync_folder", synced.append)
    make_folder(tmp_path / "one" / "two")
    assert synced == [tmp_path, tmp_path / "one"]
    make_folder(tmp_path / "one" / "two")
    assert len(synced) == 2


@pytest.mark.parametrize("in_the_way", ["a file", "a link to nowhere"])
def test_what_stands_in_the_way_is_named(tmp_path, in_the_way):
    path = tmp_path / "store"
    if in_the_way == "a file":
        path.write_text("")
    else:
        os.symlink(tmp_path / "nowhere", path)
    with pytest.raises(em.StoreError, match=r"store: the store's folder cannot be made: File exi"):
        make_store_folder(path)
    with pytest.raises(em.StoreError, match="there is no store here yet"):
        with Store(path).reading():
            pass
