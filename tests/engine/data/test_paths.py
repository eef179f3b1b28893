import pytest

import earmark as em
from earmark.engine.data.paths import count_records, expand, fixed_folder, path_kind

READABLE = (".jsonl", ".csv")


def test_a_path_is_what_lies_there(tmp_path):
    for name in ("a.JSONL", "b.csv", "c.mp3", "what[1]?.jsonl"):
        (tmp_path / name).touch()
    kinds = {name: path_kind(str(tmp_path / name), READABLE) for name in ("a.JSONL", "c.mp3", "")}
    assert kinds == {"a.JSONL": ".jsonl", "c.mp3": "clip", "": "folder"}
    assert path_kind(str(tmp_path / "what[1]?.jsonl"), READABLE) == ".jsonl"
    assert path_kind(str(tmp_path / "*.wav"), READABLE) == "glob"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x.json", "jq -c"),
        ("x.parquet", "read_parquet"),
        ("x.tsv", "to_csv"),
        ("x.jsonl.gz", "gunzip"),
        ("x", "files without an extension are not read"),
        ("x.docx", ".docx files are not read (read are .jsonl, .csv, audio files"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_read(tmp_path, name, words):
    (tmp_path / name).touch()
    with pytest.raises(em.DataError) as error:
        path_kind(str(tmp_path / name), READABLE)
    assert words in str(error.value)
    assert str(tmp_path / name) in str(error.value)


@pytest.mark.parametrize("address", ["s3://bucket/a.jsonl", "hf://owner/name", "https://a/b.csv"])
def test_an_address_is_refused_with_its_scheme(address):
    with pytest.raises(em.DataError, match=f"{address.split(':')[0]}:// is not read"):
        path_kind(address, READABLE)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data/answrs.jsonl", "no such file. Did you mean 'answers.jsonl'?"),
        ("dta/answers.jsonl", "no folder 'dta'. Did you mean 'data'?"),
        ("data/zzz", "no such file."),
        ("", "the path is empty"),
        ("a\0b", "no such file."),
        ("n" * 5000, "no such file."),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_what_is_near(tmp_path, monkeypatch, path, words):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "answers.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(em.DataError) as error:
        path_kind(path, READABLE)
    assert words in str(error.value)


def test_a_glob_gives_files_in_the_order_of_their_paths(tmp_path):
    for name in ("b.wav", "a.wav", "x/c.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.wav").mkdir()
    found = expand(str(tmp_path / "**" / "*.wav"))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.wav",
        "b.wav",
        "x/c.wav",
    ]


def test_a_glob_that_matches_nothing_is_refused(tmp_path):
    with pytest.raises(em.DataError, match="no file matches"):
        expand(str(tmp_path / "*.wav"))


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("*.wav", "."), ("a/b/*.wav", "a/b"), ("a/*/c/*.wav", "a"), ("/x/**/*.wav", "/x")],
)
def test_the_folder_of_a_glob_is_what_stands_above_its_first_wildcard(pattern, folder):
    assert fixed_folder(pattern).as_posix() == folder


def test_records_are_counted_by_lines_clips_and_matches(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"{}\n{}\n")
    for name in ("a.wav", "b.mp3", "b.txt"):
        (tmp_path / name).touch()
    counted = [count_records(str(tmp_path / name)) for name in ("a.jsonl", "", "*.wav", "a.wav")]
    assert counted == [2, 2, 1, None]
