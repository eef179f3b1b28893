"""The demo: the whole job on speech that ships with the package, offline.

Spoken questions are checked, prepared and heard, and the hearing is measured against the text
that was spoken. Spoken answers are heard and graded by two rules, and the rules are held
against gold labels, which are known because the answers were written for it.

Nothing is canned: what stands in the tables is what the recogniser heard. Only where it cannot
be installed are the transcripts taken that it made earlier, and that is said.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...engine.audio.doctor import ClipReport, check
from ...engine.audio.prepare import prepare
from ...engine.data.read import read_rows
from ...engine.data.write import json_line, write_jsonl
from ...engine.errors import MissingExtra
from ...engine.grades import PASSED
from ...engine.report.progress import ProgressLine
from ...engine.report.terminal import note, say, table
from ...engine.run import Run
from ...engine.types import Rows, Sample
from ...graders.config import from_config
from ...graders.grade import grade
from ..recogniser import Recogniser

HERE = Path(__file__).parent
_RATE = 16_000  # what the recogniser hears at

MEASURES = [
    {"type": "word_error_rate", "name": "wer", "reference": "{{ item.text }}"},
    {"type": "char_error_rate", "name": "cer", "reference": "{{ item.text }}"},
]
RULES = [
    {
        "type": "string_check",
        "name": "string_check",
        "input": "{{ sample.output_text }}",
        "reference": "{{ item.official_answer }}",
        "operation": "ilike",
    },
    # a recogniser writes numbers in words: this normaliser makes twelve and 12 equal
    {"type": "word_containment", "name": "word_containment", "normalizer": "whisper-english"},
]


@dataclass(frozen=True, slots=True)
class Held:
    """One rule held against gold: the positions where it and the label differ.

    Attributes:
        name: the rule.
        passed_wrong: wrong answers that it passes.
        failed_right: right answers that it does not.
    """

    name: str
    passed_wrong: frozenset[int]
    failed_right: frozenset[int]


def show(out: Path, as_json: bool = False) -> None:
    """Run the demo, print what it finds, and leave its files in a folder.

    Args:
        out: the folder.
        as_json: print the findings as one JSON object; the story goes to stderr then.
    """
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        found = _told(out)
    if as_json:
        print(json_line(found).decode(), end="")


def _told(out: Path) -> dict[str, Any]:
    started = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    recogniser = Recogniser()
    say("1. The clips, as they are (earmark check)")
    _show_checked(_checked("questions") + _checked("answers"))
    say("")
    say("2. Questions: prepared, heard, and measured against what was said")
    questions = grade(
        _heard(_prepared("questions", out), recogniser), list(map(from_config, MEASURES))
    )
    _show_questions(questions)
    say("")
    say("3. Answers: heard, graded by two rules, and held against gold")
    answers = grade(_heard(_prepared("answers", out), recogniser), list(map(from_config, RULES)))
    held = [held_against_gold(answers, rule["name"]) for rule in RULES]
    _show_answers(answers, held)
    _say_found(answers, held)
    for name, run in (("questions", questions), ("answers", answers)):
        write_jsonl(out / f"{name}.graded.jsonl", run.records())
    say("")
    say(
        f"The graded rows are in {out}/questions.graded.jsonl and {out}/answers.graded.jsonl; it "
        f"took {time.perf_counter() - started:.1f} s in all. See how one of them was graded:"
    )
    say(f"  earmark grade {out}/answers.graded.jsonl -g word_containment --explain a02")
    return {
        "word_error_rate": questions["wer"].metrics["wer"],
        "char_error_rate": questions["cer"].metrics["cer"],
        "rules": {
            rule.name: {
                "passed_wrong": [answers.rows.ids[i] for i in sorted(rule.passed_wrong)],
                "failed_right": [answers.rows.ids[i] for i in sorted(rule.failed_right)],
            }
            for rule in held
        },
        "hear": [str(HERE / answers.rows.items[i]["audio"]) for i in telling_rows(answers, held)],
        "files": [str(out / f"{name}.graded.jsonl") for name in ("questions", "answers")],
    }


def held_against_gold(run: Run, name: str) -> Held:
    """Where a rule's verdict differs from the label; no verdict is not a pass."""
    passed = run[name].passed == PASSED
    right = [item["gold"] for item in run.rows.items]
    return Held(
        name,
        frozenset(i for i, gold in enumerate(right) if passed[i] and not gold),
        frozenset(i for i, gold in enumerate(right) if gold and not passed[i]),
    )


def _checked(name: str) -> list[ClipReport]:
    return check(HERE / f"{name}.jsonl")


def _prepared(name: str, out: Path) -> Rows:
    report = prepare(HERE / f"{name}.jsonl", out / f"{name}.jsonl", rate=_RATE, channels=1)
    say(
        f"{report.written} {name}, {report.audio_seconds:.0f} s of audio, to 16 kHz mono WAV in "
        f"base64: {report.audio_seconds / report.seconds:,.0f} audio-seconds per second"
    )
    for entry in report.skipped:
        say(f"skipped: {entry['file']} (id {entry['id']}): {entry['reason']}")
    return read_rows(out / f"{name}.jsonl")


def _heard(rows: Rows, recogniser: Recogniser) -> Rows:
    """The rows with what the recogniser hears in their audio as the output text."""
    try:
        return _heard_now(rows, recogniser)
    except MissingExtra as error:
        earlier = {row.id: row.item for row in read_rows(HERE / "heard.jsonl")}
        note(f"{error}")
        say(f"these transcripts were made earlier, by {earlier[rows.ids[0]]['recogniser']}")
        samples = [{"output_text": earlier[id]["text"], "earlier": True} for id in rows.ids]
        return rows.with_samples(samples)


def _heard_now(rows: Rows, recogniser: Recogniser) -> Rows:
    samples: list[Sample] = []
    started, seconds = time.perf_counter(), 0.0
    clips = ({"data": item["audio_base64"]} for item in rows.items)
    with ProgressLine(len(rows)) as line:
        for heard in recogniser.hear(clips):
            seconds += heard.seconds
            samples.append(_sample(recogniser.name, heard.text, heard.error))
            line(len(samples), seconds)
    taken = time.perf_counter() - started
    say(
        f"heard by {recogniser.name} in {taken:.1f} s, {seconds / taken:.0f} times as fast as it "
        "was spoken"
    )
    return rows.with_samples(samples)


def _sample(model: str, text: str | None, error: str | None) -> dict[str, Any]:
    if error is not None:
        return {"model": model, "error": {"message": error}}
    return {"model": model, "output_text": text}


def _show_checked(reports: Sequence[ClipReport]) -> None:
    counts = {verdict: 0 for verdict in ("ok", "warn", "error")}
    for report in reports:
        counts[report.verdict] += 1
    formats = sorted({f"{r.format} {r.rate} Hz" for r in reports if r.rate})
    say(f"{len(reports)} clips: " + ", ".join(f"{n} {v}" for v, n in counts.items()))
    say(f"among them {', '.join(formats)}")
    for report in reports:
        for reason in report.reasons:
            say(f"  {report.verdict:<5}  {Path(report.file).name}: {reason}")


def _show_questions(run: Run) -> None:
    rates = run.summary(by="category")
    lines = []
    for category, part in rates.groupby("category"):
        wer, cer = (part[part.grader == name].iloc[0] for name in ("wer", "cer"))
        lines.append([category, int(wer["n"]), wer["wer"], wer["wer_none"], cer["cer"]])
    total = {**run["wer"].metrics, **run["cer"].metrics}
    lines.append(["all", len(run), total["wer"], total["wer_none"], total["cer"]])
    columns = ["category", "clips", "WER (whisper-english)", "WER (none)", "CER"]
    table("", columns, lines)


def _show_answers(run: Run, held: Sequence[Held]) -> None:
    categories = [item["category"] for item in run.rows.items]
    lines: list[list[str | int]] = []
    for category in [*dict.fromkeys(categories), "all"]:
        rows = {i for i, name in enumerate(categories) if category in (name, "all")}
        right = sum(bool(run.rows.items[i]["gold"]) for i in rows)
        for rule in held:
            wrong_passes, right_fails = rule.passed_wrong & rows, rule.failed_right & rows
            line = [category, len(rows), right, rule.name, len(wrong_passes), len(right_fails)]
            lines.append(line)
    columns = ["category", "answers", "right", "rule", "passes wrong", "fails right"]
    table("", columns, lines)


def _say_found(run: Run, held: Sequence[Held]) -> None:
    counts = "; ".join(
        f"{rule.name} passes {len(rule.passed_wrong)} wrong answers and fails "
        f"{len(rule.failed_right)} right"
        for rule in held
    )
    telling = telling_rows(run, held)
    say("")
    say(f"{counts}; hear these {len(telling)}:")
    for i in telling:
        item, sample = run.rows.items[i], run.rows.samples[i] or {}
        say(f"  {HERE / item['audio']}")
        verdicts = ", ".join(
            f"{rule.name} {'passes' if run[rule.name].passed[i] == PASSED else 'fails'} it"
            for rule in held
        )
        gold = "right" if item["gold"] else "wrong"
        say(
            f'    asked for "{item["official_answer"]}", heard "{sample.get("output_text")}": '
            f"{gold}; {verdicts}"
        )


def telling_rows(run: Run, held: Sequence[Held], n: int = 3) -> list[int]:
    """The rows that say most about the rules: where they differ first, each kind in turn."""
    first, second = (rule.passed_wrong | rule.failed_right for rule in held)
    kinds = [sorted(first - second), sorted(first & second), sorted(second - first)]
    turns = [(turn, kind, i) for kind, rows in enumerate(kinds) for turn, i in enumerate(rows)]
    return [i for _, _, i in sorted(turns)[:n]]
