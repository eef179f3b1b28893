import pandas as pd
import pytest

import earmark as em
from earmark.engine.data.tsv import is_common_voice, read_tsv
from earmark.engine.types import Rejection

FIELDS = ["client_id", "path", "sentence", "up_votes", "down_votes", "age", "locale"]


def write(tmp_path, *rows, name="rows.tsv", end="\n"):
    path = tmp_path / name
    path.write_bytes("".join("\t".join(row) + end for row in rows).encode())
    return path


def told(path):
    return [(r.line, r.reason if isinstance(r, Rejection) else r.value) for r in read_tsv(path)]


def voice(path, sentence):
    return ["4f2a", path, sentence, "2", "0", "", "en"]


def test_what_pandas_writes_with_tabs_is_read_back(tmp_path):
    frame = pd.DataFrame({"id": ["1", "2"], "text": ['a "b"\tc', "d\ne"]})
    frame.to_csv(tmp_path / "rows.tsv", sep="\t", index=False)
    assert [r.value for r in read_tsv(tmp_path / "rows.tsv")] == frame.to_dict("records")


def test_a_bad_row_is_refused_with_its_line(tmp_path):
    path = write(tmp_path, ["id", "text"], ["1", "x"], ["2"], ["3", "y"], end="\r\n")
    assert told(path)[1] == (3, "1 cells, but the header names 2 columns")
    assert told(path)[2] == (4, {"id": "3", "text": "y"})


def test_commas_under_this_name_are_said(tmp_path):
    with pytest.warns(em.EarmarkWarning, match=r"rows\.tsv: the header is divided by commas"):
        assert told(write(tmp_path, ["id,text"], ["1,x"])) == [(2, {"id": "1", "text": "x"})]


def test_in_common_voice_a_quote_is_a_character_like_any_other(tmp_path):
    sentences = ['"Open, he said.', '"Paired" and "said"', 'He said ""ok""', "a\\b"]
    path = write(tmp_path, FIELDS, *(voice(f"{i}.mp3", s) for i, s in enumerate(sentences)))
    values = [record.value for record in read_tsv(path)]
    assert [value["sentence"] for value in values] == sentences
    assert values[0] == {
        **dict(zip(FIELDS, voice("0.mp3", sentences[0]), strict=True)),
        "audio": "clips/0.mp3",
    }


def test_clips_of_the_first_releases_get_their_extension(tmp_path):
    path = write(tmp_path, FIELDS, voice("0a1b2c", "x"), voice("", "y"))
    assert [record.value["audio"] for record in read_tsv(path)] == ["clips/0a1b2c.mp3", ""]


def test_a_column_audio_beside_those_of_common_voice_is_kept_under_another_name(tmp_path):
    rows = [[*voice(f"{i}.mp3", "x"), f"take {i}"] for i in range(2)]
    with pytest.warns(em.EarmarkWarning, match=r"rows\.tsv: its column 'audio' is read as") as told:
        values = [record.value for record in read_tsv(write(tmp_path, [*FIELDS, "audio"], *rows))]
    assert [value["own_audio"] for value in values] == ["take 0", "take 1"]
    assert [value["audio"] for value in values] == ["clips/0.mp3", "clips/1.mp3"]
    assert len(told) == 1


def test_the_clips_of_common_voice_lie_below_the_folder_of_its_table(tmp_path):
    rows = em.read_rows(write(tmp_path, FIELDS, voice("a.mp3", "x"), name="validated.tsv"))
    assert (rows.base, rows.items[0]["audio"]) == (str(tmp_path), "clips/a.mp3")


def test_a_torn_row_of_common_voice_costs_itself_alone(tmp_path):
    path = write(tmp_path, FIELDS, voice("a.mp3", '"x'), ["4f2a", "b.mp3"], voice("c.mp3", '"y'))
    assert [type(record) is Rejection for record in read_tsv(path)] == [False, True, False]


@pytest.mark.parametrize(
    ("header", "expected"),
    [(FIELDS, True), (["clip", "duration[ms]"], False), (["sentence", "path"], False)],
)
def test_common_voice_is_known_by_its_header(tmp_path, header, expected):
    assert is_common_voice(write(tmp_path, header)) is expected
    assert not is_common_voice(write(tmp_path))
