import json

import numpy as np
import soundfile

import earmark as em
from earmark.engine.data.nemo import is_manifest, read_manifest

WHOLE = {"audio_filepath": "long.wav", "text": "a", "duration": 2.0}
PIECE = {"audio_filepath": "long.wav", "text": "b", "duration": 0.5, "offset": 1.25}
REST = {"audio_filepath": "long.wav", "text": "c", "offset": 0, "duration": None}


def manifest(tmp_path, *items, name="manifest.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    return path


def test_an_item_with_an_offset_is_a_piece_of_its_clip(tmp_path):
    path = manifest(tmp_path, WHOLE, PIECE, REST, {**PIECE, "offset": None})
    assert [record.value for record in read_manifest(path)] == [
        WHOLE,
        {**PIECE, "audio_filepath": {"path": "long.wav", "offset": 1.25, "duration": 0.5}},
        {**REST, "audio_filepath": {"path": "long.wav", "offset": 0}},
        {**PIECE, "offset": None},
    ]


def test_broken_lines_before_the_first_item_do_not_hide_the_manifest(tmp_path):
    path = manifest(tmp_path, PIECE)
    path.write_text("broken\n" + path.read_text())
    broken, record = read_manifest(path)
    assert (broken.line, record.value["audio_filepath"]["offset"]) == (1, 1.25)


def test_a_file_whose_items_are_no_clips_is_read_as_it_stands(tmp_path):
    item = {"id": 1, "offset": 3, "duration": 1}
    assert [r.value for r in read_manifest(manifest(tmp_path, item, PIECE))] == [item, PIECE]
    assert not is_manifest("audio_filepath")


def test_what_was_cut_once_is_not_cut_again(tmp_path):
    (record,) = read_manifest(manifest(tmp_path, PIECE))
    (again,) = read_manifest(manifest(tmp_path, record.value))
    assert again.value == record.value


def test_a_manifest_named_json_gives_the_seconds_it_names(tmp_path):
    steps = np.repeat([0.1, 0.2, 0.3, 0.4], 8000).astype(np.float32)  # half a second each
    soundfile.write(tmp_path / "long.wav", steps, 16_000, subtype="FLOAT")
    path = manifest(tmp_path, {**PIECE, "offset": 0.5}, {**PIECE, "offset": 1.5}, name="m.json")
    rows = em.read_rows(path)
    levels = []
    for item in rows.items:
        value = {**item["audio_filepath"], "path": tmp_path / item["audio_filepath"]["path"]}
        levels.append([round(float(x), 3) for x in np.unique(em.load_audio(value).samples)])
    assert levels == [[0.2], [0.4]]
    assert rows.file is None  # its lines alone are not these rows


def test_the_seconds_of_a_piece_are_those_that_check_reports(tmp_path):
    soundfile.write(tmp_path / "long.wav", np.full(32_000, 0.1), 16_000)
    (report,) = em.check(manifest(tmp_path, PIECE))
    assert report.duration == 0.5
