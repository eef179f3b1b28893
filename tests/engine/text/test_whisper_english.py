"""The Whisper normalisers against openai-whisper: recorded, and live where it is installed."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from earmark.engine.text.whisper_english import whisper_basic, whisper_english

RECORDED = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data/normalize/whisper.jsonl")
    .read_text("utf-8")
    .splitlines()
]


def test_english_output_is_what_openai_whisper_gave() -> None:
    assert len(RECORDED) > 1000
    ours = {pair["text"]: whisper_english(pair["text"]) for pair in RECORDED}
    assert ours == {pair["text"]: pair["english"] for pair in RECORDED}


def test_basic_output_is_what_openai_whisper_gave() -> None:
    ours = {pair["text"]: whisper_basic(pair["text"]) for pair in RECORDED}
    assert ours == {pair["text"]: pair["basic"] for pair in RECORDED}


def installed_normalizers() -> ModuleType:
    for package in ("regex", "more_itertools"):
        pytest.importorskip(package, reason="openai-whisper's normalisers need it")
    package_spec = importlib.util.find_spec("whisper")
    if package_spec is None or not package_spec.submodule_search_locations:
        pytest.skip("openai-whisper is not installed; its recorded output is tested above")
    folder = Path(package_spec.submodule_search_locations[0]) / "normalizers"
    spec = importlib.util.spec_from_file_location("whisper_normalizers", folder / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The original leaves its list of spellings open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_output_is_that_of_the_installed_openai_whisper_on_shuffled_texts() -> None:
    whisper, rng = installed_normalizers(), random.Random(7)
    english, basic = whisper.EnglishTextNormalizer(), whisper.BasicTextNormalizer()
    pieces = [piece for pair in RECORDED for piece in pair["text"].split(" ")]
    for _ in range(4000):
        text = " ".join(rng.choices(pieces, k=rng.randint(1, 20)))
        assert (whisper_english(text), whisper_basic(text)) == (english(text), basic(text)), text


@pytest.mark.parametrize(
    "text",
    ["(" * 200_000, "<" * 200_000 + "(" * 200_000, " " * 200_000 + "x'", "9" * 50_000],
    ids=["parentheses", "brackets", "blanks", "digits"],
)
def test_time_does_not_explode_on_hostile_texts(text: str) -> None:
    start = time.process_time()
    whisper_english(text)
    whisper_basic(text)
    # A quadratic search takes minutes on each of these, a linear one milliseconds.
    assert time.process_time() - start < 5


def test_numbers_too_long_for_int_stay_as_they_are() -> None:
    digits = "7" * 5000
    assert whisper_english(f"{digits} and {digits}.5") == f"{digits} and {digits}.5"
    grown = whisper_english("one oh million " * 1000)  # seven digits more each time
    assert max(map(len, grown.split())) > 3900
