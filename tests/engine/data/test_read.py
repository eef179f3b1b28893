import gzip
import io
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.read import BATCH_BYTES
from earmark.engine.data.records import one_by_one
from earmark.engine.data.sources import READERS, reader

JSONL = b'{"id": 1, "audio": "clips/a.wav"}\n{"id": 2, "audio": "clips/b.wav"}\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data folder below the working directory."""
    (tmp_path / "data" / "clips").mkdir(parents=True)
    (tmp_path / "data" / "rows.jsonl").write_bytes(JSONL)
    (tmp_path / "data" / "rows.csv").write_bytes(b"id,audio\n1,clips/a.wav\n2,clips/b.wav\n")
    for name in ("a", "b"):
        (tmp_path / "data" / "clips" / f"{name}.wav").touch()
        (tmp_path / "data" / "clips" / f"{name}.txt").write_text(name * 3)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def quietly(read, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.EarmarkWarning)
        return read(*args, **kwargs)


def test_a_data_file_gives_its_rows_with_their_places_and_folder(folder):
    rows = em.read_rows("data/rows.jsonl")
    assert rows.ids == ["1", "2"]
    assert rows.items[0] == {"id": 1, "audio": "clips/a.wav"}  # as the user wrote it
    assert rows.places == ["data/rows.jsonl:1", "data/rows.jsonl:2"]
    assert rows.base == "data"


@pytest.mark.parametrize(
    ("source", "ids", "base"),
    [
        ("data/rows.csv", ["1", "2"], "data"),
        ("data/clips", ["a", "b"], ""),
        ("data/clips/*", ["a", "b"], ""),
        ("data/**/*.wav", ["clips/a", "clips/b"], ""),
        ("data/clips/b.wav", ["b"], ""),
        ("data/*.jsonl", ["1", "2"], "data"),
    ],
)
def test_every_kind_of_path_gives_rows(folder, source, ids, base):
    rows = em.read_rows(source)
    assert (rows.ids, rows.base) == (ids, base)
    for item in rows.items:  # the clip is found by its path below the folder of the rows
        assert os.path.exists(os.path.join(rows.base, item["audio"]))


def test_a_clip_comes_with_the_text_beside_it(folder):
    (item,) = em.read_rows(folder / "data" / "clips" / "a.wav").items
    assert item == {"id": "a", "audio": str(folder / "data/clips/a.wav"), "text": "aaa"}


def test_lists_frames_and_generators_give_the_same_rows_as_the_file(folder):
    items = [{"id": 1, "audio": "clips/a.wav"}, {"id": 2, "audio": "clips/b.wav"}]
    expected = list(em.read_rows("data/rows.jsonl"))
    for source in (items, iter(items), pd.DataFrame(items)):
        assert list(em.read_rows(source)) == expected


def test_rows_are_returned_as_they_are():
    rows = em.read_rows([{"id": 1}, {"id": 2}])
    assert em.read_rows(rows) is rows
    assert em.read_rows(rows, limit=1).ids == ["1"]


@pytest.mark.parametrize("source", [{"id": 1}, b"rows.jsonl", 5, None])
def test_what_holds_no_rows_is_refused_with_what_does(source):
    with pytest.raises(em.DataError, match="pass a path, a list of dicts or a DataFrame"):
        em.read_rows(source)


def test_the_limit_counts_good_rows_and_stops_there(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": 1}\nbroken\n{"id": 2}\n{"id": 3}\nbroken\n')
    with pytest.warns(em.EarmarkWarning, match="1 of 3 records were skipped"):
        rows = em.read_rows(path, limit=2)
    assert (rows.ids, len(rows.rejected)) == (["1", "2"], 1)
    assert len(em.read_rows(path, limit=0)) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"limit": -1}, "limit is -1, it must be at least 0"),
        ({"on_error": "stop"}, "on_error is 'stop'"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, words):
    with pytest.raises(em.ConfigError, match=words):
        em.read_rows([{"id": 1}], **arguments)


def test_a_scan_refuses_its_arguments_before_the_first_batch():
    with pytest.raises(em.ConfigError, match="batch is 0"):
        em.scan_rows([{"id": 1}], batch=0)
    with pytest.raises(em.ConfigError, match="on_error is 'stop'"):
        em.scan_rows([{"id": 1}], on_error="stop")


@pytest.mark.parametrize(
    "name", ["empty.jsonl", "blank.jsonl", "header.csv", "empty.csv", "empty.json"]
)
def test_a_file_without_a_record_is_an_error(tmp_path, name):
    content = {"blank.jsonl": b"\n \n", "header.csv": b"id,q\n"}.get(name, b"")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(em.DataError, match=f"{name}: no record is in it"):
        em.read_rows(tmp_path / name)


def test_an_empty_list_is_no_rows():
    assert len(em.read_rows([])) == 0
    assert list(em.scan_rows([])) == []


def test_a_glob_reads_file_after_file_and_a_bad_one_costs_only_itself(tmp_path):
    (tmp_path / "1.jsonl").write_bytes(b'{"q": 1}\n')
    (tmp_path / "2.jsonl").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    (tmp_path / "3.jsonl").write_bytes(b'{"q": 3}\n')
    with pytest.warns(em.EarmarkWarning, match="git lfs pull"):
        rows = em.read_rows(str(tmp_path / "*.jsonl"))
    assert rows.ids == ["0", "2"]
    assert [r.place for r in rows.rejected] == [str(tmp_path / "2.jsonl")]
    with pytest.raises(em.DataError, match="git lfs pull"):
        em.read_rows(str(tmp_path / "*.jsonl"), on_error="fail")


def test_an_id_twice_in_two_files_of_a_glob_names_both(tmp_path):
    (tmp_path / "1.jsonl").write_bytes(b'{"id": 1}\n')
    (tmp_path / "2.jsonl").write_bytes(b'{"id": 2}\n{"id": 1}\n')
    with pytest.raises(em.DataError, match=r"2\.jsonl:2 .* first at .*1\.jsonl:1"):
        em.read_rows(str(tmp_path / "*.jsonl"), on_error="fail")


@pytest.mark.parametrize("pattern", ["**/*.jsonl", "a/*"])
def test_a_glob_whose_relative_paths_could_mean_two_things_is_refused(tmp_path, pattern):
    for name in ("a/rows.jsonl", "a/clip.wav", "b/rows.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(em.DataError, match="relative to its folder"):
        em.read_rows(str(tmp_path / pattern))


def test_batches_together_are_the_rows_of_the_whole(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(b'{"id": %d}\n%s' % (n, b"?\n" * (n % 3 == 0)) for n in range(50)))
    whole = quietly(em.read_rows, path)
    batches = quietly(lambda: list(em.scan_rows(path, batch=7)))
    assert [row for batch in batches for row in batch] == list(whole)
    assert tuple(r for batch in batches for r in batch.rejected) == whole.rejected
    assert all(len(b) + len(b.rejected) <= 7 for b in batches)
    assert all(b.base == str(tmp_path) for b in batches)


def test_a_duplicate_is_found_across_batches():
    batches = quietly(lambda: list(em.scan_rows([{"id": n % 10} for n in range(12)], batch=4)))
    assert sum(map(len, batches)) == 10
    assert "first at list[0]" in batches[-1].rejected[0].reason


def test_rejections_after_the_last_row_come_in_a_batch_of_their_own():
    batches = quietly(lambda: list(em.scan_rows([{"id": 1}, 7], batch=1)))
    assert [(len(b), len(b.rejected)) for b in batches] == [(1, 0), (0, 1)]


def test_rows_are_scanned_in_slices_and_their_rejections_come_once():
    rows = quietly(em.read_rows, [{"id": 1}, 7, {"id": 2}, {"id": 3}])
    batches = list(em.scan_rows(rows, batch=2))
    assert [b.ids for b in batches] == [["1", "2"], ["3"]]
    assert [len(b.rejected) for b in batches] == [1, 0]


def test_a_batch_of_large_lines_is_small():
    records = ({"id": n, "audio": b"x" * (BATCH_BYTES // 4)} for n in range(8))
    assert [len(batch) for batch in em.scan_rows(records)] == [4, 4]


def test_a_batch_of_messages_with_audio_in_them_is_small():
    audio = {"type": "input_audio", "input_audio": {"data": "x" * (BATCH_BYTES // 4)}}
    records = ({"id": n, "messages": [{"content": [audio]}]} for n in range(8))
    assert [len(batch) for batch in em.scan_rows(records)] == [4, 4]


MEMORY = """
import resource, sys, earmark as em
rows = sum(map(len, em.scan_rows(sys.argv[1])))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_the_memory_of_a_scan_does_not_grow_with_the_file(tmp_path):
    def peak(lines):
        path = tmp_path / f"{lines}.jsonl"
        with path.open("wb") as file:
            for n in range(lines):
                file.write(b'{"id": %d, "audio": "%s"}\n' % (n, b"UklG" * 2**18))
        command = [sys.executable, "-c", MEMORY, str(path)]
        found = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
        path.unlink()
        assert int(found[0]) == lines
        return int(found[1]) * 1024

    assert peak(160) - peak(48) < 0.2 * 112 * 2**20


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([".jsonl", ".csv", ".tsv", ".json", ".trans.txt"]),
    st.binary() | st.text().map(str.encode),
)
def test_any_bytes_are_rows_and_rejections_or_a_data_error(tmp_path_factory, suffix, data):
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    try:
        rows = quietly(em.read_rows, path)
        kept = quietly(em.read_rows, path, on_error="keep")
    except em.EarmarkError:
        return
    assert len(rows) + len(rows.rejected) == len(kept)
    assert kept.rejected == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
keys = ("id", "item", "sample", "output_text", "repeat", "q")
objects = st.fixed_dictionaries({}, optional=dict.fromkeys(keys, json_values))


@settings(deadline=None)
@given(st.lists(objects | json_values, max_size=5))
def test_any_values_are_rows_and_rejections(values):
    rows = quietly(em.read_rows, values)
    kept = quietly(em.read_rows, values, on_error="keep")
    assert len(rows) + len(rows.rejected) == len(kept) == len(values)
    assert all(isinstance(row_id, str) and row_id for row_id in kept.ids)


lines = st.sampled_from(
    [
        b'{"id": %d}' % 1,
        b'{"q": "caf\xc3\xa9"}',
        b'{"item": {"id": "a"}, "sample": {"output_text": "x"}, "repeat": 1}',
        b'{"q": NaN}',
        b'{"q": "\\ud800"}',
        b'{"q": "\xff"}',
        b'{"q": 1',
        b"[]",
        b'{"item": 1}',
        b"",
        b"\r",
    ]
)


@settings(deadline=None)
@given(st.lists(lines, min_size=1))
def test_every_line_that_is_not_blank_is_a_row_or_a_rejection_with_its_line(
    tmp_path_factory, found
):
    path = tmp_path_factory.getbasetemp() / "lines.jsonl"
    path.write_bytes(b"\n".join(found))
    numbered = [n for n, line in enumerate(found, 1) if line.strip()]
    if not numbered:
        with pytest.raises(em.DataError):
            em.read_rows(path)
        return
    rows = quietly(em.read_rows, path)
    places = [int(place.rpartition(":")[2]) for place in rows.places]
    assert sorted([*places, *(r.line for r in rows.rejected)]) == numbered


@pytest.fixture
def sources(folder):
    """A source of each kind that there is a reader for, of the same two items."""
    frame = em.read_rows("data/rows.jsonl").items
    table = pd.DataFrame(frame)
    table.to_csv("data/rows.tsv", sep="\t", index=False)
    table.to_excel("data/rows.xlsx", index=False)
    table.to_parquet("data/rows.parquet")
    table.to_json("data/rows.json", orient="records")
    (folder / "data" / "clips.trans.txt").write_text("a TEXT\nb TEXT\n")
    (folder / "data" / "metadata.csv").write_text("id,file_name\n1,clips/a.wav\n2,clips/b.wav\n")
    names = ("jsonl", "json", "csv", "tsv", "xlsx", "parquet")
    return {
        **{f".{name}": f"data/rows.{name}" for name in names},
        ".ndjson": "data/rows.jsonl",
        ".trans.txt": "data/clips.trans.txt",
        "metadata": "data/metadata.csv",
        "clip": "data/clips/a.wav",
        "folder": "data/clips",
        "glob": "data/clips/*.wav",
        "frame": pd.DataFrame({"id": [1]}),
        "list": [{"id": 1}],
    }


ELSEWHERE = {"hub", "dataset"}  # their sources need a library: tests/engine/data/test_hub.py, ...


def test_every_reader_names_the_place_of_what_it_reads(sources):
    assert sources.keys() | ELSEWHERE == READERS.keys()
    for kind, source in sources.items():
        places = [record.place for record in one_by_one(reader(kind)(source))]
        assert len(set(places)) == len(places) > 0
        assert all(places)


@pytest.mark.parametrize(
    "kind", [".jsonl", ".json", ".csv", ".tsv", ".xlsx", ".parquet", "metadata"]
)
def test_every_kind_of_data_file_gives_the_same_rows(sources, kind):
    rows = em.read_rows(sources[kind])
    assert rows.ids == ["1", "2"]
    assert [item["audio"] for item in rows.items] == ["clips/a.wav", "clips/b.wav"]
    assert rows.base == "data"


@pytest.mark.parametrize("kind", [".jsonl", ".json", ".csv", ".tsv", ".trans.txt", "metadata"])
@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_every_file_of_text_is_read_packed_too(sources, kind, suffix):
    plain = em.read_rows(sources[kind])
    pack = gzip.compress if suffix == ".gz" else zstandard.compress
    packed = sources[kind] + suffix
    Path(packed).write_bytes(pack(Path(sources[kind]).read_bytes()))
    rows = em.read_rows(packed)
    assert list(rows) == list(plain)
    assert (rows.base, rows.file) == ("data", None)
    assert rows.places[0].startswith(packed)


@pytest.mark.parametrize("name", [".jsonl", ".json", ".csv", ".tsv", ".trans.txt"])
def test_a_packed_file_that_is_cut_off_keeps_its_rows_and_says_so_once(tmp_path, name):
    header = {".csv": "id,q\n", ".tsv": "id\tq\n", ".json": "["}.get(name, "")
    line = {".csv": "{0},x\n", ".tsv": "{0}\tx\n", ".trans.txt": "{0} x\n"}.get(name)
    line = line or '{{"id": {0}, "q": "x"}}' + (",\n" if name == ".json" else "\n")
    text = header + "".join(line.format(n * 7919 % 10_007) for n in range(4000))
    path = tmp_path / f"rows{name}.gz"
    path.write_bytes(gzip.compress(text.encode())[:-2000])
    with pytest.warns(em.EarmarkWarning, match="the gzip stream ends early"):
        rows = em.read_rows(path)
    assert len(rows) > 1000
    assert rows.ids == [str(n * 7919 % 10_007) for n in range(len(rows))]
    (broken,) = rows.rejected
    assert broken.place == rows.places[-1]
    assert "nothing behind this could be read: the gzip stream ends early: " in broken.reason
    with pytest.raises(em.DataError, match="the gzip stream ends early"):
        em.read_rows(path, on_error="fail")


def test_in_a_glob_a_file_that_is_cut_off_keeps_its_rows(tmp_path):
    whole = gzip.compress(b"".join(b'{"q": %d}\n' % (n * 7919 % 997) for n in range(4000)))
    (tmp_path / "1.jsonl.gz").write_bytes(whole[:-99])
    (tmp_path / "2.jsonl.gz").write_bytes(whole)
    rows = quietly(em.read_rows, str(tmp_path / "*.gz"))
    assert len(rows) > 7000
    (broken,) = rows.rejected
    assert broken.file == str(tmp_path / "1.jsonl.gz")


def test_only_a_plain_file_of_json_lines_is_known_as_it_stands(sources):
    kept = {kind for kind, source in sources.items() if em.read_rows(source).file is not None}
    assert kept == {".jsonl", ".ndjson"}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("rows.csv", gzip.compress(b"id\n1\n"), "let its name end in .gz"),
        ("rows.jsonl", b"PK\x03\x04", "let its name end in .xlsx"),
        ("rows.tsv", b"PAR1", "let its name end in .parquet"),
        ("rows.json.gz", b'[{"id": 1}]', "it is named .gz, but is no gzip stream"),
        ("rows.jsonl.gz", b"", "the file is empty: not even the head of a gzip stream is in it"),
        ("rows.csv.gz", gzip.compress(b"PAR1"), "is Parquet under another name"),
        ("rows.tsv.zst", zstandard.compress(b""), "no record is in it"),
    ],
)
def test_what_a_file_really_is_is_said(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(em.DataError) as error:
        em.read_rows(tmp_path / name)
    assert words in str(error.value)
    assert name in str(error.value)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("name", [".jsonl", ".csv", ".tsv", ".json", ".trans.txt", ".csv.gz"])
def test_a_file_that_fails_while_it_is_read_is_a_data_error_with_its_name(tmp_path, name):
    path = tmp_path / f"mem{name}"
    path.symlink_to("/proc/self/mem")  # it opens, and its first byte is an input/output error
    with pytest.raises(em.DataError, match=f"mem{name}: .*Input/output error"):
        em.read_rows(path)
    with pytest.raises(em.DataError, match=f"mem{name}: .*Input/output error"):
        list(em.scan_rows(str(tmp_path / f"*{name}"), on_error="fail"))


def test_the_rows_of_an_address_start_from_its_folder_and_keep_its_secrets(monkeypatch):
    def opened(address):
        assert address == "https://host/dir/rows.csv.gz?sig=secret/x"
        return io.BufferedReader(io.BytesIO(gzip.compress(b"id,audio\n1,clips/a.wav\n2\n")))

    monkeypatch.setattr("earmark.engine.data.remote.open_remote", opened)
    rows = quietly(em.read_rows, "https://host/dir/rows.csv.gz?sig=secret/x")
    assert rows.base == "https://host/dir"
    assert "secret" not in f"{rows.places} {rows.rejected} {rows.origin} {rows.base}"
