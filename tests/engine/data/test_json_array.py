import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.json_array import elements, read_json
from earmark.engine.types import Rejection

ITEMS = [{"id": "a", "q": "[,]"}, {"id": "b", "q": 'x"}'}, {"id": "c", "n": {"l": [1, [2]]}}]


def read(tmp_path, text, name="rows.json"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [
        (r.place.removeprefix(str(path)), r.reason if isinstance(r, Rejection) else r.value)
        for r in read_json(path)
    ]


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\n \r\n"])
def test_an_array_is_its_objects_however_it_is_laid_out(tmp_path, indent, mark):
    expected = [(f"[{i}]", item) for i, item in enumerate(ITEMS)]
    assert read(tmp_path, mark + json.dumps(ITEMS, indent=indent) + "\r\n") == expected


@pytest.mark.parametrize(
    ("element", "cause"),
    [
        ('{"q": NaN}', "NaN at character 7 is not JSON; write null"),
        ('{"q": 1e999}', "no float64 holds the number"),
        ('{"q": "\\ud800"}', "a lone surrogate"),
        ("{'q': 1}", "not JSON"),
        ('{"q": 1,}', "not JSON"),
        ('{"q": ' + "[" * 201 + "]" * 201 + "}", "more than 200 levels"),
        (b'{"q": "caf\xe9"}', "byte 11 is not UTF-8"),
        ("", "no element stands here, only a comma beside it"),
    ],
)
def test_a_bad_element_costs_itself_alone_and_names_its_line(tmp_path, element, cause):
    bad = element if isinstance(element, bytes) else element.encode()
    first, (place, reason), last = read(tmp_path, b'[{"id": 1},\n\n ' + bad + b',\n{"id": 3}\n]')
    assert (first, last) == (("[0]", {"id": 1}), ("[2]", {"id": 3}))
    assert place == "[1]"
    assert reason.startswith("line 3: ")
    assert cause in reason


def test_long_integers_are_exact(tmp_path):
    assert read(tmp_path, '[{"n": 123456789012345678901}]')[0][1] == {"n": 123456789012345678901}


def test_elements_that_are_no_objects_are_refused_one_by_one(tmp_path):
    path = tmp_path / "rows.json"
    path.write_bytes(b'[{"id": 1}, "a, [", 3, null, [4], {"id": 2}]')
    with pytest.warns(em.EarmarkWarning, match="4 of 6 records were skipped"):
        rows = em.read_rows(path)
    assert rows.ids == ["1", "2"]
    assert [r.file for r in rows.rejected] == [f"{path}[{i}]" for i in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("end", "good", "cause"),
    [
        ("", 2, "the file ends inside the array: it is cut off"),
        (', {"id": 3', 2, "the file ends inside the array: it is cut off"),
        (', {"id": "thr', 2, "the file ends inside the array"),
        ('] {"id": 9}', 2, "behind the array stands '{\"id\": 9}'"),
    ],
)
def test_an_array_that_does_not_end_well_gives_what_stands_before(tmp_path, end, good, cause):
    path = tmp_path / "rows.json"
    path.write_text('[{"id": 1}, {"id": 2}' + end)
    with pytest.warns(em.EarmarkWarning, match="nothing behind this could be read"):
        rows = em.read_rows(path)
    assert len(rows) == good
    assert cause in rows.rejected[0].reason
    assert rows.rejected[0].file == f"{path}[1]"


@pytest.mark.parametrize("text", ["[]", "[ \n]", "", " \n"])
def test_an_array_of_nothing_is_an_error(tmp_path, text):
    (tmp_path / "rows.json").write_text(text)
    with pytest.raises(em.DataError, match=r"rows\.json: no record is in it"):
        em.read_rows(tmp_path / "rows.json")


def test_json_lines_under_this_name_are_read_as_such(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_bytes(b'{"id": 1}\n{"id": 2, "q": NaN}\nbroken\n{"id": 4}\n')
    with pytest.warns(em.EarmarkWarning, match="2 of 4 records"):
        rows = em.read_rows(path)
    assert rows.places == [f"{path}:1", f"{path}:4"]
    assert [r.line for r in rows.rejected] == [2, 3]


@pytest.mark.parametrize("text", ['{"id": 1, "l": [{}]}', '{\n "id": 1,\n "l": [{}]\n}\n'])
def test_one_object_alone_is_one_record(tmp_path, text):
    assert [value for _, value in read(tmp_path, text)] == [{"id": 1, "l": [{}]}]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("key", ["data", "rows"])
def test_an_object_around_the_records_is_refused_with_the_way_to_them(tmp_path, key, indent):
    with pytest.raises(em.DataError, match=rf"'{key}' holds 3 objects.*jq -c '\.{key}\[\]'"):
        read(tmp_path, json.dumps({"version": 1, key: ITEMS}, indent=indent))


def test_objects_over_many_lines_are_refused_with_the_cure(tmp_path):
    with pytest.raises(em.DataError, match=r"write one object a line: jq -c \. .*rows\.json > "):
        read(tmp_path, "\n".join(json.dumps(item, indent=2) for item in ITEMS))


@pytest.mark.parametrize("text", ['"text"', "42", "null", "id,q\n1,x\n", "<html>"])
def test_what_begins_with_no_bracket_is_refused_with_what_stands_there(tmp_path, text):
    with pytest.raises(em.DataError, match="neither an array nor an object begins here"):
        read(tmp_path, text)


def test_an_array_is_never_held_whole():
    item = json.dumps({"id": 1, "audio": "UklG" * 2**16}).encode()

    class Long(io.BufferedIOBase):
        left = 200

        def read1(self, size=-1):
            self.left -= 1
            start = b"[" if self.left == 199 else b","
            return b"" if self.left < 0 else start + item if self.left else b"]"

    tracemalloc.start()
    assert sum(1 for _ in elements(Long())) == 199
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(item)


def test_a_line_that_is_the_whole_array_may_be_of_any_length(tmp_path):
    item = json.dumps({"audio": "UklG" * 2**18}).encode()
    with (tmp_path / "rows.json").open("wb") as file:
        file.write(b"[" + item)
        for _ in range(69):
            file.write(b", " + item)
        file.write(b"]")
    assert sum(record.size == len(item) for record in read_json(tmp_path / "rows.json")) == 70


def test_an_element_that_never_ends_is_given_up_at_the_cap():
    class Endless(io.BufferedIOBase):
        start = b'[{"id": 1}, {"q": "'

        def read1(self, size=-1):
            start, self.start = self.start, b""
            return start or b"x" * size

    found = elements(Endless(), "rows.json")
    assert next(found) == (1, b'{"id": 1}')
    with pytest.raises(em.DataError, match=r"rows\.json: line 1: .*larger than 64 MiB"):
        next(found)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(st.lists(values), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 9))
def test_the_elements_are_those_that_json_reads_wherever_the_blocks_end(
    array, indent, ascii_only, size
):
    class Slow(io.BytesIO):
        def read1(self, _=-1):
            return super().read1(size)

    text = json.dumps(array, indent=indent, ensure_ascii=ascii_only).encode("utf-8")
    assert [json.loads(raw) for _, raw in elements(Slow(text))] == array
