"""The hub's cache in its true layout, and a small hub on loopback that speaks its few routes."""

import gc
import hashlib
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import soundfile
from huggingface_hub import constants

import earmark as em
from earmark.engine.data.hub import resolve
from earmark.engine.data.hub_cache import names_file

COMMIT, OLDER = "c0ffee" + 34 * "0", "b0a710ad" + 32 * "0"


def wav(frames=800):
    file = io.BytesIO()
    tone = np.sin(np.arange(frames))
    soundfile.write(file, tone / 2, 8_000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def parquet(ids):
    features = {
        "id": {"dtype": "string", "_type": "Value"},
        "audio": {"_type": "Audio"},
        "official_answer": {"names": ["valid", "invalid"], "_type": "ClassLabel"},
    }
    audio = [{"bytes": wav(), "path": f"{name}.wav"} for name in ids]
    table = pa.table({"id": ids, "audio": audio, "official_answer": [0] * len(ids)})
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    file = io.BytesIO()
    pa.parquet.write_table(table.replace_schema_metadata(about), file)
    return file.getvalue()


CARD = b"""---
configs:
- config_name: en
  default: true
  data_files:
  - {split: train, path: en/train-*}
  - {split: test, path: en/test-*}
- config_name: de
  data_files:
  - {split: test, path: de/*.parquet}
dataset_info:
  config_name: de
  splits:
  - {name: test, num_examples: 3, num_bytes: 1}
---
# Spoken questions
"""
SPOKEN = {
    "README.md": CARD,
    "en/train-00000-of-00002.parquet": parquet(["a"]),
    "en/train-00001-of-00002.parquet": parquet(["b"]),
    "en/test-00000-of-00001.parquet": parquet(["t"]),
    "de/test.parquet": parquet(["u", "v"]),
}
FOLDER = {
    "metadata.csv": b"file_name,text\nclips/a.wav,hello\nclips/b.wav,bye\n",
    "clips/a.wav": wav(),
    "clips/b.wav": wav(1_600),
}
LINES = {
    "rows.jsonl": b'{"id": "x", "audio": "clips/a.wav"}\noops\n{"id": "y", "audio": "../b.wav"}\n',
    "clips/a.wav": wav(),
}
PATHS = {"test.jsonl": b'{"audio": "clips/a.wav"}\n', "clips/a.wav": wav()}
SCRIPT = {"script.py": b"raise SystemExit('it was run')\n", "data.csv": b"a\n1\n"}
SPLITS = {"train.jsonl": b'{"id": 1}\n{"id": 2}\n', "test.jsonl": b'{"id": 3}\n'}
REPOSITORIES = {
    "o/spoken": SPOKEN,
    "o/folder": FOLDER,
    "o/lines": LINES,
    "o/paths": PATHS,
    "o/script": SCRIPT,
    "o/splits": SPLITS,
}


def cached(home, name, files, commit=COMMIT, revision="main"):
    """A data set as the hub's own client leaves it in its cache."""
    root = home / "hub" / f"datasets--{name.replace('/', '--')}"
    for path, data in files.items():
        blob = root / "blobs" / hashlib.sha256(data).hexdigest()
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(data)
        link = root / "snapshots" / commit / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (root / "refs").mkdir(exist_ok=True)
    (root / "refs" / revision).write_text(commit)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("hub")
    for name, files in REPOSITORIES.items():
        cached(home, name, files)
    cached(home, "o/spoken", {**SPOKEN, "de/test.parquet": parquet(["w"])}, OLDER, "v1")
    return home


@pytest.fixture(autouse=True)
def offline(home, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(home / "datasets"))


@pytest.mark.parametrize(
    "address",
    [
        "hf://o/spoken?split=train",
        "hf://datasets/o/spoken?split=train",
        f"hf://o/spoken@{COMMIT}?split=train&config=en",
    ],
)
def test_a_split_is_read_from_the_cache_with_its_commit(address):
    rows = em.read_rows(address)
    assert rows.ids == ["a", "b"]
    assert rows.items[0]["audio"] == {"bytes": wav(), "path": "a.wav"}
    assert rows.items[0]["official_answer"] == "valid"
    assert rows.origin.startswith(f"hf://o/spoken@{COMMIT}?split=train")
    assert rows.place(1) == f"{rows.origin}[1]"


def test_a_revision_is_another_commit():
    assert resolve("hf://o/spoken@v1?config=de") == f"hf://o/spoken@{OLDER}?config=de"
    with pytest.warns(em.EarmarkWarning, match="its card promises 3 rows, 1 are there"):
        assert em.read_rows("hf://o/spoken@v1?config=de").ids == ["w"]


def test_rows_that_the_card_promises_and_are_not_there_are_missed():
    with pytest.warns(em.EarmarkWarning, match="promises 3 rows, 2 are there.*hf download"):
        assert em.read_rows("hf://o/spoken?config=de").ids == ["u", "v"]


def test_audio_of_a_parquet_split_is_decoded_here():
    [report] = em.check("hf://o/spoken?split=test")
    assert (report.verdict, report.rate, report.duration) == ("ok", 8_000, 0.1)


# its metadata file is left by datasets to the garbage collector, which is called while we look
@pytest.mark.filterwarnings("ignore:unclosed file.*metadata.csv:ResourceWarning")
def test_an_audiofolder_has_its_metadata_and_its_clips():
    rows = em.read_rows("hf://o/folder")
    assert [item["text"] for item in rows.items] == ["hello", "bye"]
    assert [item["audio"] for item in rows.items] == ["clips/a.wav", "clips/b.wav"]
    assert [report.duration for report in em.check("hf://o/folder")] == [0.1, 0.2]
    gc.collect()


def test_splits_without_a_card_are_known_by_the_names_of_their_files():
    assert em.read_rows("hf://o/splits?split=test").items == [{"id": 3}]
    assert em.read_rows("hf://o/splits?split=train").ids == ["1", "2"]


def test_one_file_is_read_as_our_readers_do_with_the_audio_beside_it():
    with pytest.warns(em.EarmarkWarning, match="1 of 3 records were skipped"):
        rows = em.read_rows("hf://o/lines/rows.jsonl")
    assert (rows.ids, rows.base) == (["x", "y"], f"hf://o/lines@{COMMIT}")
    assert rows.rejected[0].place == f"hf://o/lines@{COMMIT}/rows.jsonl:2"
    with pytest.warns(em.EarmarkWarning):
        reports = em.check("hf://o/lines/rows.jsonl")
    assert {report.id: report.verdict for report in reports} == {
        "x": "ok",
        "": "error",
        "y": "error",
    }
    assert any("leaves hf://o/lines" in " ".join(report.reasons) for report in reports)


def test_audio_by_its_path_in_a_split_is_that_of_the_data_set():
    [report] = em.check("hf://o/paths?split=test")
    assert (report.verdict, report.rate) == ("ok", 8_000)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(em.DataError, match=r"hf://o/lines@.*/gone.jsonl: it is not in the hub's"):
        em.read_rows("hf://o/lines/gone.jsonl")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("hf://o/spoken", "it has several splits, 'train', 'test'; name one: hf://o/spoken@"),
        ("hf://o/splits", "it has several splits, 'train', 'test'; name one"),
        ("hf://o/spoken?split=trian", "no split 'trian'.* Did you mean 'train'?"),
        ("hf://o/splits?split=dev", "there is no split 'dev'; there is 'train', 'test'"),
        ("hf://o/spoken?config=dee", "no config 'dee'; there is 'en', 'de'. Did you mean 'de'?"),
        ("hf://o/spoken?spilt=test", "'spilt' means nothing.* Did you mean 'split'?"),
        ("hf://o/spoken@v9?split=test", "not in the hub's cache.*HF_HUB_OFFLINE is set.*download"),
        ("hf://o/nobody", "hf://o/nobody@main: it is not in the hub's cache"),
        ("hf://o/script", r"is a program \(script.py\), and none is ever run.*refs/convert"),
        ("hf://spoken", "not the address of a data set on the hub; write hf://owner/name@"),
        ("hf://models/o/spoken", "not the address of a data set on the hub"),
    ],
)
def test_a_wrong_address_is_told_what_there_is(address, message):
    with pytest.raises(em.DataError, match=message):
        em.read_rows(address)


def test_files_that_are_missing_in_the_cache_are_named(home):
    files = {"README.md": CARD, "en/train-00000-of-00002.parquet": parquet(["a"])}
    cached(home, "o/partial", files)
    with pytest.raises(em.DataError, match=r"split=test: files of it are missing .*hf download"):
        em.read_rows("hf://o/partial?split=test")


def test_an_address_with_a_path_names_a_file():
    assert names_file("hf://o/lines@refs/pr/3/rows.jsonl")
    assert not names_file("hf://o/lines@refs/convert/parquet?split=train")


ONLINE = """
import json, sys, urllib.request, warnings
import earmark as em
from earmark.engine.data.remote import open_remote

def tried(address):
    try:
        rows = em.read_rows(address)
        return [rows.origin, rows.ids]
    except em.EarmarkError as error:
        return f"{type(error).__name__}: {error}"

warnings.simplefilter("error")
asked, again, endpoint = json.loads(sys.argv[1])
found = {address: tried(address) for address in asked}
with open_remote("hf://o/lines/clips/a.wav") as file:
    found["file"] = file.read(4).decode()
urllib.request.urlopen(endpoint + "/quit").close()
found["later"] = {address: tried(address) for address in again}
print(json.dumps(found))
"""


class Hub(http.server.BaseHTTPRequestHandler):
    """The routes that fetching the files of a data set needs."""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.server.asked.append((path, query, self.headers["User-Agent"]))
        parts = path.strip("/").split("/")
        if path == "/quit":
            self.server.shutdown()
            self.server.server_close()
            self.reply(200)
        elif parts[:2] == ["api", "datasets"]:
            self.api("/".join(parts[2:4]), *parts[4:6])
        elif parts[0] == "datasets" and parts[3] == "resolve":
            self.file("/".join(parts[1:3]), "/".join(parts[5:]))
        else:
            self.reply(404)

    def api(self, name, what, revision):
        if name == "o/gated":
            self.reply(403, **{"X-Error-Code": "GatedRepo"})
        elif name == "o/broken":
            self.reply(500)
        elif name not in REPOSITORIES:
            self.reply(401, **{"X-Error-Code": "RepoNotFound"})
        elif revision not in ("main", COMMIT):
            self.reply(404, **{"X-Error-Code": "RevisionNotFound"})
        elif what == "revision":
            about = {"_id": "1", "id": name, "sha": COMMIT, "private": False, "tags": []}
            names = [{"rfilename": path} for path in REPOSITORIES[name]]
            self.reply(200, json.dumps({**about, "siblings": names, "downloads": 0}).encode())
        else:
            files = REPOSITORIES[name].items()
            listed = [{"type": "file", "path": p, "size": len(d), "oid": oid(d)} for p, d in files]
            self.reply(200, json.dumps(listed).encode())

    def file(self, name, path):
        data = REPOSITORIES[name].get(path)
        if data is None:
            self.reply(404, **{"X-Error-Code": "EntryNotFound"})
        else:
            self.reply(200, data, **{"ETag": f'"{oid(data)}"', "X-Repo-Commit": COMMIT})

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def oid(data):
    return hashlib.sha1(data).hexdigest()


@pytest.fixture(scope="module")
def online(tmp_path_factory):
    """What a program found at the hub, what it found when the hub was gone, what it asked."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    asked = ["spoken?split=test", "spoken@v9?split=test", "splits?split=train", "nobody", "gated"]
    addresses = [f"hf://o/{name}" for name in [*asked, "broken", "lines/rows.csv"]]
    argument = json.dumps([addresses, ["hf://o/spoken?split=test", "hf://o/folder"], endpoint])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HF_")},
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(tmp_path_factory.mktemp("home")),
    }
    command = [sys.executable, "-c", ONLINE, argument]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    server.server_close()
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "asked": server.asked}


def test_a_split_is_fetched_from_the_hub_and_nothing_else_is(online):
    assert online["hf://o/spoken?split=test"] == [f"hf://o/spoken@{COMMIT}?split=test", ["t"]]
    fetched = {path.rpartition("/")[2] for path, *_ in online["asked"] if "o/spoken/res" in path}
    assert fetched == {"README.md", "test-00000-of-00001.parquet"}
    assert online["hf://o/splits?split=train"][1] == ["1", "2"]
    assert online["file"] == "RIFF"


def test_nothing_is_reported_to_the_hub(online):
    known = ("/api/datasets/o/", "/datasets/o/", "/quit")
    assert [path for path, *_ in online["asked"] if not path.startswith(known)] == []
    agents = {agent for _, _, agent in online["asked"]}
    assert not any(word in agent for agent in agents for word in ("torch", "agent/", "session"))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("hf://o/spoken@v9?split=test", "the data set has no revision 'v9'"),
        ("hf://o/nobody", "there is no such data set, or it is private; .*HF_TOKEN"),
        ("hf://o/gated", "access is given on request; ask for it .* then set HF_TOKEN"),
        ("hf://o/broken", r"the server failed \(500\)"),
    ],
)
def test_what_the_hub_refuses_is_said_plainly(online, address, message):
    assert online[address].startswith("DataError: hf://o/")
    assert re.search(message, online[address]), online[address]


def test_what_was_fetched_is_read_again_when_the_hub_is_gone(online):
    later = online["later"]
    assert later["hf://o/spoken?split=test"] == online["hf://o/spoken?split=test"]
    assert "not in the hub's cache, and the hub cannot be asked" in later["hf://o/folder"]
    assert "nothing answers there" in later["hf://o/folder"]
