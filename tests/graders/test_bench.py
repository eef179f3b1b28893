"""The verb bench, as it is typed."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import earmark as em
from earmark.__main__ import main
from earmark.engine.bench.stages import STAGES

QUICK = ("--seconds", "0.001", "--rows", "20")


@pytest.fixture
def earmark(capsys, monkeypatch):
    """Runs a command line without librosa; gives its exit code, stdout and stderr."""
    monkeypatch.setitem(sys.modules, "librosa", None)

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture
def folder(tmp_path):
    tone = 0.25 * np.sin(2 * np.pi * 250 * np.arange(1_600) / 16_000)
    clip = em.Clip(np.stack([tone, tone]).astype(np.float32), 16_000)
    (tmp_path / "clips").mkdir()
    for name, format in (("a.wav", "wav"), ("b.flac", "flac"), ("c.mp3", "mp3")):
        (tmp_path / "clips" / name).write_bytes(clip.encode(format))
    return tmp_path / "clips"


def strict(text):
    def refuse(word):
        raise ValueError(word)

    return json.loads(text, parse_constant=refuse)


def test_json_is_the_machine_and_a_flat_list_of_measurements(earmark, folder):
    code, out, _ = earmark("bench", folder, "--json", "--workers", 1, "--workers", 2, *QUICK)
    found = strict(out)
    assert code == 0
    assert set(found) == {"machine", "measurements", "unreadable", "notes"}
    assert {"cpu", "processors", "python", "packages"} <= set(found["machine"])
    for one in found["measurements"]:
        assert all(not isinstance(value, dict | list) for value in one.values())
    encodings = [one for one in found["measurements"] if one["measure"] == "encode"]
    grid = {(e["input"], e["rate"], e["workers"]) for e in encodings if e["way"] == "earmark"}
    assert grid == {
        (input, rate, n)
        for input in ("wav16", "flac", "mp3")
        for rate in (None, 16_000)
        for n in (1, 2)
    }
    for one in encodings:
        shares = [one[f"share_{stage}"] for stage in STAGES]
        if one["way"] == "earmark":
            assert sum(shares) == pytest.approx(1)
        else:
            assert shares == [None] * len(STAGES)
    rules = {one["rule"]: one for one in found["measurements"] if one["measure"] == "grade"}
    assert set(rules) == set(em.graders.GRADERS)
    assert {one["rows"] for one in rules.values()} == {20}


def test_tables_name_the_machine_and_the_noise_and_fit_100_columns(earmark, folder):
    code, out, err = earmark("bench", folder, *QUICK)
    assert code == 0
    assert out.count("median and range of") == 3
    assert out.count("processor") >= 5  # above all, and under every title
    for word in ("numpy", "soundfile", "soxr", "guide, array", "LUFS", "word_containment"):
        assert word in out
    tables = [line for line in out.splitlines() if not line.startswith(("(", "numpy", "earmark "))]
    assert max(map(len, tables)) <= 100
    assert "note: librosa is not measured: pip install librosa" in err


def test_an_unreadable_clip_is_named_and_the_others_are_measured(earmark, folder):
    (folder / "z.wav").write_text("<html>")
    code, out, err = earmark("bench", folder, "--json", *QUICK)
    (broken,) = strict(out)["unreadable"]
    assert code == 0
    assert broken["file"] == str(folder / "z.wav")
    assert f"left out: {folder / 'z.wav'} (id z): no audio: this is an HTML page" in err
    assert {e.get("input") for e in strict(out)["measurements"]} >= {"wav16", "flac", "mp3"}


def test_rows_with_an_audio_field_are_measured_and_the_field_is_told(earmark, folder):
    data = folder / "rows.jsonl"
    data.write_text('{"take": "a.wav"}\n{"take": "b.flac"}\n{"take": 3}\n')
    code, out, err = earmark("bench", data, "--json", *QUICK)
    assert code == 0
    assert "audio field: 'take'" in err
    assert len(strict(out)["unreadable"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nowhere"], 1, "there is no such file"),
        (["{}/empty"], 1, "no clip lies in this folder"),
        (["{}/broken"], 1, "not one of 1 clips can be read"),
        (["{}", "--rate", "0"], 2, "rate=0"),
        (["{}", "--rate", "x"], 2, "not a valid integer"),
        (["{}", "--limit", "0"], 2, "--limit"),
        (["{}", "--workers", "0"], 2, "--workers"),
        (["{}", "--rows", "0"], 2, "--rows"),
        (["{}", "--seconds", "0"], 2, "0.0 is no time to measure for"),
        (["{}", "--seconds", "nan"], 2, "nan is no time to measure for"),
        (["{}", "--seconds", "inf"], 2, "inf is no time to measure for"),
    ],
)
def test_bad_input_is_said_plainly_with_its_exit_code(earmark, folder, words, code, message):
    (folder / "empty").mkdir()
    (folder / "broken").mkdir()
    (folder / "broken/a.wav").write_text("no audio")
    left, out, err = earmark("bench", *(word.format(folder) for word in words))
    assert (left, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def test_a_huge_limit_takes_all_there_is(earmark, folder):
    code, out, _ = earmark("bench", folder, "--limit", 10**30, "--json", *QUICK)
    assert code == 0
    assert not any("--limit" in note for note in strict(out)["notes"])


def test_ctrl_c_leaves_no_temporary_file(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "earmark", "bench"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("earmark-bench-*/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert not list(tmp_path.iterdir())


def test_pandas_is_not_loaded(folder):
    code = (
        "import sys\n"
        "sys.modules['librosa'] = None\n"
        "from earmark.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('pandas' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "bench", str(folder), "--json", *QUICK],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "False"
