"""Word error rates beside jiwer, word containment beside a plain loop: 100,000 rows each."""

from __future__ import annotations

import random
import re
import statistics
import unicodedata
from collections.abc import Sequence

import jiwer
import numpy as np
from measure import interleaved, ratios, spread, table

import earmark as em
from earmark.engine.types import Rows
from earmark.graders import WordContainment

PAIRS = 100_000
VOCABULARY = 20_000


def main() -> str:
    return "## Word error rate\n\n" + _error_rates() + "\n## Word containment\n\n" + _containment()


def _words(chance: random.Random) -> tuple[list[str], list[float]]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(VOCABULARY)]
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]  # Zipf
    return words, weights


def _pairs() -> tuple[list[str], list[str]]:
    """References of 5 to 40 words; 4 % substituted, 3 % deleted, 3 % inserted."""
    chance = random.Random(1)
    words, weights = _words(chance)
    stream = iter(chance.choices(words, weights, k=PAIRS * 50))
    references, hypotheses = [], []
    for _ in range(PAIRS):
        reference = [next(stream) for _ in range(chance.randint(5, 40))]
        hypothesis = []
        for word in reference:
            dice = chance.random()
            if dice >= 0.03:
                hypothesis.append(next(stream) if dice < 0.07 else word)
            if chance.random() < 0.03:
                hypothesis.append(next(stream))
        references.append(" ".join(reference))
        hypotheses.append(" ".join(hypothesis))
    return references, hypotheses


def _jiwer(references: list[str], hypotheses: list[str]) -> np.ndarray:
    output = jiwer.process_words(references, hypotheses)
    counts = np.zeros((len(references), 4), np.int64)
    place = {"equal": 0, "substitute": 1, "delete": 2, "insert": 3}
    for i, chunks in enumerate(output.alignments):
        for chunk in chunks:
            length = max(
                chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx
            )
            counts[i, place[chunk.type]] += length
    return counts


def _ours(references: list[str], hypotheses: list[str]) -> np.ndarray:
    c = em.wer(references, hypotheses, normalizer="none")
    return np.stack([c.hits, c.substitutions, c.deletions, c.insertions], axis=1)


def _error_rates() -> str:
    references, hypotheses = _pairs()
    different = int((_jiwer(references, hypotheses) != _ours(references, hypotheses)).sum())
    times = interleaved(
        {
            "earmark.wer": lambda: _ours(references, hypotheses),
            "jiwer.process_words, counted an item": lambda: _jiwer(references, hypotheses),
        },
        rounds=3,
    )
    mine = times["earmark.wer"].wall
    rows = [
        (
            name,
            spread([PAIRS / s for s in seconds.wall]),
            f"{statistics.median(ratios(seconds.wall, mine)):.1f}x",
            different if name == "earmark.wer" else 0,
        )
        for name, seconds in times.items()
    ]
    return (
        f"{PAIRS:,} pairs, hits, substitutions, deletions and insertions for each; the distance "
        "is the number of counts that differ from jiwer's. One thread, collector on.\n\n"
        + table(("way", "pairs/s", "earmark is", "counts that differ"), rows)
    )


# the same rule as earmark.words, as one would write it for a row: a regex and a set
_FOLD = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'"})
_WORD = re.compile(r"[^\W_]+(?:(?:(?<=[^\W\d_])'(?=[^\W\d_])|(?<=\d)[.,](?=\d))[^\W_]+)*")


def _plain_words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _WORD.findall(folded.translate(_FOLD))


def _plain_loop(texts: Sequence[str], answers: Sequence[str]) -> list[list[str]]:
    missing = []
    for text, answer in zip(texts, answers, strict=True):
        present = set(_plain_words(text))
        missing.append([word for word in _plain_words(answer) if word not in present])
    return missing


def _containment() -> str:
    chance = random.Random(2)
    words, weights = _words(chance)
    stream = iter(chance.choices(words, weights, k=PAIRS * 64))
    texts = []
    for _ in range(PAIRS):
        line = [next(stream) for _ in range(60)]
        line[0] = line[0].capitalize()
        line[20] += ","
        line[40] = f'"{line[40]}"'
        if chance.random() < 0.05:
            line[50] += "é"
        texts.append(" ".join(line) + ".")
    one_word = ("yes", "no", "valid", "invalid", *map(str, range(11)))
    hit = [chance.choice(text.split()).strip('".,é').lower() for text in texts]
    sets = {
        "one of 15 answers": [chance.choice(one_word) for _ in texts],
        "1 to 4 words, nearly all distinct": [
            " ".join([word, *(next(stream) for _ in range(chance.randint(0, 3)))])
            if chance.random() < 0.4
            else word
            for word in hit
        ],
    }
    rows = []
    for name, answers in sets.items():
        rows += _contained(name, texts, answers)
    heads = ("answers", "way", "rows/s", "earmark is", "rows that differ")
    return (
        f"{PAIRS:,} transcripts of 60 words, with the missing words named; the plain loop takes a "
        "regex and a set a row, by the same definition of a word.\n\n" + table(heads, rows)
    )


def _contained(name: str, texts: list[str], answers: list[str]) -> list[tuple[object, ...]]:
    data = Rows(
        list(map(str, range(PAIRS))),
        [{"official_answer": answer} for answer in answers],
        [{"output_text": text} for text in texts],
        [0] * PAIRS,
    )
    grader = WordContainment()

    def graded() -> list[list[str]]:
        return [list(words) for words in grader.grade(data).fields["missing"]]

    different = sum(
        sorted(set(a)) != sorted(set(b))
        for a, b in zip(graded(), _plain_loop(texts, answers), strict=True)
    )
    times = interleaved(
        {
            "word_containment": lambda: grader.grade(data),
            "plain loop": lambda: _plain_loop(texts, answers),
        },
        rounds=3,
    )
    mine = times["word_containment"].wall
    return [
        (
            name,
            way,
            spread([PAIRS / s for s in seconds.wall]),
            f"{statistics.median(ratios(seconds.wall, mine)):.1f}x",
            different if way == "word_containment" else 0,
        )
        for way, seconds in times.items()
    ]


if __name__ == "__main__":
    print(main())
