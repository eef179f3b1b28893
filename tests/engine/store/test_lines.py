"""Rows are kept as the file they came from where that can be, and else as they were read."""

import base64
import hashlib
import os
import random
import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.store import lines
from earmark.engine.store.apart import LEAST, MARK
from earmark.engine.store.blobs import Blobs
from earmark.engine.store.lines import Kept, keep_file, keep_rows, may_hold_audio, scan_lines
from earmark.engine.types import FileState, Rows

SOUND = random.Random(0).randbytes(3000)
TEXT = base64.b64encode(SOUND).decode()


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "store" / "blobs")


def read(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.EarmarkWarning)
        return em.read_rows(path)


def back(blobs, kept, rows, batch=3):
    """The rows that lie there, in batches of at most so many."""
    refused = {no.line for no in rows.rejected} if kept.verbatim else ()
    parts = list(scan_lines(blobs, kept, batch, refused))
    assert all(0 < len(part) <= batch for part in parts)
    return [row for part in parts for row in part]


# A file kept as it stands

LINES = [b'{"id": "a", "output_text": "x"}', b'{"item": {"n": 1}, "sample": null, "repeat": 0}']
FILES = {
    "plain": b"\n".join(LINES) + b"\n",
    "no final newline": b"\n".join(LINES),
    "byte order mark": b"\xef\xbb\xbf" + b"\n".join(LINES),
    "CRLF": b"\r\n".join(LINES) + b"\r\n",
    "blank lines": b"\n\n" + b"\n   \n\n".join(LINES) + b"\n\n\n",
    "bad lines": b"{no\n" + LINES[0] + b"\n[1]\n\xff\n" + LINES[1] + b'\n{"a": NaN}\n',
    "an id twice": b"\n".join([*LINES, LINES[0], LINES[1]]),
    "numbers that are ids": b'{"id": 1}\n{"id": 1.0}\n{"id": 2.5}\n{}\n{"id": ""}\n',
    "repeats": b'{"item": {"id": 1}}\n{"item": {"id": 1}, "repeat": 1}\n',
    "large numbers": b'{"id": 12345678901234567890123, "x": 1e300}\n',
    "exported before": b'{"item": {"id": 1}, "sample": {}, "grades": {"g": {"score": 1}}}\n',
    "keys that mean nothing": b'{"item": {"id": 1}, "what": 2}\n',
    "escapes": b'{"id": "\\u00e9\\/\\ud83d\\ude00", "t": "\\u0000\\u2028"}\n',
    "a mark": b'{"item": {"%s": "ab", "as": "bytes"}}\n' % MARK.encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_kept_byte_for_byte_and_gives_the_same_rows(tmp_path, blobs, name):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(FILES[name])
    rows = read(path)
    kept = keep_file(blobs, rows.file)
    assert kept == Kept(hashlib.sha256(FILES[name]).hexdigest(), apart=False, verbatim=True)
    assert blobs.get(kept.digest) == FILES[name]
    assert back(blobs, kept, rows) == list(rows)


@pytest.mark.parametrize("name", FILES)
def test_the_same_rows_come_back_where_they_are_written_anew(tmp_path, blobs, name):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(FILES[name])
    rows = read(path)
    kept = keep_rows(blobs, rows)
    assert not kept.verbatim
    found = back(blobs, kept, rows)
    assert [(row.id, row.sample, row.repeat) for row in found] == [
        (row.id, row.sample, row.repeat) for row in rows
    ]
    # an id that came from the number of a line is written down where that is another number now
    for now, then in zip(found, rows, strict=True):
        assert now.item in (then.item, {**then.item, "id": then.id})


@pytest.mark.parametrize("change", ["appended", "replaced", "same size", "removed", "a folder"])
def test_a_file_that_is_another_by_now_is_not_what_is_kept(tmp_path, blobs, change):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(FILES["plain"])
    rows = read(path)
    if change == "appended":
        path.write_bytes(FILES["plain"] + b"{}\n")
    elif change == "replaced":
        (tmp_path / "new").write_bytes(FILES["plain"])
        os.replace(tmp_path / "new", path)
    elif change == "same size":
        path.write_bytes(FILES["plain"].replace(b'"x"', b'"y"'))
        os.utime(path, ns=(0, rows.file.changed_ns + 1))
    else:
        path.unlink()
        if change == "a folder":
            path.mkdir()
    assert keep_file(blobs, rows.file) is None
    kept = keep_rows(blobs, rows)
    assert [row.sample for row in back(blobs, kept, rows)] == [{"output_text": "x"}, None]


def test_a_file_that_changes_between_its_hash_and_its_copy_is_not_kept(
    tmp_path, blobs, monkeypatch
):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(FILES["plain"])
    look = lines.may_hold_audio

    def changing(block):
        path.write_bytes(FILES["CRLF"])
        return look(block)

    monkeypatch.setattr(lines, "may_hold_audio", changing)
    assert keep_file(blobs, FileState.of(str(path))) is None


# Audio in a file

ESCAPED = {
    "plain": TEXT,
    "slashes": TEXT.replace("/", "\\/"),
    "plus": TEXT.replace("+", "\\u002b"),
    "every letter": "".join(f"\\u{ord(letter):04x}" for letter in TEXT),
    "some letters": "".join(f"\\u{ord(x):04x}" if i % 7 else x for i, x in enumerate(TEXT)),
    "lines": base64.encodebytes(SOUND).decode().replace("\n", "\\n"),
    "lines, CRLF": base64.encodebytes(SOUND).decode().replace("\n", "\\r\\n"),
    "data URI": f"data:audio\\/wav;base64,{TEXT}",
    "url-safe": base64.urlsafe_b64encode(SOUND).decode(),
}


@pytest.mark.parametrize("name", ESCAPED)
def test_no_audio_is_kept_inline_however_it_is_escaped(tmp_path, blobs, name):
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"item": {{"id": 1, "audio": "{ESCAPED[name]}"}}, "sample": null}}\n')
    rows = read(path)
    assert keep_file(blobs, rows.file) is None
    kept = keep_rows(blobs, rows)
    assert (kept.apart, kept.verbatim) == (True, False)
    assert len(blobs.get(kept.digest)) < 300
    assert back(blobs, kept, rows) == list(rows)


@pytest.mark.parametrize("offset", [-LEAST, -LEAST // 2, -1, 0, 1])
def test_audio_is_seen_across_the_blocks_of_a_file(tmp_path, blobs, monkeypatch, offset):
    monkeypatch.setattr(lines, "_BLOCK", 2**12)
    before = 2**12 - len('{"t":"","a":"') + offset
    words = ("word " * (before // 5 + 1))[:before]
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"t":"{words}","a":"{TEXT[:LEAST]}"}}\n')
    assert keep_file(blobs, FileState.of(str(path))) is None


@settings(deadline=None)
@given(
    parts=st.lists(
        st.text("Az09+/_\\-", min_size=1).map(lambda text: text * (300 // len(text)))
        | st.builds(lambda n: "A" * n, st.integers(LEAST - 3, LEAST + 3))
        | st.sampled_from([" ", '"', ".", "word " * 50, "é", "7," * 200, '{"a":1}' * 30]),
        max_size=8,
    )
)
def test_the_quick_look_finds_what_the_expression_finds(parts):
    block = "".join(parts).encode()
    assert may_hold_audio(block) == bool(re.search(rb"[A-Za-z0-9+/_\\-]{256}", block))


# Rows written anew


def test_batches_end_early_where_rows_are_large(tmp_path, blobs, monkeypatch):
    monkeypatch.setattr(lines, "BATCH_BYTES", 10_000)
    rows = em.read_rows([{"id": i, "audio": SOUND} for i in range(10)])
    kept = keep_rows(blobs, rows)
    assert [len(part) for part in scan_lines(blobs, kept, 1000)] == [4, 4, 2]
    words = em.read_rows([{"id": i, "text": "word " * 600} for i in range(10)])
    assert [len(part) for part in scan_lines(blobs, keep_rows(blobs, words), 1000)] == [4, 4, 2]


def test_no_rows_are_no_batches(blobs):
    kept = keep_rows(blobs, em.read_rows([]))
    assert list(scan_lines(blobs, kept, 10)) == []


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({1, 2}, "a set is no JSON value"),
        ("\ud800", "surrogates"),
        (nested(220), "nested more than 200 levels"),
        (nested(5000), "recursion"),
        (10**400, "number"),
    ],
)
def test_a_row_that_could_not_be_read_again_is_refused_by_its_id(blobs, value, why):
    rows = Rows(["good", "bad"], [{"id": "good"}, {"id": "bad", "x": value}], [None] * 2, [0, 0])
    with pytest.raises(em.DataError, match=rf"item bad: cannot be saved: .*{why}"):
        keep_rows(blobs, rows)
    assert not any(path.is_file() for path in blobs.folder.rglob("*"))


def test_a_line_that_would_be_too_long_to_be_read_is_refused(blobs, monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE", 1000)
    with pytest.raises(em.DataError, match="item 0: cannot be saved: the line is longer than"):
        keep_rows(blobs, em.read_rows([{"text": "word " * 200}]))


def test_one_item_cannot_be_saved_twice(blobs):
    rows = Rows(["a", "a", "a"], [{"id": "a"}] * 3, [None] * 3, [0, 1, 1])
    with pytest.raises(em.DataError, match="item a, repeat 1: stands twice"):
        keep_rows(blobs, rows)


# What lies there is no longer what it was


def test_a_line_that_was_no_row_then_is_passed_over_and_one_that_was_is_not(tmp_path, blobs):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": "a"}\n{"id": "b"}\n{no\n{"id": "c"}\n')
    rows = read(path)
    kept = keep_file(blobs, rows.file)
    assert [row.id for row in back(blobs, kept, rows)] == ["a", "b", "c"]
    found = [row for part in scan_lines(blobs, kept, 9, {1, 3}) for row in part]
    assert [row.id for row in found] == ["b", "c"]
    with pytest.raises(em.StoreError, match=r":3: .*when this was saved it was a row"):
        list(scan_lines(blobs, kept, 9))


@pytest.mark.parametrize("now", [b"", b'{"item":{"id":"other"},"sample":null}\n', None])
def test_rows_that_were_changed_are_not_read(blobs, now):
    kept = keep_rows(blobs, em.read_rows([{"id": "a"}]))
    path = blobs.path(kept.digest)
    path.unlink() if now is None else path.write_bytes(now)
    why = "cannot be read" if now is None else "was changed or damaged"
    with pytest.raises(em.StoreError, match=f"{kept.digest}: .*{why}"):
        list(scan_lines(blobs, kept, 9))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([TEXT, f"data:audio/wav;base64,{TEXT}", MARK]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
OBJECTS = st.dictionaries(
    st.text(max_size=5) | st.sampled_from(["id", "item", "sample", "repeat", MARK]),
    VALUES,
    max_size=3,
)


@settings(deadline=None, max_examples=40)
@given(records=st.lists(st.builds(dict, item=OBJECTS, sample=st.none() | OBJECTS), max_size=4))
def test_any_rows_come_back(tmp_path_factory, records):
    blobs = Blobs(tmp_path_factory.getbasetemp() / "lines" / "blobs")
    rows = read(records)
    found = back(blobs, keep_rows(blobs, rows), rows)
    assert [row.record(i) for i, row in enumerate(found)] == [
        row.record(i) for i, row in enumerate(rows)
    ]
