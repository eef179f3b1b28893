"""`earmark demo`: what it prints comes from what was heard, and adds up."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import earmark as em
from earmark.__main__ import main
from earmark.backends.demo import show
from earmark.engine.run import Run


def verb(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


def answers(texts: dict[str, tuple[str, str, bool]]) -> Run:
    rows = [
        {"id": id, "official_answer": answer, "output_text": text, "gold": gold}
        for id, (answer, text, gold) in texts.items()
    ]
    return em.grade(rows, show.RULES)


RUN = answers(
    {
        "substring": ("valid", "the argument is invalid", False),
        "number": ("12", "there are twelve", True),
        "agreed right": ("yes", "yes it is", True),
        "agreed wrong": ("yes", "no it is not", False),
        "both fooled": ("valid", "it looks valid but is invalid", False),
    }
)


def test_a_rule_is_held_against_gold_both_ways() -> None:
    substring, words = (show.held_against_gold(RUN, rule["name"]) for rule in show.RULES)
    assert (substring.passed_wrong, substring.failed_right) == ({0, 4}, {1})
    assert (words.passed_wrong, words.failed_right) == ({4}, frozenset())


def test_the_telling_rows_are_of_each_kind_in_turn() -> None:
    held = [show.held_against_gold(RUN, rule["name"]) for rule in show.RULES]
    assert show.telling_rows(RUN, held) == [0, 4, 1]


def test_the_demo_hears_grades_and_leaves_its_files(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pocketsphinx", reason="the recogniser has no wheel for this Python")
    assert verb("demo", "--out", str(tmp_path / "out")) == 0
    text = capfd.readouterr().out
    graded = em.read_rows(tmp_path / "out" / "answers.graded.jsonl")
    heard = [(sample or {})["output_text"] for sample in graded.samples]
    earlier = {row.id: row.item["text"] for row in em.read_rows(show.HERE / "heard.jsonl")}
    same = [earlier[id] == said for id, said in zip(graded.ids, heard, strict=True)]
    assert np.mean(same) >= 0.9  # the recogniser's own words; another build may differ in a few
    again = em.grade(graded, show.RULES)
    wrong = len(show.held_against_gold(again, "string_check").passed_wrong)
    assert wrong > len(show.held_against_gold(again, "word_containment").passed_wrong)
    assert f"string_check passes {wrong} wrong answers" in text
    assert "q13.wav: no audio: this is an HTML page" in text
    for path in re.findall(r"^  (/.*\.\w+)$", text, re.MULTILINE):
        assert Path(path).is_file()
    questions = em.read_rows(tmp_path / "out" / "questions.graded.jsonl")
    rate = em.wer(questions.column("{{item.text}}"), questions.column("{{sample.output_text}}"))
    assert f"{rate.wer:.3f}" in text and 0.1 < rate.wer < 0.5


def test_without_a_recogniser_it_says_so_and_takes_the_earlier_transcripts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert verb("demo", "--out", str(tmp_path)) == 0
    printed = capfd.readouterr()
    assert "pip install 'earmark[asr]'" in printed.err
    assert "made earlier, by pocketsphinx" in printed.out
    with (tmp_path / "answers.graded.jsonl").open() as lines:
        assert all(json.loads(line)["sample"]["earlier"] for line in lines)
