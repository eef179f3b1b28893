"""Many clips to the JSONL of the Evals API: order, bytes, what is skipped, what is left behind."""

import base64
import io
import json
import os
import subprocess
import sys
import wave

import numpy as np
import pytest
import soundfile

import earmark as em

RATE = 8_000


def wav(pitch=440, seconds=0.2, rate=RATE, channels=1):
    tone = 0.5 * np.sin(2 * np.pi * pitch * np.arange(round(rate * seconds)) / rate)
    return em.Clip(np.tile(tone.astype(np.float32), (channels, 1)), rate).encode("wav")


def written(path):
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def audio(row):
    return base64.b64decode(row["item"]["audio_base64"])


@pytest.fixture
def data(tmp_path):
    """Twelve clips in a folder of their own, and a JSONL beside them."""
    (tmp_path / "clips").mkdir()
    lines = []
    for i in range(12):
        (tmp_path / f"clips/{i}.wav").write_bytes(wav(200 + 50 * i))
        category = "abc"[i % 3] if i < 9 else "a"
        item = {"id": i, "audio": f"clips/{i}.wav", "category": category, "answer": "valid"}
        lines.append(json.dumps(item))
    (tmp_path / "items.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_the_line_is_what_the_evals_api_takes_and_audio_is_untouched(data):
    report = em.prepare(data / "items.jsonl", data / "out.jsonl")
    rows = written(data / "out.jsonl")
    assert [row["item"]["id"] for row in rows] == list(range(12))
    assert rows[3].keys() == {"item"}
    assert rows[3]["item"] == {
        "id": 3,
        "audio": "clips/3.wav",
        "category": "a",
        "answer": "valid",
        "audio_base64": base64.b64encode(wav(350)).decode(),
        "audio_format": "wav",
    }
    assert (report.written, report.skipped, report.warnings) == (12, [], [])
    assert report.audio_seconds == pytest.approx(12 * 0.2)
    assert report.bytes == 12 * len(wav())
    assert report.seconds > 0


def test_mp3_passes_through_under_its_own_name(tmp_path):
    mp3 = em.Clip(np.zeros((1, 16_000), np.float32), 16_000).encode("mp3")
    (tmp_path / "a.wav").write_bytes(mp3)
    report = em.prepare(tmp_path, tmp_path / "out.jsonl")
    (row,) = written(tmp_path / "out.jsonl")
    assert (audio(row), row["item"]["audio_format"]) == (mp3, "mp3")
    assert report.warnings[0]["reason"] == "called 'wav', but the content is mp3"


def test_what_the_api_does_not_take_becomes_wav_and_transforms_are_done(tmp_path):
    stereo = np.stack([np.sin(np.arange(44_100) * 0.05) * 0.5] * 2, axis=1)
    soundfile.write(tmp_path / "a.flac", stereo, 44_100)
    em.prepare(tmp_path, tmp_path / "plain.jsonl")
    em.prepare(tmp_path, tmp_path / "done.jsonl", rate=16_000, channels=1, loudness=-23.0)
    shapes = []
    for name in ("plain", "done"):
        (row,) = written(tmp_path / f"{name}.jsonl")
        assert row["item"]["audio_format"] == "wav"
        with wave.open(io.BytesIO(audio(row))) as file:
            shapes.append((file.getframerate(), file.getnchannels(), file.getnframes()))
    assert shapes == [(44_100, 2, 44_100), (16_000, 1, 16_000)]
    assert em.load_audio(audio(row)).lufs == pytest.approx(-23, abs=0.05)


def test_a_transform_names_its_options_as_the_command_line_does(tmp_path):
    source = [{"id": 1, "audio": wav()}]
    for option, level in ((("peak", -3.0), "peak_dbfs"), (("rms", -30.0), "rms_dbfs")):
        em.prepare(source, tmp_path / "o.jsonl", **dict([option]))
        (row,) = written(tmp_path / "o.jsonl")
        assert getattr(em.load_audio(audio(row)), level) == pytest.approx(option[1], abs=0.02)


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_order_and_bytes_are_the_same_with_any_number_of_workers(data, workers):
    em.prepare(data / "items.jsonl", data / "one.jsonl", workers=1, rate=6_000)
    em.prepare(data / "items.jsonl", data / "many.jsonl", workers=workers, rate=6_000)
    assert (data / "one.jsonl").read_bytes() == (data / "many.jsonl").read_bytes()


@pytest.mark.parametrize("options", [{}, {"format": "mp3"}, {"format": "flac", "loudness": -23}])
def test_the_same_again_gives_the_same_bytes(data, options):
    for name in ("one", "other"):
        em.prepare(data / "items.jsonl", data / f"{name}.jsonl", **options)
    assert (data / "one.jsonl").read_bytes() == (data / "other.jsonl").read_bytes()


def test_a_prepared_file_is_read_back_and_can_be_prepared_again(data):
    em.prepare(data / "items.jsonl", data / "out.jsonl")
    rows = em.read_rows(data / "out.jsonl")
    assert rows.column("{{ item.audio_format }}") == ["wav"] * 12
    said = []
    em.prepare(data / "out.jsonl", data / "again.jsonl", say=said.append)
    assert said[0].startswith("audio field: 'audio_base64'")
    again, first = written(data / "again.jsonl"), written(data / "out.jsonl")
    assert again == first


def test_what_is_read_is_not_overwritten(data):
    before = (data / "items.jsonl").read_bytes()
    with pytest.raises(em.ConfigError, match="what is read here"):
        em.prepare(data / "items.jsonl", data / "items.jsonl")
    assert (data / "items.jsonl").read_bytes() == before


def test_skipped_items_tried_again_do_not_overwrite_their_list(data):
    rejected = data / "o.rejected.jsonl"
    rejected.write_text('{"id":"1","file":"b1.wav","reason":"gone"}\n')
    with pytest.raises(em.ConfigError, match="what is read here"):
        em.prepare(rejected, data / "o.jsonl", audio_field="file")
    assert rejected.exists()


@pytest.mark.parametrize("content", ["precious", None])
def test_something_else_under_the_name_of_the_skipped_list_stays(data, content):
    rejected = data / "o.rejected.jsonl"
    rejected.mkdir() if content is None else rejected.write_text(content)
    with pytest.raises(em.ConfigError, match="something else is there"):
        em.prepare(data / "items.jsonl", data / "o.jsonl")
    assert rejected.is_dir() if content is None else rejected.read_text() == content


def test_items_are_not_written_over_a_clip(data):
    clip = next(data.rglob("*.wav"))
    with pytest.raises(em.ConfigError, match="JSON Lines"):
        em.prepare(data / "items.jsonl", clip)
    assert clip.read_bytes()[:4] == b"RIFF"


@pytest.mark.parametrize("rows", [[], [{"id": 1, "audio": "gone.wav"}]])
def test_where_nothing_can_be_prepared_the_old_output_stays(tmp_path, rows):
    out = tmp_path / "o.jsonl"
    out.write_text("precious")
    with pytest.raises(em.DataError, match=r"no item to prepare|not one of 1 items"):
        em.prepare(rows, out)
    assert out.read_text() == "precious"
    assert (tmp_path / "o.rejected.jsonl").exists() == bool(rows)


class Broken:
    """Somebody's decoder, on a file that it cannot take."""

    def get_all_samples(self):
        raise RuntimeError("no more packets")


def test_what_one_value_raises_costs_that_item_alone(data, tmp_path):
    good = next(data.rglob("*.wav"))
    rows = [{"audio": str(good)}, {"audio": Broken()}, {"audio": str(good)}]
    report = em.prepare(rows, tmp_path / "o.jsonl", audio_field="audio")
    assert (report.written, len(report.skipped)) == (2, 1)
    assert "no more packets" in report.skipped[0]["reason"]
    verdicts = [found.verdict for found in em.check(rows, audio_field="audio")]
    assert verdicts[1] == "error" != verdicts[0]


def test_sample_and_repeat_of_a_row_are_kept(tmp_path):
    source = tmp_path / "rows.jsonl"
    row = {"item": {"id": "q", "audio": "a.wav"}, "sample": {"output_text": "ja"}, "repeat": 2}
    (tmp_path / "a.wav").write_bytes(wav())
    bad = {"item": {"id": "r", "audio": "b.wav"}, "sample": {"output_text": "no"}, "repeat": 1}
    source.write_text(json.dumps(row) + "\n" + json.dumps(bad))
    em.prepare(source, tmp_path / "out.jsonl", on_error="keep")
    one, other = written(tmp_path / "out.jsonl")
    assert (one["sample"], one["repeat"]) == (row["sample"], 2)
    assert (other["sample"], other["repeat"]) == (bad["sample"], 1)


def test_audio_inside_the_item_is_replaced_and_a_path_stays(tmp_path):
    text = em.audio_to_base64(wav(seconds=0.02))
    assert len(text) < 900  # as short as a path may be
    source = [
        {"id": 1, "audio": {"data": text, "format": "wav"}},
        {"id": 2, "audio": f"data:audio/wav;base64,{text}"},
        {"id": 3, "audio": wav()},
        {"id": 4, "audio": {"array": [0.0, 0.5] * 99, "sampling_rate": RATE}},
    ]
    report = em.prepare(source, tmp_path / "out.jsonl")
    assert report.skipped == []
    assert [row["item"].keys() for row in written(tmp_path / "out.jsonl")] == [
        {"id", "audio_base64", "audio_format"}
    ] * 4


def test_items_without_an_id_get_their_number(tmp_path):
    source = [{"audio": wav()}, {"id": "", "audio": wav()}, {"id": None, "audio": wav()}]
    em.prepare(source, tmp_path / "out.jsonl")
    assert [row["item"]["id"] for row in written(tmp_path / "out.jsonl")] == ["0", "1", "2"]


@pytest.fixture
def with_bad(data):
    """The twelve, of which 2 is missing, 4 is no audio and one line between is broken."""
    (data / "clips/2.wav").unlink()
    (data / "clips/4.wav").write_text("<html>")
    lines = (data / "items.jsonl").read_text().splitlines()
    lines.insert(6, "{broken")
    (data / "items.jsonl").write_text("\n".join(lines))
    return data


BROKEN_LINE = pytest.mark.filterwarnings("ignore:.*1 of 13 records")


@BROKEN_LINE
def test_skipped_items_are_listed_with_file_and_reason(with_bad):
    report = em.prepare(with_bad / "items.jsonl", with_bad / "out.jsonl")
    assert [row["item"]["id"] for row in written(with_bad / "out.jsonl")] == [
        *(0, 1, 3), *range(5, 12),
    ]  # fmt: skip
    found = {entry["id"]: entry for entry in report.skipped}
    assert found.keys() == {"", "2", "4"}
    assert found[""]["file"].endswith("items.jsonl:7")
    assert found["2"]["file"] == str(with_bad / "clips/2.wav")
    assert "No such file" in found["2"]["reason"]
    assert "HTML" in found["4"]["reason"]
    assert report.rejected_file == with_bad / "out.rejected.jsonl"
    assert written(report.rejected_file) == report.skipped


@BROKEN_LINE
def test_kept_items_have_the_reason_in_place_of_audio(with_bad):
    report = em.prepare(with_bad / "items.jsonl", with_bad / "out.jsonl", on_error="keep")
    rows = written(with_bad / "out.jsonl")
    assert [row["item"]["id"] for row in rows] == list(range(12))
    kept = rows[2]["item"]
    assert (kept["audio_base64"], kept["audio_format"]) == (None, None)
    assert "No such file" in kept["audio_error"]
    assert kept["category"] == "c"
    assert (report.written, len(report.skipped)) == (10, 3)


def test_fail_stops_at_the_first_and_leaves_the_old_output(data):
    out = data / "out.jsonl"
    out.write_text("old")
    (data / "clips/4.wav").write_text("<html>")
    with pytest.raises(em.DataError, match=r"items\.jsonl:5 \(id 4\): .*HTML"):
        em.prepare(data / "items.jsonl", out, on_error="fail")
    assert out.read_text() == "old"
    assert sorted(os.listdir(data)) == ["clips", "items.jsonl", "out.jsonl"]


def test_an_interruption_leaves_the_old_output(data):
    out = data / "out.jsonl"
    out.write_text("old")

    def interrupt(report):
        if report.written == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        em.prepare(data / "items.jsonl", out, progress=interrupt)
    assert out.read_text() == "old"
    assert sorted(os.listdir(data)) == ["clips", "items.jsonl", "out.jsonl"]


@BROKEN_LINE
def test_a_list_of_skipped_items_does_not_outlive_them(with_bad):
    report = em.prepare(with_bad / "items.jsonl", with_bad / "out.jsonl")
    assert report.rejected_file.exists()
    em.prepare([{"audio": wav()}], with_bad / "out.jsonl")
    assert not report.rejected_file.exists()


@BROKEN_LINE
@pytest.mark.parametrize("workers", [1, 4])
def test_a_limit_counts_good_items(with_bad, workers):
    report = em.prepare(with_bad / "items.jsonl", with_bad / "out.jsonl", limit=6, workers=workers)
    assert [row["item"]["id"] for row in written(with_bad / "out.jsonl")] == [0, 1, 3, 5, 6, 7]
    assert report.written == 6


def test_a_draw_is_even_over_a_field_and_the_same_for_the_same_seed(data):
    drawn = {}
    for seed in (0, 0, 1, 2):
        em.prepare(data / "items.jsonl", data / "out.jsonl", sample=6, seed=seed, by="category")
        items = [row["item"] for row in written(data / "out.jsonl")]
        assert sorted(item["category"] for item in items) == list("aabbcc")
        ids = [item["id"] for item in items]
        assert ids == sorted(ids)
        assert drawn.setdefault(seed, ids) == ids
    assert len(set(map(tuple, drawn.values()))) > 1


@BROKEN_LINE
@pytest.mark.parametrize("on_error", ["skip", "keep"])
def test_a_draw_counts_rows_and_not_broken_lines(with_bad, on_error):
    report = em.prepare(
        with_bad / "items.jsonl", with_bad / "out.jsonl", sample=12, on_error=on_error
    )
    assert report.written == 10


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"loudness": -23, "peak": -1}, "loudness and peak are both given"),
        ({"peak": 5}, "peak=5: a target level of 5"),
        ({"nonfinite": "zeros"}, "nonfinite='zeros'"),
        ({"workers": 0}, "workers=0"),
        ({"rate": 8000.5}, "no whole number"),
        ({"rate": 11_111, "format": "mp3"}, "MP3 holds"),
        ({"by": "kind"}, "give sample=N"),
        ({"channels": 2}, "channels=2"),
        ({"rate": 10}, "10 Hz"),
        ({"format": "ogg"}, "'ogg'"),
        ({"limit": 0}, "limit=0"),
        ({"sample": 0}, "sample=0"),
        ({"on_error": "ignore"}, "on_error"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_before_anything_is_written(data, options, reason):
    with pytest.raises(em.ConfigError, match=reason):
        em.prepare(data / "items.jsonl", data / "out.jsonl", **options)
    assert not (data / "out.jsonl").exists()


def test_what_can_be_read_once_cannot_be_drawn_from(tmp_path):
    with pytest.raises(em.ConfigError, match="reads its source twice"):
        em.prepare(iter([{"audio": wav()}]), tmp_path / "out.jsonl", sample=1)


def test_an_output_that_cannot_be_written_is_named(data):
    with pytest.raises(em.DataError, match="no folder"):
        em.prepare(data / "items.jsonl", data / "gone/out.jsonl")


def test_one_item_that_json_cannot_hold_does_not_stop_the_others(tmp_path):
    source = [
        {"id": 1, "audio": wav(), "blob": b"\xff"},
        {"id": 2, "audio": wav(), "text": "\ud800"},
        {"id": 3, "audio": wav()},
    ]
    for on_error in ("skip", "keep"):
        report = em.prepare(source, tmp_path / "out.jsonl", on_error=on_error)
        assert [row["item"]["id"] for row in written(tmp_path / "out.jsonl")] == [3]
        assert [entry["id"] for entry in report.skipped] == ["1", "2"]
        assert "cannot be written as JSON" in report.skipped[0]["reason"]
    with pytest.raises(em.DataError, match=r"\(id 1\): it cannot be written as JSON"):
        em.prepare(source, tmp_path / "out.jsonl", on_error="fail")


def test_big_numbers_and_any_text_survive(tmp_path):
    item = {"id": 10**25, "note": 'tab\t "quotes" \u2028 日本', "n": 1e-7, "none": None}
    em.prepare([{**item, "audio": wav()}], tmp_path / "out.jsonl")
    (row,) = written(tmp_path / "out.jsonl")
    assert {k: row["item"][k] for k in item} == item


def test_the_report_grows_while_it_works(data):
    seen = []
    em.prepare(data / "items.jsonl", data / "out.jsonl", progress=lambda r: seen.append(r.written))
    assert seen == list(range(1, 13))


MEASURE = """
import resource, sys
import earmark as em
em.prepare(sys.argv[1], sys.argv[2], workers=2, limit=2)  # what is imported counts once
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = em.prepare(sys.argv[1], sys.argv[2], workers=2)
print(report.written, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux")
def test_memory_does_not_grow_with_the_number_of_clips(tmp_path):
    line = json.dumps({"item": {"id": "#", "audio_base64": em.audio_to_base64(wav(seconds=20))}})
    source = tmp_path / "big.jsonl"
    with open(source, "w") as file:
        for i in range(200):
            file.write(line.replace("#", str(i)) + "\n")
    size = source.stat().st_size
    assert size > 80e6
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, source, tmp_path / "out.jsonl"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    count, growth_kb = map(int, done.stdout.split())
    assert count == 200
    assert growth_kb * 1024 < size / 2


def test_a_field_to_draw_by_that_no_item_has_is_named_beside_those_there_are(data):
    with pytest.raises(em.DataError, match=r"'categry' .*'category'.* Did you mean 'category'"):
        em.prepare(data / "items.jsonl", data / "out.jsonl", sample=2, by="categry")


def test_a_source_without_items_leaves_the_list_of_an_earlier_run(data):
    out, listed = data / "o.jsonl", data / "o.rejected.jsonl"
    listed.write_text('{"id":"1","file":"b1.wav","reason":"gone"}\n')
    with pytest.raises(em.DataError, match="no item to prepare"):
        em.prepare([], out)
    assert listed.exists()


def test_a_field_that_is_empty_everywhere_is_one_stratum(data):
    rows = [{"audio": str(next(data.rglob("*.wav"))), "kind": ""} for _ in range(3)]
    assert em.prepare(rows, data / "o.jsonl", sample=2, by="kind").written == 2
