import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.delimited import read_csv
from earmark.engine.types import Rejection


def read(tmp_path, data):
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    return list(read_csv(path))


def told(records):
    """(line, value) of what was read, (line, reason) of what was not."""
    return [(r.line, r.reason if isinstance(r, Rejection) else r.value) for r in records]


def test_cells_stay_text_and_an_empty_cell_stays_empty(tmp_path):
    records = read(tmp_path, b"id,n,note\n1,007,\n2,1e5,NaN\n")
    assert told(records) == [
        (2, {"id": "1", "n": "007", "note": ""}),
        (3, {"id": "2", "n": "1e5", "note": "NaN"}),
    ]


def test_quoted_cells_may_hold_commas_quotes_and_line_breaks(tmp_path):
    records = read(tmp_path, b'id,text\n1,"a, ""b""\r\n\nc"\n\n2,d\n')
    assert told(records) == [
        (2, {"id": "1", "text": 'a, "b"\r\n\nc'}),
        (6, {"id": "2", "text": "d"}),
    ]


def test_crlf_a_byte_order_mark_and_no_last_line_break_are_accepted(tmp_path):
    assert told(read(tmp_path, b"\xef\xbb\xbfid,b\r\n1,x\r\n2,y")) == [
        (2, {"id": "1", "b": "x"}),
        (3, {"id": "2", "b": "y"}),
    ]


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        (b"2", "1 cells, but the header names 2 columns"),
        (b"2,x,y", "3 cells, but the header names 2 columns"),
        (b"2,caf\xe9", "byte 6 is not UTF-8 (0xe9)"),
        (b"2,a\0b", "byte 4 is NUL"),
        (b'2,"a\n\xff\nb"', "line 4, byte 1 is not UTF-8"),
        (b'2,"open', "a quote opens a cell here and never closes"),
        (b'2,"a"b', "a quoted cell is followed by other text before the next ','"),
        (b"2,a\rb", "carriage return"),
    ],
)
def test_a_bad_row_is_refused_with_its_cause_and_its_neighbours_are_read(tmp_path, row, cause):
    records = read(tmp_path, b"id,b\n1,x\n" + row + b"\n8,y\n9,z\n")
    good = [r.value["id"] for r in records if not isinstance(r, Rejection)]
    (bad,) = [r for r in records if isinstance(r, Rejection)]
    assert good == ["1", "8", "9"]
    assert (bad.line, cause in bad.reason) == (3, True)


def test_a_cell_may_hold_a_clip_in_base64(tmp_path):
    (record,) = read(tmp_path, b"id,audio\n1," + b"QUJD" * 100_000 + b"\n")
    assert len(record.value["audio"]) == 400_000


def test_a_row_with_missing_cells_is_known_by_its_id(tmp_path):
    assert read(tmp_path, b"id,b,c\n7,x\n")[0].id == "7"


def test_a_repeat_is_a_number_again(tmp_path):
    records = read(tmp_path, b"id,repeat\na,0\na,1\nb,often\n")
    assert [r.value["repeat"] for r in records] == [0, 1, "often"]


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_delimiter_is_taken_from_the_header_and_said(tmp_path, mark, name):
    with pytest.warns(em.EarmarkWarning, match=f"rows.csv: the header is divided by {name}"):
        records = read(tmp_path, f'id{mark}"a, b"\n1{mark}x,y\n'.encode())
    assert told(records) == [(2, {"id": "1", "a, b": "x,y"})]


def test_one_column_needs_no_delimiter(tmp_path):
    assert told(read(tmp_path, b"text\nhello; you\n")) == [(2, {"text": "hello; you"})]


def test_a_column_without_a_name_is_given_one_and_said(tmp_path):
    with pytest.warns(em.EarmarkWarning, match="is called 'column 1'"):
        records = read(tmp_path, b",id\n0,a\n")
    assert told(records) == [(2, {"column 1": "0", "id": "a"})]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"id,a,a\n", "rows.csv:1: 'a' names more than one column"),
        (b"\n\nid, id\n", "rows.csv:3: 'id' names more than one column"),
        (b'id,"a\n', "rows.csv:1: the header: a quote opens"),
        (b"id,\xff\n", "rows.csv:1: the header: byte 4 is not UTF-8"),
    ],
)
def test_an_unusable_header_is_an_error_of_the_file(tmp_path, header, words):
    with pytest.raises(em.DataError) as error:
        read(tmp_path, header + b"1,2,3\n")
    assert words in str(error.value)


names = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=2, max_size=4, unique=True)
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(deadline=None)
@given(names.flatmap(lambda h: st.tuples(st.just(h), st.lists(st.tuples(*[cells] * len(h))))))
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, table):
    header, rows = table
    header = [f"_{name}" for name in header]
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    records = read(tmp_path_factory.getbasetemp(), text.getvalue().encode())
    assert [tuple(r.value.values()) for r in records] == rows


@settings(deadline=None)
@given(st.lists(st.sampled_from([b",", b"\n", b"\r\n", b"\r", b"a", b"\xff", b"\0", b";"])))
def test_without_quotes_every_line_that_is_not_blank_is_a_record_or_a_rejection(
    tmp_path_factory, pieces
):
    body = b"".join(pieces)
    records = read(tmp_path_factory.getbasetemp(), b"id,b\n" + body)
    starts = [record.line for record in records]
    assert starts == [n for n, line in enumerate(body.split(b"\n"), 2) if line.strip(b"\r")]


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"1,a", b'2,"a"', b'3,"a\nb"', b'5,"a"b', b"6", b"7,\xff"])))
def test_around_rows_with_broken_quotes_all_others_are_read(tmp_path_factory, rows):
    records = read(tmp_path_factory.getbasetemp(), b"id,b\n" + b"\n".join(rows) + b"\n1,last")
    good = [r.value["id"].encode() for r in records if not isinstance(r, Rejection)]
    assert good == [row[:1] for row in rows if row[:1] in b"123"] + [b"1"]
