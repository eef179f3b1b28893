from pathlib import Path

import numpy as np
import pytest

import earmark as em
from earmark.engine.data.audio_field import NAMES, guess_audio_field


def guess(*items, field=None):
    return guess_audio_field(em.read_rows(list(items)), field)


def test_a_name_that_says_audio_comes_before_values_that_look_like_it():
    found = guess({"take": "a.wav", "audio": "clip 17"})
    assert found.name == "audio"
    assert found.why == "audio field: 'audio' (by its name; it could also be 'take')"


def test_names_are_tried_in_a_fixed_order():
    item = {name: "a.wav" for name in reversed(NAMES)}
    assert guess(item).name == NAMES[0]
    assert guess({"audio": "a.wav", "audio_base64": "UklG"}).name == "audio_base64"


@pytest.mark.parametrize(
    ("value", "look"),
    [
        ("takes/a.FLAC", "paths ending in .flac"),
        (Path("a.mp3"), "paths ending in .mp3"),
        ("data:audio/wav;base64,UklGRg==", "data URIs of audio"),
        (b"RIFF", "bytes"),
        ({"array": [0.0], "sampling_rate": 8000}, "objects with 'array'"),
        ({"bytes": b"RIFF", "path": None}, "objects with 'bytes'"),
        ({"data": "UklGRg==", "format": "wav"}, "objects with 'data'"),
        ({"path": "a.wav"}, "objects with a 'path'"),
        ((np.zeros(8), 8000), "pairs of an array and a rate"),
    ],
)
def test_values_that_look_like_audio_are_found_under_any_name(value, look):
    found = guess({"id": "q", "n": 1, "take": value, "text": "a.b"})
    assert found.why == f"audio field: 'take' (its values are {look})"


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"audio_filepath": {"path": "a.wav", "offset": 1.5}, "text": "x"}, "audio_filepath"),
        ({"client_id": "4f", "path": "a.mp3", "sentence": "x", "audio": "clips/a.mp3"}, "audio"),
        ({"file_name": "train/a.wav", "transcription": "x"}, "file_name"),
        ({"id": "84-1-0", "audio": "84-1-0.flac", "text": "X"}, "audio"),
        ({"question": "q/a.wav", "answer": "a.b"}, "question"),
        ({"path": "a.mp3", "sentence": "x"}, "path"),
    ],
)
def test_the_audio_of_data_sets_in_their_own_layouts_is_found(item, name):
    assert guess(item).name == name


def test_a_field_with_few_audio_values_is_not_taken():
    with pytest.raises(em.DataError, match="no field"):
        guess({"note": "a.wav"}, {"note": "see above"}, {"note": "and below"})


def test_rows_without_the_field_do_not_hide_it():
    assert guess({"id": "a"}, {"take": None}, {"take": ""}, {"take": "b.wav"}).name == "take"


def test_an_array_beside_the_audio_is_no_audio_by_itself():
    assert guess({"weights": np.zeros(8), "take": "a.wav"}).name == "take"


def test_a_name_whose_values_are_numbers_is_not_taken():
    assert guess({"audio": 3, "take": "a.wav"}).name == "take"


def test_without_a_candidate_the_fields_are_named_and_the_cure():
    with pytest.raises(em.DataError, match=r"the fields are 'id', 'q'\. Name it with --audio-f"):
        guess({"id": 1, "q": "hello"})


def test_the_users_own_choice_is_taken_as_it_is():
    assert guess({"audio": "a.wav", "q": "x"}, field="q").name == "q"


def test_a_choice_that_is_no_field_is_refused_with_the_nearest():
    with pytest.raises(em.DataError, match=r"Did you mean 'audio'\?"):
        guess({"audio": "a.wav"}, field="adio")
