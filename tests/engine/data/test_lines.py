import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.lines import MAX_LINE, bad_utf8, lines, open_text


@settings(deadline=None)
@given(st.binary(max_size=60).map(lambda b: b.replace(b"\0", b"\n")), st.integers(1, 20))
def test_lines_are_those_of_split_and_only_the_long_ones_are_left_out(data, cap):
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()  # the end of the last line begins no other
    found = list(lines(io.BytesIO(data), cap))
    assert found == [line if len(line) <= cap else None for line in expected]


def test_a_line_over_the_cap_is_never_held_whole():
    class Endless(io.BufferedIOBase):
        """A gigabyte without a line break, then one line."""

        left = 1024

        def read1(self, size=-1):
            self.left -= 1
            return b"x" * size if self.left > 0 else b"\nlast" if self.left == 0 else b""

    import tracemalloc

    tracemalloc.start()
    assert list(lines(Endless(), 2**22)) == [None, b"last"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 2**22


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n", "git lfs pull"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x28\xb5\x2f\xfd\x00", "zstd"),
        (b"PK\x03\x04\x14", "zip"),
        (b"PAR1\x15", "Parquet"),
        ('{"id": 1}'.encode("utf-16"), "UTF-16"),
        ('{"id": 1}'.encode("utf-16-le"), "UTF-16"),
        ('{"id": 1}'.encode("utf-16-be"), "UTF-16"),
        (b"\xfe\xff\x00{", "UTF-16"),
        ('{"id": 1}'.encode("utf-32"), "UTF-32"),
    ],
)
def test_what_is_no_utf8_text_is_named(tmp_path, head, what):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(head)
    with pytest.raises(em.DataError, match=what) as error:
        open_text(path)
    assert str(path) in str(error.value)


def test_a_byte_order_mark_is_skipped(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf{}")
    with open_text(path) as stream:
        assert stream.read() == b"{}"


def test_a_file_that_cannot_be_opened_is_a_data_error(tmp_path):
    with pytest.raises(em.DataError, match="cannot be opened"):
        open_text(tmp_path / "absent.jsonl")


def test_a_stream_that_cannot_be_given_is_closed(monkeypatch):
    class Stopped(io.BytesIO):
        def peek(self, size):
            raise KeyboardInterrupt

    made = Stopped(b"{}")
    monkeypatch.setattr("earmark.engine.data.lines.open_bytes", lambda path: made)
    with pytest.raises(KeyboardInterrupt):
        open_text("rows.jsonl")
    assert made.closed


def test_the_first_bad_byte_is_named():
    assert bad_utf8("é".encode()) is None
    assert bad_utf8(b"ab\xc3(") == "byte 3 is not UTF-8 (0xc3); save the file as UTF-8"


def test_the_cap_of_a_line_is_64_mib():
    assert MAX_LINE == 64 * 1024 * 1024
