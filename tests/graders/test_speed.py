"""Generated transcripts are what they say, and every rule of the table is measured."""

import pytest

import earmark as em
from earmark.graders import speed
from earmark.graders.speed import MISHEARD, MISHEARD_EVERY, measure_rules, transcripts


def test_every_twentieth_word_is_misheard_so_the_error_rate_is_known():
    rows = transcripts(50)
    said = rows.column("{{ item.reference }}")
    heard = [text.removesuffix(".") for text in rows.column("{{ sample.output_text }}")]
    words = sum(len(text.split()) for text in said)
    counts = em.wer(said, heard, normalizer="none")
    assert MISHEARD not in " ".join(said).split()
    assert counts.substitutions.sum() == counts.errors.sum() == words // MISHEARD_EVERY


def test_they_are_the_same_at_every_run_and_a_longer_set_begins_with_the_shorter():
    assert transcripts(5).items == transcripts(9).items[:5]
    assert transcripts(5).samples == transcripts(9).samples[:5]
    assert len(set(transcripts(9).column("{{ item.reference }}"))) == 9


def test_every_rule_of_the_table_is_measured():
    told = []
    speeds = measure_rules(transcripts(30), told.append)
    assert [one.rule for one in speeds] == list(em.graders.GRADERS)
    assert told == list(em.graders.GRADERS) * (speeds[0].rounds + 1)
    for one in speeds:
        assert one.rows == 30
        assert 0 < one.rows_per_s_low <= one.rows_per_s <= one.rows_per_s_high


def test_a_rule_that_cannot_grade_a_row_is_no_measurement(monkeypatch):
    rows = transcripts(3)
    monkeypatch.setitem(rows.items[1], "official_answer", None)
    with pytest.raises(em.EarmarkError, match="word_containment cannot grade 1 generated rows"):
        speed.measure_rules(rows)
