import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.jsonl import MAX_DEPTH, parse_line, read_jsonl


def read(tmp_path, data):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(data)
    return list(read_jsonl(path))


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b'{"a": NaN}', "NaN at character 7 is not JSON; write null"),
        (b'{"a": -Infinity}', "Infinity at character 8 is not JSON"),
        (b'{"a": ' + b"9" * 309 + b"}", "no float64 holds the number at character 7"),
        (b'{"a": 1e999}', "no float64 holds the number at character 7"),
        (b'{"a": ' + b"9" * 5000 + b"}", "no float64 holds the number"),
        (b'{"a": "\\ud800"}', "lone surrogate"),
        (b'{"a": "\\udc00 x"}', "surrogate"),
        (b'{"a": "caf\xe9"}', "byte 11 is not UTF-8 (0xe9)"),
        (b'{"a": "\xed\xa0\x80"}', "byte 8 is not UTF-8"),
        (b'{"a": "trunc', "ends too early"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} {"b": 2}', "not JSON: unexpected content"),
        (b"[" * 5000, "not JSON"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested more than 200 levels"),
        (b'{"a":' * 999 + b"1" + b"}" * 999, "nested more than 200 levels"),
        (b'{"item": {"a": ' + b"[" * 199 + b"]" * 199 + b"}}", "nested more than 200 levels"),
    ],
)
def test_a_bad_line_is_refused_with_its_cause_and_its_neighbours_are_read(tmp_path, line, cause):
    first, bad, last = read(tmp_path, b'{"id": 1}\n' + line + b'\n{"id": 3}\n')
    assert (first.value, first.line) == ({"id": 1}, 1)
    assert (bad.line, bad.file) == (2, str(tmp_path / "rows.jsonl"))
    assert cause in bad.reason
    assert len(bad.reason) < 200
    assert (last.value, last.line) == ({"id": 3}, 3)


def test_the_deepest_allowed_line_is_read():
    line = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert parse_line(line) == json.loads(line)


def test_many_brackets_side_by_side_are_not_deep():
    line = b"[" + b",".join([b"[{}]"] * 500) + b"]"
    assert parse_line(line) == json.loads(line)


def test_brackets_inside_a_text_are_not_deep():
    assert parse_line(b'"' + b"[" * 5000 + b'"') == "[" * 5000


def test_crlf_blank_lines_a_byte_order_mark_and_no_last_line_break_are_accepted(tmp_path):
    records = read(tmp_path, b'\xef\xbb\xbf{"id": 1}\r\n\r\n  \n{"id": 2}')
    assert [(r.value, r.line) for r in records] == [({"id": 1}, 1), ({"id": 2}, 4)]


SHAPES = [b"%d", b"[%d]", b'{"n": %d}', b'{"n": [%d]}', b'{"item": {"n": %d}, "id": 1}']


@settings(deadline=None)
@given(st.integers(-(10**80), 10**80) | st.integers(-(2**65), 2**65), st.sampled_from(SHAPES))
def test_integers_of_any_size_are_exact(number, shape):
    line = shape % number
    assert repr(parse_line(line)) == repr(json.loads(line))


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_those_of_python(number):
    assert parse_line(repr(number).encode()) == number


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_value_that_json_agrees_with_or_a_data_error(line):
    try:
        value = parse_line(line)
    except em.DataError:
        return
    assert value == json.loads(line)


def test_a_line_of_base64_is_one_record_with_its_size(tmp_path):
    line = b'{"audio": "' + b"UklGR" * 500_000 + b'"}'
    (record,) = read(tmp_path, line)
    assert record.size == len(line)
    assert record.value["audio"] == "UklGR" * 500_000


def test_a_line_over_the_cap_is_refused_and_the_next_one_is_read(tmp_path):
    bad, good = read(tmp_path, b'{"audio": "' + b"A" * (65 * 2**20) + b'"}\n{"id": 2}\n')
    assert (bad.line, "longer than 64 MiB" in bad.reason) == (1, True)
    assert (good.line, good.value) == (2, {"id": 2})


def test_a_document_over_many_lines_is_told_how_to_become_lines(tmp_path):
    path = tmp_path / "pretty.jsonl"
    path.write_text('[\n  {"id": 1}\n]\n')
    first, *_ = read_jsonl(path)
    assert "one object a line, for example with `jq" in first.reason
