"""Word containment: the answers that a substring check gets wrong, and the plain definition."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em

WordContainment = em.graders.WordContainment


def grade(reference, text, **fields):
    row = em.Row("1", {"official_answer": reference}, {"output_text": text})
    return WordContainment(**fields).grade_row(row)


@pytest.mark.parametrize(
    ("reference", "text", "missing"),
    [
        ("valid", "It is VALID.", []),
        ("valid", "It is invalid.", ["valid"]),
        ("no", "I know it", ["no"]),
        ("12", "there are 12, I think", []),
        ("12", "there are 1,212", ["12"]),
        ("12", "there are twelve", ["12"]),
        (12, "there are 12", []),
        ("don't", "I don’t", []),
        ("3.14", "about 3.14.", []),
        ("three eggs", "eggs: three", []),
        ("three eggs", "four eggs", ["three"]),
        ("no no", "yes", ["no"]),
        ("yes", "", ["yes"]),
        ("Straße", "die STRASSE", []),
    ],
)
def test_whole_words_decide_and_the_missing_ones_are_named(reference, text, missing):
    got = grade(reference, text)
    assert got["missing"] == missing
    assert (got["score"], got["passed"]) == ((0.0, False) if missing else (1.0, True))
    assert all(repr(word) in got["explanation"] for word in missing)


@pytest.mark.parametrize("reference", ["", "  ", "…!", "\u200b"])
def test_a_reference_without_a_word_cannot_be_graded(reference):
    got = grade(reference, "anything")
    assert got["score"] is got["passed"] is got["missing"] is None
    assert "no word in it" in got["explanation"]


@given(
    st.lists(st.sampled_from("valid invalid no know not 12 don't é ﬁ".split()), max_size=8),
    st.lists(st.sampled_from("valid invalid no know not 12 don't É fi".split()), max_size=4),
    st.sampled_from([" ", ", ", "\n", " - "]),
)
@settings(deadline=None)
def test_it_is_the_plain_loop_over_words(heard, wanted, joint):
    text, reference = joint.join(heard), " ".join(wanted)
    got = grade(reference, text)
    there = set(em.words(text))
    missing = [word for word in dict.fromkeys(em.words(reference)) if word not in there]
    assert got["score"] == (float(not missing) if wanted else None)
    assert got["missing"] == (missing if wanted else None)


def test_capitals_count_where_they_are_asked_for():
    assert grade("Rust", "rust", case_sensitive=True)["score"] == 0
    assert grade("Rust", "Rust", case_sensitive=True)["score"] == 1


def test_a_normalizer_makes_spelled_numbers_equal():
    assert grade("12", "there are twelve eggs", normalizer="whisper-english")["score"] == 1
    assert grade("twelve", "there are 12 eggs", normalizer="whisper-english")["score"] == 1


@pytest.mark.parametrize("normalizer", ["basic", "whisper-english", "punctuation"])
def test_capitals_cannot_be_kept_by_a_normalizer_that_drops_them(normalizer):
    with pytest.raises(em.ConfigError, match=f"case_sensitive.*{normalizer}"):
        WordContainment(case_sensitive=True, normalizer=normalizer)


@pytest.mark.parametrize(
    ("text", "score", "missing"),
    [
        ("we moved to New York, finally", 1, []),
        ("York is new", 0, []),
        ("new -- york", 1, []),
        ("a new yorker", 0, ["york"]),
        ("newyork", 0, ["new", "york"]),
    ],
)
def test_a_phrase_stands_in_a_row(text, score, missing):
    got = grade("New York", text, order="phrase")
    assert (got["score"], got["missing"]) == (score, missing)
    assert missing or score or "not in a row" in got["explanation"]


VALIDITY = {"choices": ["valid", "invalid"]}


@pytest.mark.parametrize(
    ("reference", "text", "score", "picked", "rivals"),
    [
        ("invalid", "it looks valid, but it is invalid", 1, "invalid", ["valid"]),
        ("valid", "it looks valid, but it is invalid", 0, "invalid", ["valid"]),
        ("valid", "valid, valid, Valid!", 1, "valid", []),
        ("valid", "who knows", 0, None, []),
        ("valid", "", 0, None, []),
        ("valid", "validity", 0, None, []),
    ],
)
def test_the_choice_named_last_is_the_answer(reference, text, score, picked, rivals):
    got = grade(reference, text, **VALIDITY)
    assert (got["score"], got["picked"], got["rivals"]) == (score, picked, rivals)


@pytest.mark.parametrize(
    ("text", "score", "picked", "rivals"),
    [
        ("invalid, yes, invalid", 1, "invalid", []),
        ("it looks valid, but it is invalid", 0, None, ["valid", "invalid"]),
        ("hm", 0, None, []),
    ],
)
def test_pick_only_wants_exactly_one_choice(text, score, picked, rivals):
    got = grade("invalid", text, pick="only", **VALIDITY)
    assert (got["score"], got["picked"], got["rivals"]) == (score, picked, rivals)
    assert all(rival in got["explanation"] for rival in rivals)


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("it is not valid", "not valid"),
        ("it is not... valid", "not valid"),
        ("not at all valid", "valid"),
        ("not valid? valid", "valid"),
    ],
)
def test_the_longest_choice_at_a_place_is_read(text, picked):
    assert grade("valid", text, choices=["valid", "not valid"])["picked"] == picked


def test_neighbouring_mentions_are_both_read():
    got = grade("no", "yes no", choices=["yes", "no"])
    assert (got["picked"], got["rivals"]) == ("no", ["yes"])


@pytest.mark.parametrize("reference", ["maybe", "valid invalid"])
def test_a_reference_that_is_no_choice_cannot_be_graded(reference):
    got = grade(reference, "it is valid", **VALIDITY)
    assert got["score"] is got["passed"] is got["picked"] is got["rivals"] is None
    assert f"{reference!r} is not among the choices valid, invalid" in got["explanation"]


def test_choices_meet_the_reference_after_the_normalizer():
    fields = {"choices": ["12", "7"], "normalizer": "whisper-english"}
    got = grade("twelve", "seven... no, twelve", **fields)
    assert (got["score"], got["picked"], got["rivals"]) == (1, "12", ["7"])


def test_choices_may_be_numbers():
    assert grade(12, "12 eggs", choices=[7, 12])["picked"] == "12"


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        (["valid", "Valid!"], "'valid' and 'Valid!' are the same words"),
        (["valid", "…"], "'…' has no word in it"),
        ([True, "no"], "each of its values must be a text, not True"),
        ("valid", "must be a list, with one value at least, not 'valid'"),
        ([], "choices: must be a list, with one value at least"),
    ],
)
def test_choices_that_cannot_be_told_apart_are_refused(choices, says):
    with pytest.raises(em.ConfigError, match=says):
        WordContainment(choices=choices)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"normalizer": "word"}, "normalizer: 'word' is unknown.*Did you mean 'words'"),
        ({"order": "phrse"}, "order: 'phrse' is unknown.*Did you mean 'phrase'"),
        ({"pick": "first"}, "pick: 'first' is unknown; it is one of last, only"),
        ({"case_sensitive": "yes"}, "case_sensitive: must be true or false, not 'yes'"),
    ],
)
def test_unknown_values_are_refused(fields, says):
    with pytest.raises(em.ConfigError, match=says):
        WordContainment(**fields)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"order": "phrase", "choices": ["yes", "no"]},
            "order 'phrase' cannot be had with choices",
        ),
        ({"pick": "only"}, "pick 'only' says which of the choices.* there are no choices"),
    ],
)
def test_fields_that_do_not_go_together_are_refused(fields, says):
    with pytest.raises(em.ConfigError, match=says):
        WordContainment(**fields)


def test_the_texts_of_one_run_are_warned_of_once():
    rows = [{"official_answer": "Привет", "output_text": "пока"}]
    with pytest.warns(em.EarmarkWarning, match="2 different") as warned:
        em.grade(rows, {"type": "word_containment", "normalizer": "whisper-english"})
    assert len(warned) == 1


def test_rows_that_are_graded_again_are_normalised_once(monkeypatch):
    calls = []

    def counting(texts, name):
        calls.append(len(texts))
        return list(texts)

    monkeypatch.setattr("earmark.graders.containment.normalize", counting)
    rows = em.read_rows([{"official_answer": "a b", "output_text": "a b c"}] * 3)
    rows = dataclasses.replace(rows, derived={})
    for order in ("any", "phrase"):
        grader = em.graders.WordContainment(normalizer="basic", order=order)
        assert grader.grade(rows).passed.tolist() == [1, 1, 1]
    assert calls == [4]  # three inputs and one reference that is distinct
