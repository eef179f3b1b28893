import asyncio
import base64
import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import earmark as em
from earmark.backends.recogniser import Recogniser

DEMO = Path(em.__file__).parent / "backends" / "demo"
CLIPS = {
    row["id"]: DEMO / row["audio"]
    for row in map(json.loads, (DEMO / "answers.jsonl").read_text().splitlines())
}
needs_pocketsphinx = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None and sys.version_info >= (3, 14),
    reason="pocketsphinx has no wheel for this Python",
)


def part(data, audio_format="wav"):
    return {"type": "input_audio", "input_audio": {"data": data, "format": audio_format}}


def encoded(name):
    return base64.b64encode(CLIPS[name].read_bytes()).decode()


@pytest.fixture(scope="module")
def recogniser():
    return Recogniser(workers=2)


@needs_pocketsphinx
def test_what_was_said_is_heard(recogniser):
    twelve, eight, place = recogniser.hear(CLIPS[name] for name in ("a13", "a15", "a12"))
    assert "twelve" in twelve.text.split()
    assert "eight" in eight.text.split()
    said = ["There are eight animals on the farm.", "Yes, you are still in the same place."]
    assert em.wer(said, [eight.text, place.text]).wer < 0.2
    assert eight.error is None and eight.latency_s > 0
    assert 2.0 < eight.seconds < 2.6


@needs_pocketsphinx
def test_neither_order_nor_the_number_of_workers_changes_a_text():
    names = ["a11", "a15", "a12", "a13", "a11"]
    alone = {name: next(Recogniser(workers=1).hear([CLIPS[name]])).text for name in set(names)}
    for workers, order in ((1, names), (2, names[::-1])):
        heard = Recogniser(workers=workers).hear(CLIPS[name] for name in order)
        assert [h.text for h in heard] == [alone[name] for name in order]


@needs_pocketsphinx
def test_clips_that_cannot_be_heard_are_errors_in_their_places(recogniser, tmp_path):
    page = tmp_path / "page.wav"
    page.write_text("<!DOCTYPE html><html><body>Not found</body></html>")
    values = [CLIPS["a13"], page, tmp_path / "absent.wav", (np.zeros(0, np.float32), 16_000)]
    heard = list(recogniser.hear([*values, CLIPS["a13"]]))
    assert [h.text is None for h in heard] == [False, True, True, True, False]
    assert [h.error is None for h in heard] == [True, False, False, False, True]
    assert "HTML" in heard[1].error and "absent.wav" in heard[2].error
    assert heard[0].text == heard[4].text != ""


@needs_pocketsphinx
def test_no_word_is_invented_in_digital_silence(recogniser):
    (heard,) = recogniser.hear([(np.zeros(32_000, np.float32), 16_000)])
    assert (heard.text, heard.error, heard.seconds) == ("", None, 2.0)


@needs_pocketsphinx
def test_the_source_is_read_only_a_little_ahead(recogniser):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield np.zeros(1600, np.float32), 16_000

    heard = recogniser.hear(endless())
    assert next(heard).text == ""
    assert len(taken) <= 2 * 2
    heard.close()


@needs_pocketsphinx
def test_as_a_sampler_it_hears_the_last_audio_and_leaves_the_loop_free(recogniser):
    messages = [
        {"role": "system", "content": "Write down what you hear."},
        {"role": "user", "content": [part(encoded("a11")), {"type": "text", "text": "And:"}]},
        {"role": "user", "content": part(encoded("a15"), "flac")},
    ]

    async def both():
        ticks, asked = 0, asyncio.ensure_future(recogniser.sample(messages, {}))
        while not asked.done():
            ticks += 1
            await asyncio.sleep(0.01)
        return await asked, ticks

    sample, ticks = asyncio.run(both())
    data = CLIPS["a15"].read_bytes()
    assert "eight" in sample["output_text"].split()
    assert sample["model"] == "local/pocketsphinx" and sample["finish_reason"] == "stop"
    assert sample["sent"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert sample["sent"]["bytes"] == len(data) and sample["sent"]["format"] == "flac"
    assert sample["sent"]["seconds"] == pytest.approx(2.3, abs=0.2)
    assert "error" not in sample and ticks >= 5


@needs_pocketsphinx
@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("no sound here", "no input_audio part"),
        ([part("!!! not base64")], "not base64"),
        ([part(None)], "NoneType"),
        ([part(base64.b64encode(b"<html></html>").decode())], "HTML"),
    ],
)
def test_a_message_without_usable_audio_is_a_sample_with_the_cause(recogniser, content, cause):
    sample = asyncio.run(recogniser.sample([{"role": "user", "content": content}], {}))
    assert cause in sample["error"]["message"]
    assert "output_text" not in sample


@needs_pocketsphinx
def test_listening_adds_what_is_heard_and_changes_nothing_else(recogniser):
    spoken = {"output_text": "8", "output_audio": {"data": encoded("a15"), "transcript": "8"}}
    broken = {"output_audio": {"data": base64.b64encode(b"<html></html>").decode()}}
    samples = [{"output_text": "no sound"}, spoken, None, broken]
    rows = em.Rows(list("abcd"), [{}] * 4, samples, [0] * 4)
    heard = recogniser.listen(rows).samples
    assert heard[0] == samples[0] and heard[2] is None
    assert "eight" in heard[1]["heard_text"].split()
    assert {k: v for k, v in heard[1].items() if k != "heard_text"} == spoken
    assert "heard_text" not in heard[3] and "HTML" in heard[3]["heard_error"]
    assert "heard_text" not in spoken


@pytest.mark.parametrize("use", ["hear", "sample", "listen"])
def test_without_pocketsphinx_the_extra_is_named(monkeypatch, use):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    rows = em.Rows(["a"], [{}], [{"output_audio": {"data": "AAAA"}}], [0])
    calls = {
        "hear": lambda: Recogniser().hear([]),
        "sample": lambda: asyncio.run(Recogniser().sample([], {})),
        "listen": lambda: Recogniser().listen(rows),
    }
    with pytest.raises(em.MissingExtra, match=r"earmark\[asr\]"):
        calls[use]()


def test_a_python_without_a_wheel_is_told_which_have_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    monkeypatch.setattr(sys, "version_info", (3, 14, 0, "final", 0))
    with pytest.raises(em.MissingExtra, match=r"no wheel for Python 3\.14.*3\.11 to 3\.13"):
        Recogniser().hear([])


def test_no_worker_at_all_is_refused():
    with pytest.raises(ValueError, match="workers=0"):
        Recogniser(workers=0)


@needs_pocketsphinx
def test_an_interrupted_program_ends_at_once(tmp_path):
    program = """
import numpy as np
from earmark.backends.recogniser import Recogniser
noise = np.random.default_rng(0).normal(scale=0.1, size=16_000 * 600).astype(np.float32)
print("ready", flush=True)
list(Recogniser(workers=2).hear([(noise, 16_000)] * 8))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        process.stdout.readline()
        time.sleep(1.0)
        start = time.monotonic()
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(30) != 0
        assert time.monotonic() - start < 10


@needs_pocketsphinx
def test_a_clip_that_lost_something_stops_no_other_one_where_warnings_are_errors():
    clips = [CLIPS[name] for name in ("a13", "a26", "a15")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        heard = list(Recogniser().hear(clips))
    assert [found.error for found in heard] == [None, None, None]
