"""No heading is given twice, and none is changed that need not be."""

from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.engine.headings import headings

NAMES = st.sampled_from(
    ["id", "a", "a.b", "b", "score", "b.score", "item.a", "field.a.b", "", "a.b.score", "passed"]
)


@settings(deadline=None)
@given(
    keys=st.lists(NAMES | st.integers(0, 2), unique=True),
    fields=st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=4), max_size=4),
)
def test_every_column_has_a_name_of_its_own_and_most_keep_theirs(keys, fields):
    found = headings(["id", "output_text"], keys, fields)
    always = ["id", "output_text"]
    always += [f"{g}.{part}" for g in fields for part in ("score", "passed", "explanation")]
    given_names = [*found.items.values(), *found.fields.values()]
    assert len({*always, *given_names}) == len(always) + len(given_names)
    assert list(found.items) == [key for key in keys if key != "id"]
    own = [(grader, name) for grader, names in fields.items() for name in names]
    assert list(found.fields) == own
    plain = [f"{grader}.{name}" for grader, name in own]
    for at, heading in zip(own, plain, strict=True):
        alone = plain.count(heading) == 1 and heading not in always
        if alone and not heading.startswith("field."):
            assert found.fields[at] == heading
