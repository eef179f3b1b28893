import dataclasses
import warnings
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data import jsonl
from earmark.engine.data.filling import Filling
from earmark.engine.data.lines import line_blocks
from earmark.engine.data.records import Block, Record
from earmark.engine.data.sources import READERS
from earmark.engine.types import Rejection


def filled(values, on_error="skip"):
    filling = Filling(on_error)
    for line, value in enumerate(values, 1):
        filling.add(value if isinstance(value, Rejection) else Record(value, "f", line))
    return filling.take("")


def test_the_same_id_and_repeat_twice_is_refused_at_the_second_with_the_place_of_the_first():
    rows = filled([{"id": 1}, {"id": "1", "repeat": 1}, {"id": "1"}, {"id": 1, "repeat": 1}])
    assert list(zip(rows.ids, rows.repeats, strict=True)) == [("1", 0), ("1", 1)]
    assert [str(rejection) for rejection in rows.rejected] == [
        "f:3 (id 1): id '1', repeat 0 stands twice, first at f:1",
        "f:4 (id 1): id '1', repeat 1 stands twice, first at f:2",
    ]


def test_records_without_an_id_are_numbered_and_rejected_ones_count():
    rows = filled([{"q": 1}, 7, {"q": 2}])
    assert rows.ids == ["0", "2"]
    assert rows.places == ["f:1", "f:3"]


def test_a_kept_record_is_a_row_with_the_error_in_its_place_and_is_not_rejected():
    rows = filled([{"q": 1}, 7, {"item": {"id": "a"}, "sample": 3}, {"q": 2}], "keep")
    assert rows.ids == ["0", "record 1", "a", "3"]
    assert rows.items[1] == {}
    assert rows.items[2] == {"id": "a"}
    assert "this one is a number (7)" in rows.samples[1]["error"]["message"]
    assert rows.rejected == ()


def test_a_kept_record_never_takes_the_id_of_a_good_one_further_on():
    rows = filled([7, {"id": "0"}, {"id": "1"}, {"id": "0"}], "keep")
    assert rows.ids == ["record 0", "0", "1", "record 3"]


def test_a_kept_duplicate_has_a_name_of_its_own():
    rows = filled([{"id": "a"}, {"id": "a"}, {"id": "3"}, {"id": "a"}], "keep")
    assert rows.ids == ["a", "record 1", "3", "record 3"]
    assert rows.items[3] == {}


def test_the_first_bad_record_raises_where_that_is_asked_for():
    with pytest.raises(em.DataError, match=r"^f:2: a record must be an object"):
        filled([{"q": 1}, 7, {"q": 2}], "fail")


def test_an_unknown_rule_is_refused_with_the_known_ones():
    with pytest.raises(em.ConfigError, match=r"'skp', it must be one of skip, keep, fail\. Did"):
        Filling("skp")


def test_one_warning_counts_all_and_quotes_the_first_three():
    filling = Filling("skip")
    for n in range(6):
        filling.add(Rejection("", "f", f"reason {n}", n))
    with pytest.warns(em.EarmarkWarning) as caught:
        filling.warn("f")
    message = str(caught[0].message)
    assert message.startswith("f: 6 of 6 records were skipped: f:0: reason 0; f:1")
    assert message.endswith("f:2: reason 2; and 3 more")


def test_no_warning_where_all_was_taken():
    filling = Filling("skip")
    filling.add(Record({"q": 1}, "f", 1))
    filling.warn("f")  # warnings are errors here


records = st.lists(
    st.one_of(
        st.integers(),
        st.fixed_dictionaries({}, optional={"id": st.integers(0, 9), "repeat": st.integers(-1, 2)}),
        st.builds(Rejection, st.sampled_from(["", "1", "x"]), st.just("f"), st.just("broken")),
    )
)


@settings(deadline=None)
@given(records)
def test_every_record_is_a_row_or_a_rejection(values):
    rows = filled(values)
    assert len(rows) + len(rows.rejected) == len(values)


@settings(deadline=None)
@given(records)
def test_kept_records_stand_in_their_places_and_no_row_is_there_twice(values):
    rows = filled(values, "keep")
    assert rows.places == [
        v.place if isinstance(v, Rejection) else f"f:{n}" for n, v in enumerate(values, 1)
    ]
    assert len(set(zip(rows.ids, rows.repeats, strict=True))) == len(values)


def test_keys_beside_the_item_that_are_not_read_are_named_once_a_read():
    rows = [{"item": {"id": i}, "grades": {}, "score": i, "label": "x"} for i in range(3)]
    with pytest.warns(em.EarmarkWarning, match="under 'score', 'label' is not read") as warned:
        em.read_rows(rows)
    assert len(warned) == 1
    with pytest.warns(em.EarmarkWarning, match="'score', 'label'") as warned:
        list(em.scan_rows(rows, batch=1))
    assert len(warned) == 1


def test_a_bare_item_has_no_keys_that_are_not_read():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        em.read_rows([{"id": "a", "score": 2, "grades": 3}, {"item": {"score": 1}, "grades": {}}])


def test_a_row_without_id_whose_number_is_taken_is_told_so():
    with pytest.warns(em.EarmarkWarning, match="no id, and its number 2 is the id of .*1"):
        rows = em.read_rows([{"id": 1}, {"id": 2}, {"q": "x"}])
    assert rows.ids == ["1", "2"]
    assert len(rows.rejected) == 1


LINES = st.one_of(
    st.builds(b'{"item":{"id":"%d"},"sample":{"output_text":"x"}}'.__mod__, st.integers(0, 30)),
    st.builds(
        b'{"id":"%d","output_text":"x","repeat":%d}'.__mod__, st.tuples(*[st.integers(0, 3)] * 2)
    ),
    st.builds(b'{"item":{"id":%d,"s":1.5},"repeat":1}'.__mod__, st.integers(0, 30)),
    st.builds(lambda n: b'{"q":%b1%b}' % (b"[" * n, b"]" * n), st.integers(198, 201)),
    st.sampled_from(
        [
            *(b"", b"  ", b"\r", b"{", b"7", b"[1", b"2]", b"\xff", b"NaN", b'{"id":"\xe9"}'),
            *(b'{"q":1}', b'{"q":2}\r', b'{"item":{}}', b'{"item":{"q":[{"r":null}]}}'),
            *(b'{"item":3}', b'{"item":{},"sample":3}', b'{"id":"a","item":{},"note":1}'),
            *(b'{"id":-123456789012345678901234567890}', b'{"q":1234567890123456789012}'),
            *(b'{"audio_filepath":"a.wav","offset":1}', b'{"item":{"id":"b"},"repeat":-1}'),
        ]
    ),
)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(LINES, max_size=30),
    st.sampled_from([7, 100, 500, 2**20]),
    st.sampled_from([300, 2**26]),
    st.sampled_from(["skip", "keep", "fail"]),
)
def test_in_blocks_a_file_is_read_as_record_by_record(tmp_path_factory, lines, block, cap, rule):
    path = tmp_path_factory.getbasetemp() / "blocks.jsonl"
    path.write_bytes(b"\n".join(lines))

    def outcome():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                rows = em.read_rows(path, on_error=rule)
            except em.DataError as error:
                return str(error)
        return dataclasses.astuple(rows), [str(each.message) for each in caught]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("earmark.engine.data.lines._BLOCK", block)
        patch.setattr(jsonl, "line_blocks", partial(line_blocks, cap=cap))
        patch.setattr(jsonl, "lines", partial(jsonl.lines, cap=cap))
        in_blocks = outcome()
        one_by_one = {".jsonl": "nemo.read_manifest"}
        patch.setattr("earmark.engine.data.sources.READERS", {**READERS, **one_by_one})
        assert in_blocks == outcome()


def test_a_block_is_added_whole_or_not_at_all():
    filling = Filling("skip")
    filling.add(Block([{"id": "a"}, {"id": "b"}], "f", 1))
    filling.add(Block([{"id": "c"}, {"id": "a"}, {"id": "c"}, {"id": "d"}], "f", 3))
    rows = filling.take("")
    assert (rows.ids, rows.places) == (["a", "b", "c", "d"], ["f:1", "f:2", "f:3", "f:6"])
    assert [str(rejection) for rejection in rows.rejected] == [
        "f:4 (id a): id 'a', repeat 0 stands twice, first at f:1",
        "f:5 (id c): id 'c', repeat 0 stands twice, first at f:3",
    ]


def test_of_many_keys_that_are_not_read_five_are_named():
    filling = Filling("skip")
    for i in range(20_000):
        filling.add(Record({"item": {}, f"key {i} {'x' * min(i, 9)}": 1}, "f", i))
    with pytest.warns(em.EarmarkWarning, match=r"'key 4 xxxx' and 19,995 more keys is") as told:
        filling.warn("f")
    assert len(str(told[0].message)) < 300


def test_a_long_key_that_is_not_read_is_named_by_its_beginning():
    filling = Filling("skip")
    filling.add(Record({"item": {}, "x" * 10_000: 1}, "f", 1))
    with pytest.warns(em.EarmarkWarning) as told:
        filling.warn("f")
    assert len(str(told[0].message)) < 300
