import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import earmark as em
from earmark.engine.data.paths import count_records, expand, fixed_folder, path_kind

READABLE = (".jsonl", ".csv", ".txt", ".trans.txt", ".parquet")


def test_a_path_is_what_lies_there(tmp_path):
    for name in ("a.JSONL", "b.csv", "c.mp3", "what[1]?.jsonl"):
        (tmp_path / name).touch()
    kinds = {name: path_kind(str(tmp_path / name), READABLE) for name in ("a.JSONL", "c.mp3", "")}
    assert kinds == {"a.JSONL": ".jsonl", "c.mp3": "clip", "": "folder"}
    assert path_kind(str(tmp_path / "what[1]?.jsonl"), READABLE) == ".jsonl"
    assert path_kind(str(tmp_path / "*.wav"), READABLE) == "glob"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rows.jsonl.gz", ".jsonl"),
        ("rows.CSV.ZST", ".csv"),
        ("84-1.trans.txt", ".trans.txt"),
        ("84-1.trans.txt.gz", ".trans.txt"),
        ("notes.txt", ".txt"),
        ("metadata.csv", "metadata"),
        ("metadata.parquet", "metadata"),
        ("metadata.jsonl.gz", "metadata"),
        ("my_metadata.csv", ".csv"),
    ],
)
def test_the_kind_of_a_data_file_is_told_by_its_name(tmp_path, name, kind):
    (tmp_path / name).touch()
    assert path_kind(str(tmp_path / name), READABLE) == kind
    assert path_kind(f"s3://bucket/dir/{name}", READABLE) == kind
    assert path_kind(f"https://host/{name}?sig=a/b.json#x", READABLE) == kind


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x", "files without an extension are not read"),
        ("x.docx", ".docx files are not read (read are .jsonl, .csv, "),
        ("x.xls", "save it as .xlsx"),
        ("x.jsonl.bz2", "unpack it: bunzip2 -k"),
        ("x.parquet.gz", "such a file is not read packed; unpack it: gunzip -k"),
        ("x.wav.gz", "unpack it: gunzip -k"),
        ("x.gz", "files without an extension are not read"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_read(tmp_path, name, words):
    (tmp_path / name).touch()
    with pytest.raises(em.DataError) as error:
        path_kind(str(tmp_path / name), READABLE)
    assert words in str(error.value)
    assert str(tmp_path / name) in str(error.value)


def test_a_data_set_of_the_hub_is_known_by_its_scheme():
    assert path_kind("hf://owner/name@main?split=train", READABLE) == "hub"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://host/page", "files without an extension are not read from an address"),
        ("https://host/page.html?a=b.csv", ".html files are not read from an address"),
        ("s3://bucket/clip.wav", "fetch the clip, then pass its path"),
        ("gs://bucket/rows.parquet.gz", "such a file is not read packed"),
    ],
)
def test_an_address_of_no_data_file_is_refused(address, words):
    with pytest.raises(em.DataError) as error:
        path_kind(address, READABLE)
    assert words in str(error.value)


def test_a_name_in_a_bucket_may_hold_what_begins_a_query_elsewhere():
    assert path_kind("s3://b/what?.csv", READABLE) == ".csv"
    assert path_kind("memory://data/set #1/rows.jsonl", READABLE) == ".jsonl"


def test_a_refused_address_does_not_show_its_signature():
    with pytest.raises(em.DataError) as error:
        path_kind("https://host/page?sig=secret", READABLE)
    assert "secret" not in str(error.value)


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


def test_what_is_hidden_is_not_counted_and_data_files_count_for_what_they_hold(tmp_path):
    for name in ("a.wav", ".b.wav", ".hidden/c.wav", "x/d.wav"):
        (tmp_path / "clips" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clips" / name).touch()
    assert count_records(str(tmp_path / "clips")) == 2
    (tmp_path / "1.jsonl").write_bytes(b"{}\n" * 5)
    (tmp_path / "2.jsonl").write_bytes(b"{}\n" * 6)
    assert count_records(str(tmp_path / "*.jsonl")) == 11
    (tmp_path / "3.jsonl.gz").touch()
    assert count_records(str(tmp_path / "*.jsonl*")) is None
    assert count_records(str(tmp_path / "*.csv")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_what_cannot_be_read_is_not_counted(tmp_path):
    (tmp_path / "mem.jsonl").symlink_to("/proc/self/mem")
    assert count_records(str(tmp_path / "mem.jsonl")) is None


def test_records_of_other_kinds_are_counted_where_that_is_cheap(tmp_path):
    pq.write_table(pa.table({"id": [1, 2, 3]}), tmp_path / "a.parquet")
    (tmp_path / "lines.json").write_bytes(b"{}\n{}\n")
    (tmp_path / "array.json").write_bytes(b" [{},\n{}]\n")
    for name in ("a.xlsx", "a.jsonl.gz"):
        (tmp_path / name).write_bytes(b"\n\n")
    names = ("a.parquet", "lines.json", "array.json", "a.xlsx", "a.jsonl.gz")
    assert [count_records(str(tmp_path / name)) for name in names] == [3, 2, None, None, None]
    assert count_records("https://host/rows.jsonl") is None
    assert count_records("hf://owner/name?split=train") is None
