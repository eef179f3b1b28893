import datetime
import sys
import zipfile

import openpyxl
import pytest

import earmark as em
from earmark.engine.data import xlsx
from earmark.engine.data.xlsx import read_xlsx
from earmark.engine.types import Rejection

HEADER = ["id", "text", "n"]


def book(tmp_path, *rows, name="rows.xlsx", others=()):
    made = openpyxl.Workbook()
    made.active.title = "Answers"
    for row in rows:
        made.active.append(row)
    for other in others:
        made.create_sheet(other)
    made.save(tmp_path / name)
    return tmp_path / name


def told(path):
    return [(r.line, r.reason if isinstance(r, Rejection) else r.value) for r in read_xlsx(path)]


def changed(path, part, old, new):
    """The book with other bytes in one of its parts."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_keep_what_they_are_and_a_line_is_the_row_of_the_sheet(tmp_path):
    path = book(tmp_path, [], HEADER, ["a", "héllo\nyou", 3], [], ["b", None, 2.5], [True, "=", 7])
    assert told(path) == [
        (3, {"id": "a", "text": "héllo\nyou", "n": 3}),
        (5, {"id": "b", "text": None, "n": 2.5}),
        (6, {"id": True, "text": "=", "n": 7}),
    ]
    assert isinstance(told(path)[0][1]["n"], int)


def test_dates_and_times_are_iso_text(tmp_path):
    at = datetime.datetime(2024, 1, 2, 3, 4, 5)
    length = datetime.timedelta(hours=30)
    path = book(tmp_path, ["day", "at", "time", "length"], [at.date(), at, at.time(), length])
    expected = {
        "day": "2024-01-02",
        "at": "2024-01-02T03:04:05",
        "time": "03:04:05",
        "length": 30 * 3600.0,
    }
    assert told(path) == [(2, expected)]


def test_error_cells_and_formulas_without_a_saved_value_are_null_and_counted(tmp_path):
    path = book(tmp_path, HEADER, ["a", "#N/A", "=1+1"], ["b", "x", "=A1"], ["c", "#DIV/0!", 1])
    with pytest.warns(em.EarmarkWarning) as warned:
        found = told(path)
    assert [value for _, value in found] == [
        {"id": "a", "text": None, "n": None},
        {"id": "b", "text": "x", "n": None},
        {"id": "c", "text": None, "n": 1},
    ]
    messages = [str(warning.message) for warning in warned]
    assert f"{path}: B2 and 1 more: an error as its value, read as null" in messages
    assert any("C2 and 1 more: a formula without a saved value" in m for m in messages)


def test_of_many_cells_that_are_null_the_first_is_named_and_the_others_are_counted(tmp_path):
    path = book(tmp_path, HEADER, *(["a", "#N/A", n] for n in range(3000)))
    with pytest.warns(em.EarmarkWarning, match=r"B2 and 2999 more: an error as its value"):
        assert len(told(path)) == 3000


def test_a_formula_is_the_value_that_was_saved_with_it(tmp_path):
    path = book(tmp_path, HEADER, ["a", "x", "=1+1"])
    changed(path, SHEET, b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
    assert told(path) == [(2, {"id": "a", "text": "x", "n": 2})]


def test_the_first_visible_sheet_is_read_and_the_others_are_named(tmp_path):
    path = book(tmp_path, HEADER, ["a", "x", 1], others=["Notes", "Old"])
    with pytest.warns(em.EarmarkWarning, match="'Answers' is read, not 'Notes', 'Old'"):
        assert len(told(path)) == 1
    made = openpyxl.load_workbook(path)
    made["Answers"].sheet_state = "hidden"
    made.active = 1
    made["Notes"].append(["q"])
    made["Notes"].append(["from the notes"])
    made.save(path)
    with pytest.warns(em.EarmarkWarning, match="'Notes' is read, not 'Old', 'Answers'"):
        assert told(path) == [(2, {"q": "from the notes"})]


def test_a_wrong_dimension_does_not_cut_the_sheet(tmp_path):
    path = book(tmp_path, HEADER, ["a", "x", 1], ["b", "y", 2])
    changed(path, SHEET, b'ref="A1:C3"', b'ref="A1"')
    assert [value["n"] for _, value in told(path)] == [1, 2]


def test_a_row_that_is_wider_than_the_header_is_refused(tmp_path):
    path = book(tmp_path, HEADER, ["a", "x", 1, "more"], ["b"])
    assert told(path) == [
        (2, "4 cells, but the header names 3 columns"),
        (3, {"id": "b", "text": None, "n": None}),
    ]


def test_an_id_twice_is_refused_with_the_rows_of_both(tmp_path):
    path = book(tmp_path, HEADER, ["a", "x", 1], ["a", "y", 2])
    with pytest.warns(em.EarmarkWarning, match=r"rows\.xlsx:3 .*first at .*rows\.xlsx:2"):
        assert em.read_rows(path).ids == ["a"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "the sheet 'Answers' is empty; no record is in it"),
        ([HEADER], "no record is in it"),
        ([["id", "text", "id"], [1, 2, 3]], "rows.xlsx:1: 'id' names more than one column"),
        ([[1, "a.wav", "hello"]], "rows.xlsx:1: the first row must name the columns, and 1 is"),
        ([["#N/A", "text"], [1, 2]], "rows.xlsx:1: the first row must name the columns, and A1"),
    ],
)
def test_a_sheet_without_a_usable_header_is_an_error(tmp_path, rows, words):
    with pytest.raises(em.DataError) as error:
        em.read_rows(book(tmp_path, *rows))
    assert words in str(error.value)


def test_a_column_without_a_name_is_given_one_and_said(tmp_path):
    with pytest.warns(em.EarmarkWarning, match="is called 'column 2'"):
        assert told(book(tmp_path, ["id", None, "n"], [1, 2, 3]))[0][1]["column 2"] == 2


@pytest.mark.parametrize(
    "data", [b"", b"id,text\n1,x\n", b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0 encrypted, or .xls"]
)
def test_what_is_no_book_is_refused_with_the_cure(tmp_path, data):
    (tmp_path / "rows.xlsx").write_bytes(data)
    with pytest.raises(em.DataError, match=r"rows\.xlsx: it is no Excel book .*save it again as"):
        em.read_rows(tmp_path / "rows.xlsx")


def test_a_zip_of_something_else_is_no_book(tmp_path):
    with zipfile.ZipFile(tmp_path / "rows.xlsx", "w") as file:
        file.writestr("rows.csv", "id\n1\n")
    with pytest.raises(em.DataError, match="it is no Excel book"):
        em.read_rows(tmp_path / "rows.xlsx")


def test_a_sheet_that_breaks_off_gives_the_rows_before(tmp_path):
    path = book(tmp_path, HEADER, *([f"q{n}", "x", n] for n in range(600)))
    changed(path, SHEET, b'<row r="500"', b'<row r="500" <<')
    with pytest.warns(em.EarmarkWarning, match="nothing behind this could be read: the sheet is"):
        rows = em.read_rows(path)
    assert rows.ids[-1] == "q497"  # in row 499
    assert rows.rejected[0].line == 499


def test_entities_that_multiply_are_refused(tmp_path):
    levels = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    laughs = f'<!DOCTYPE l [<!ENTITY l0 "ha">{levels}]>'.encode()
    path = book(tmp_path, HEADER, ["a", "here", 1])
    with zipfile.ZipFile(path) as source:
        text = source.read(SHEET)
    changed(path, SHEET, text, laughs + text.replace(b"here", b"&l9;"))
    with pytest.raises(em.DataError, match="damaged"):
        em.read_rows(path)


def test_a_book_that_unpacks_to_too_much_is_refused_before_it_is(tmp_path, monkeypatch):
    path = book(tmp_path, HEADER, ["a", "x" * 30_000, 1])
    monkeypatch.setattr(xlsx, "MAX_EXPANDED", 20_000)
    with pytest.raises(em.DataError, match="bytes unpacked, more than the 20,000 that are read"):
        em.read_rows(path)


def test_a_part_that_is_longer_than_it_says_is_not_unpacked_further(tmp_path):
    path = book(tmp_path, HEADER, *([f"q{n}", "x", n] for n in range(2000)))
    with zipfile.ZipFile(path) as source:
        size = source.getinfo(SHEET).file_size
    data = path.read_bytes()
    assert data.count(size.to_bytes(4, "little")) == 2  # in its own header, and in the directory
    path.write_bytes(data.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little")))
    with pytest.raises(em.DataError, match="damaged"):
        em.read_rows(path)


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    path = book(tmp_path, HEADER)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(em.MissingExtra, match=r"pip install 'earmark\[tables\]'"):
        em.read_rows(path)
