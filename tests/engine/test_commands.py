"""The verbs check and prepare, as they are typed."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

import earmark as em
from earmark.__main__ import main
from earmark.engine.report.progress import ProgressLine


def wav(seconds=0.5, amplitude=0.5):
    tone = amplitude * np.sin(2 * np.pi * 250 * np.arange(round(16_000 * seconds)) / 16_000)
    return em.Clip(tone.astype(np.float32)[np.newaxis], 16_000).encode("wav")


@pytest.fixture
def earmark(capsys):
    """Runs a command line; gives its exit code, stdout and stderr."""

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "clips").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"clips/{name}.wav").write_bytes(wav())
    return tmp_path / "clips"


@pytest.fixture
def mixed(folder):
    """One ok, one to warn of, one in error."""
    (folder / "b.wav").write_bytes(wav()[:9_000])
    (folder / "c.wav").write_text("<html>")
    return folder


def test_check_exits_0_when_no_clip_is_in_error(earmark, folder):
    code, out, err = earmark("check", folder)
    assert code == 0
    assert "2 clips: 2 ok, 0 warn, 0 error" in out
    assert err == ""  # of a folder of clips there is nothing to tell


def test_check_exits_100_when_one_is_and_shows_a_verdict_and_a_reason_for_each(earmark, mixed):
    code, out, _ = earmark("check", mixed)
    assert code == 100
    assert "3 clips: 1 ok, 1 warn, 1 error" in out
    assert "warn   b.wav: truncated" in out
    assert "error  c.wav: no audio: this is an HTML page" in out


def test_a_warning_alone_is_no_failure(earmark, mixed):
    assert earmark("check", mixed / "b.wav")[0] == 0


def test_check_as_json_is_a_list_of_objects_on_stdout_and_nothing_else(earmark, mixed):
    code, out, err = earmark("check", mixed, "--json")
    assert code == 100

    def refuse(word):
        raise ValueError(word)

    reports = json.loads(out, parse_constant=refuse)
    assert [r["verdict"] for r in reports] == ["ok", "warn", "error"]
    assert reports == [r.to_dict() for r in em.check(mixed)]
    assert err == ""


def test_check_names_clips_under_their_common_folder(earmark, folder, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/x.wav").write_bytes(wav())
    lines = [{"audio": str(folder / "a.wav")}, {"audio": "more/x.wav"}, {"audio": "gone.wav"}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, lines)))
    code, out, _ = earmark("check", tmp_path / "d.jsonl")
    assert code == 100
    assert f"3 clips in {tmp_path}\n" in out
    for name in ("clips/a.wav", "more/x.wav", "gone.wav: cannot read"):
        assert name in out


def test_check_lets_no_name_act_on_the_terminal(earmark, folder):
    (folder / "evil\x1b[2J.wav").write_text("<html>")
    _, out, err = earmark("check", folder)
    assert "\x1b" not in out + err


@pytest.mark.parametrize("verb", [["check"], ["prepare", "-o", "out.jsonl"]])
@pytest.mark.parametrize(
    ("data", "reason"), [("gone.jsonl", "no such file"), ("gone/clips", "no folder"), (".", "clip")]
)
def test_data_that_cannot_be_read_exits_1_with_one_line(
    earmark, tmp_path, monkeypatch, verb, data, reason
):
    monkeypatch.chdir(tmp_path)
    code, out, err = earmark(verb[0], data, *verb[1:])
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert reason in err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "x", "--workers", "0"],
        ["prepare", "x"],
        ["prepare", "x", "-o", "y", "--channels", "2"],
        ["prepare", "x", "-o", "y", "--format", "ogg"],
        ["prepare", "x", "-o", "y", "--limit", "0"],
        ["prepare", "x", "-o", "y", "--on-error", "ignore"],
        ["chek", "x"],
    ],
)
def test_wrong_usage_exits_2(earmark, words):
    assert earmark(*words)[0] == 2


@pytest.mark.parametrize(
    "options",
    [["--peak", "5"], ["--peak", "-3", "--rms", "-20"], ["--rate", "5"], ["--by", "kind"]],
)
def test_options_that_cannot_be_meant_exit_2(earmark, folder, tmp_path, options):
    code, _, err = earmark("prepare", folder, "-o", tmp_path / "o.jsonl", *options)
    assert code == 2
    assert err.startswith("earmark: ")


def test_an_error_of_the_system_is_one_line(earmark, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = earmark("demo", "--out", tmp_path / "file" / "demo")
    assert code == 1
    assert err.startswith("earmark: ") and err.count("\n") == 1


def test_sigterm_cleans_up_as_ctrl_c_does(folder, tmp_path):
    rows = tmp_path / "many.jsonl"
    rows.write_text(f'{{"audio":"{folder / "a.wav"}"}}\n' * 200_000)
    command = [
        sys.executable,
        "-m",
        "earmark",
        "prepare",
        str(rows),
        "-o",
        str(tmp_path / "o.jsonl"),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        while not list(tmp_path.glob(".earmark-*.tmp")):
            assert running.poll() is None
            time.sleep(0.01)
        running.terminate()
        _, err = running.communicate(timeout=20)
    assert (running.returncode, "interrupted" in err) == (130, True)
    assert [path.name for path in tmp_path.iterdir() if "o.jsonl" in path.name] == []
    assert not list(tmp_path.glob(".earmark-*.tmp"))


def test_prepare_writes_the_items_and_says_how_much(earmark, folder, tmp_path):
    code, out, _ = earmark("prepare", folder, "-o", tmp_path / "o.jsonl")
    assert code == 0
    assert "o.jsonl: 2 items, 1.0 s of audio" in out
    assert "audio-seconds per second" in out
    assert len(em.read_rows(tmp_path / "o.jsonl")) == 2


def test_prepare_does_what_every_option_asks(earmark, folder, tmp_path):
    options = "--rate 8000 --channels 1 --peak -6 --format flac --limit 1 --workers 1".split()
    code, _, err = earmark("prepare", folder, "-o", tmp_path / "o.jsonl", *options)
    assert code == 0
    assert "warning: the Evals API takes wav and mp3, not flac" in err
    (item,) = em.read_rows(tmp_path / "o.jsonl").items
    assert item["audio_format"] == "flac"
    clip = em.load_audio(item["audio_base64"])
    assert (clip.rate, clip.source) == (8_000, "flac")
    assert clip.peak_dbfs == pytest.approx(-6, abs=0.01)


@pytest.mark.parametrize(
    ("option", "measure", "value"), [("--loudness", "lufs", -30), ("--rms", "rms_dbfs", -30)]
)
def test_levels_are_named_on_the_command_line(earmark, folder, tmp_path, option, measure, value):
    earmark("prepare", folder, "-o", tmp_path / "o.jsonl", option, value)
    clip = em.load_audio(em.read_rows(tmp_path / "o.jsonl").items[0]["audio_base64"])
    assert getattr(clip, measure) == pytest.approx(value, abs=0.05)


def test_prepare_draws_evenly_and_takes_the_field_that_is_named(earmark, folder, tmp_path):
    lines = [{"id": i, "take": "clips/a.wav", "kind": "xxxy"[i % 4]} for i in range(20)]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, lines)))
    options = "--audio-field take --sample 4 --seed 7 --by kind".split()
    assert earmark("prepare", tmp_path / "d.jsonl", "-o", tmp_path / "o.jsonl", *options)[0] == 0
    kinds = [item["kind"] for item in em.read_rows(tmp_path / "o.jsonl").items]
    assert sorted(kinds) == list("xxyy")


def test_allowed_skips_exit_0_and_are_told(earmark, mixed, tmp_path):
    code, _, err = earmark("prepare", mixed, "-o", tmp_path / "o.jsonl")
    assert code == 0
    assert f"skipped: {mixed / 'c.wav'} (id c): no audio: this is an HTML page" in err
    assert f"warning: {mixed / 'b.wav'} (id b): truncated" in err
    assert "1 skipped items are listed in" in err


def test_more_skips_than_allowed_exit_100(earmark, mixed, tmp_path):
    out = tmp_path / "o.jsonl"
    assert earmark("prepare", mixed, "-o", out, "--max-skipped", "1")[0] == 0
    code, _, err = earmark("prepare", mixed, "-o", out, "--max-skipped", "0")
    assert code == 100
    assert "1 items were skipped, 0 are allowed" in err


def test_fail_exits_1_and_names_the_item(earmark, mixed, tmp_path):
    code, _, err = earmark("prepare", mixed, "-o", tmp_path / "o.jsonl", "--on-error", "fail")
    assert code == 1
    assert f"{mixed / 'c.wav'} (id c): no audio" in err
    assert not (tmp_path / "o.jsonl").exists()


def test_not_one_item_is_a_failure(earmark, folder, tmp_path):
    for name in ("a", "b"):
        (folder / f"{name}.wav").write_text("<html>")
    code, _, err = earmark("prepare", folder, "-o", tmp_path / "o.jsonl")
    assert code == 1
    assert "not one of 2 items could be prepared" in err


def test_many_skips_are_not_all_told_one_by_one(earmark, folder, tmp_path):
    for i in range(30):
        (folder / f"x{i:02}.wav").write_text("<html>")
    _, _, err = earmark("prepare", folder, "-o", tmp_path / "o.jsonl")
    assert err.count("skipped: ") == 21
    assert "skipped: 10 more" in err


def test_an_interruption_exits_130_and_leaves_nothing(earmark, folder, tmp_path, monkeypatch):
    def interrupt(self, *counts):
        raise KeyboardInterrupt

    monkeypatch.setattr(ProgressLine, "__call__", interrupt)
    code, _, err = earmark("prepare", folder, "-o", tmp_path / "o.jsonl")
    assert (code, err.splitlines()[-1]) == (130, "interrupted")
    assert sorted(os.listdir(tmp_path)) == ["clips"]


def test_debug_shows_the_traceback(tmp_path):
    with pytest.raises(em.DataError):
        main(["check", str(tmp_path / "gone.jsonl"), "--debug"])


def test_python_m_earmark_is_the_same(mixed):
    done = subprocess.run(
        [sys.executable, "-m", "earmark", "check", str(mixed)], capture_output=True, text=True
    )
    assert done.returncode == 100
    assert "3 clips: 1 ok, 1 warn, 1 error" in done.stdout
    assert "Traceback" not in done.stderr
