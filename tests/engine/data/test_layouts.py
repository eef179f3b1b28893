import pytest

import earmark as em

CV = 'client_id\tpath\tsentence\n4f\ta.mp3\t"x\n'


def make(folder, **files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_folder_with_transcripts_is_librispeech(tmp_path):
    names = {"LS/dev/8/1/8-1-0.flac": "", "LS/dev/8/1/8-1.trans.txt": "8-1-0 A B\n"}
    names |= {"LS/dev/9/2/9-2-0.flac": "", "LS/dev/9/2/9-2.trans.txt": "9-2-0 C\n"}
    rows = em.read_rows(make(tmp_path, **names) / "LS")
    assert rows.items == [
        {"id": "8-1-0", "audio": f"{tmp_path}/LS/dev/8/1/8-1-0.flac", "text": "A B"},
        {"id": "9-2-0", "audio": f"{tmp_path}/LS/dev/9/2/9-2-0.flac", "text": "C"},
    ]
    assert rows.places[1] == f"{tmp_path}/LS/dev/9/2/9-2.trans.txt:1"


def test_a_folder_with_metadata_below_it_is_an_audiofolder(tmp_path):
    make(tmp_path, **{"af/train/a.wav": "", "af/train/metadata.csv": "file_name,t\na.wav,x\n"})
    make(tmp_path, **{"af/test/a.wav": "", "af/test/metadata.csv": "file_name,t\na.wav,y\n"})
    rows = em.read_rows(tmp_path / "af")
    assert [item["audio"] for item in rows.items] == [
        f"{tmp_path}/af/test/a.wav",
        f"{tmp_path}/af/train/a.wav",
    ]


def test_clips_without_metadata_that_names_them_are_clips(tmp_path):
    make(tmp_path, **{"LJ/wavs/1.wav": "", "LJ/metadata.csv": "1|printing|printing\n2|a|b\n"})
    with pytest.warns(em.EarmarkWarning, match=r"LJ/metadata\.csv: it names no clips .*left out"):
        assert em.read_rows(tmp_path / "LJ").ids == ["wavs/1"]


def test_common_voice_is_refused_with_the_names_of_its_tables(tmp_path):
    make(tmp_path, **{"cv/en/validated.tsv": CV, "cv/en/test.tsv": CV, "cv/en/clips/a.mp3": ""})
    make(tmp_path, **{"cv/en/clip_durations.tsv": "clip\tduration[ms]\na.mp3\t1\n"})
    with pytest.raises(em.DataError) as error:
        em.read_rows(tmp_path / "cv")
    assert "pass one of them" in str(error.value)
    for name in ("en/test.tsv", "en/validated.tsv", "en/clips"):
        assert f"{tmp_path}/cv/{name}" in str(error.value)
    assert "clip_durations" not in str(error.value)
    assert em.read_rows(tmp_path / "cv" / "en" / "clips").ids == ["a"]


def test_the_first_layout_that_fits_is_taken(tmp_path):
    make(tmp_path, **{"a.wav": "", "a.txt": "beside", "metadata.csv": "file_name,t\na.wav,meta\n"})
    assert em.read_rows(tmp_path).items[0]["t"] == "meta"
    make(tmp_path, **{"a.trans.txt": "a TRANSCRIPT\n"})
    assert em.read_rows(tmp_path).items[0]["text"] == "TRANSCRIPT"
    make(tmp_path, **{"all.tsv": CV, "clips/a.mp3": ""})
    with pytest.raises(em.DataError, match="this is Common Voice"):
        em.read_rows(tmp_path)


def test_two_kinds_of_metadata_for_the_same_clips_are_refused(tmp_path):
    make(tmp_path, **{"a.wav": "", "metadata.csv": "file_name\na.wav\n", "metadata.jsonl": "{}\n"})
    with pytest.raises(em.DataError, match=r"both metadata\.csv and metadata\.jsonl lie here"):
        em.read_rows(tmp_path)


def test_a_folder_without_clips_is_refused(tmp_path):
    make(tmp_path, **{"notes.txt": "no clip"})
    with pytest.raises(em.DataError, match=r"no clip lies in this folder .*it is no source"):
        em.read_rows(tmp_path)


def test_a_folder_under_the_name_of_a_file_is_refused_with_the_files_in_it(tmp_path):
    make(tmp_path, **{"x.parquet/part-0.parquet": "", "x.parquet/_SUCCESS": ""})
    with pytest.raises(em.DataError, match=r"pass that or a glob: .*x\.parquet/part-0\.parquet"):
        em.read_rows(tmp_path / "x.parquet")
