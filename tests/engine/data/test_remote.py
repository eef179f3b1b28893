"""S3 is moto's server on loopback; https is a server here that can refuse, cut and count."""

import gc
import gzip
import http.server
import io
import json
import logging
import re
import sys
import threading
import time

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import s3fs
import soundfile

import earmark as em
from earmark.engine.data.addresses import shown
from earmark.engine.data.refusals import refusal
from earmark.engine.data.remote import open_remote

ROWS = [{"id": str(i), "official_answer": "valid", "n": i} for i in range(3)]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)
LONG = b"".join(b'{"id": %d, "text": "%s"}\n' % (i, b"x" * 1_000) for i in range(20_000))  # 20 MB


def wav():
    file = io.BytesIO()
    soundfile.write(file, np.sin(np.arange(1_600)) / 2, 8_000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def parquet(rows):
    file = io.BytesIO()
    pa.parquet.write_table(pa.Table.from_pylist(rows), file, compression="none")
    return file.getvalue()


# ---- S3


@pytest.fixture(scope="module")
def bucket():
    """An S3 service on loopback with a bucket of rows and clips."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket="bucket")
    clips = (
        b'{"id": "in", "audio": "clips/a b.wav"}\n{"id": "up", "audio": "../dir/clips/a b.wav"}\n'
    )
    lost = b'{"id": "gone", "audio": "clips/b.wav"}\n{"id": "out", "audio": "../../other/a.wav"}\n'
    for name, data in {
        "rows.jsonl": LINES,
        "rows.jsonl.gz": gzip.compress(LINES),
        "rows.parquet": parquet(ROWS),
        "clips.jsonl": clips,
        "lost.jsonl": clips + lost,
        "clips/a b.wav": wav(),
        "long.jsonl": LONG,
    }.items():
        access = "public-read" if name == "rows.jsonl" else "private"
        client.put_object(Bucket="bucket", Key=f"dir/{name}", Body=data, ACL=access)
    client.close()
    yield endpoint
    server.stop()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """No credentials, no configuration and no sessions of elsewhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    yield
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(autouse=True, scope="module")
def nothing_left_open():
    yield
    gc.collect()  # what was not closed warns now, which is an error


@pytest.fixture
def s3(bucket, monkeypatch):
    signed_in(monkeypatch, bucket)


def signed_in(monkeypatch, endpoint):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)


def refused(address):
    with pytest.raises(em.DataError) as caught:
        em.read_rows(address)
    message = str(caught.value)
    assert message.startswith(shown(address))
    return message


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.parquet"])
def test_rows_are_read_from_a_bucket(s3, name):
    rows = em.read_rows(f"s3://bucket/dir/{name}")
    assert list(rows.items) == ROWS
    assert (rows.base, rows.origin) == ("s3://bucket/dir", f"s3://bucket/dir/{name}")
    assert rows.place(2).startswith(f"s3://bucket/dir/{name}")


def test_audio_beside_the_rows_is_checked_and_prepared(s3, tmp_path):
    reports = em.check("s3://bucket/dir/clips.jsonl")
    assert [(r.id, r.verdict, r.duration) for r in reports] == [
        ("in", "ok", 0.2),
        ("up", "ok", 0.2),
    ]
    report = em.prepare("s3://bucket/dir/clips.jsonl", tmp_path / "out.jsonl", rate=16_000)
    assert (report.written, report.audio_seconds) == (2, pytest.approx(0.4))


def test_a_clip_that_is_gone_or_outside_the_bucket_costs_only_its_row(s3):
    *good, gone, out = em.check("s3://bucket/dir/lost.jsonl")
    assert [report.verdict for report in good] == ["ok", "ok"]
    assert "s3://bucket/dir/clips/b.wav: cannot be opened: there is no such file" in gone.reasons[0]
    assert "'../other/a.wav' leaves s3://bucket" in out.reasons[0]


def test_a_long_file_is_read_no_further_than_asked(s3):
    started = time.perf_counter()
    assert em.read_rows("s3://bucket/dir/long.jsonl", limit=2).ids == ["0", "1"]
    with open_remote("s3://bucket/dir/long.jsonl") as stream:
        stream.read(10)
        assert len(stream.raw.file.cache.cache) < 8 * 2**20 < len(LONG)
    assert time.perf_counter() - started < 5


def test_a_missing_bucket_and_a_missing_key_are_told_apart(s3):
    assert "there is no such bucket" in refused("s3://nobody/dir/rows.jsonl")
    assert refused("s3://bucket/rows.jsonl").endswith("there is no such file")


def test_without_credentials_the_variables_are_named(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket)
    message = refused("s3://bucket/dir/rows.jsonl")
    assert "no credentials are found; set AWS_ACCESS_KEY_ID" in message
    assert "AWS_ENDPOINT_URL" in message


def test_a_public_bucket_is_read_as_the_message_says(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket)
    monkeypatch.setitem(fsspec.config.conf, "s3", {"anon": True})  # FSSPEC_S3, read at import
    assert len(em.read_rows("s3://bucket/dir/rows.jsonl")) == 3


# ---- https


class Server(http.server.BaseHTTPRequestHandler):
    """Serves ``server.files``; the first part of the path says how."""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        how, _, name = self.path.partition("?")[0].strip("/").partition("/")
        self.server.asked.append((self.command, self.path, self.headers["Range"]))
        if how == "locked":
            how = "ranges" if self.headers["Authorization"] == "Bearer sesame" else "401"
        if how.isdigit():
            self.send_response(int(how))
            self.end_headers()
            return
        data, span = self.server.files[name.rpartition("/")[2]], self.headers["Range"]
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", span or "") if how != "plain" else None
        body = data[int(part[1]) : int(part[2]) + 1] if part else data
        self.send_response(206 if part else 200)
        if part:
            start = int(part[1])
            self.send_header("Content-Range", f"bytes {start}-{start + len(body) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[: len(body) // 2] if how == "cut" else body)

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            self.server.broken += 1  # the reader has what it wants


@pytest.fixture(scope="module")
def running():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.files = {
        "rows.jsonl": LINES,
        "rows.jsonl.gz": gzip.compress(LINES),
        "rows.parquet": parquet(ROWS),
        "long.jsonl": LONG,
        "long.parquet": parquet([{"id": str(i), "text": "x" * 1_000} for i in range(9_000)]),
        "clips.jsonl": b'{"id": "1", "audio": "a%20b.wav"}\n',
        "a%2520b.wav": wav(),
    }
    server.broken = 0
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def web(running):
    running.asked = []
    return f"http://127.0.0.1:{running.server_port}"


@pytest.mark.parametrize("how", ["ranges", "plain"])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.parquet"])
def test_rows_are_read_over_http(web, how, name):
    rows = em.read_rows(f"{web}/{how}/{name}?X-Signature=sesame/open")
    assert list(rows.items) == ROWS
    assert (rows.base, rows.origin) == (f"{web}/{how}", f"{web}/{how}/{name}?...")
    assert "sesame" not in rows.place(0)


@pytest.mark.parametrize("how", ["ranges", "plain"])
def test_a_file_that_is_sought_in_is_read_whether_its_server_gives_parts_or_not(web, running, how):
    assert len(em.read_rows(f"{web}/{how}/long.parquet")) == 9_000
    assert any(span for _, _, span in running.asked)


@pytest.mark.parametrize("how", ["ranges", "plain"])
def test_any_position_can_be_gone_to(web, how):
    with open_remote(f"{web}/{how}/long.jsonl") as stream:
        assert stream.read(100) == LONG[:100]
        assert stream.seek(-50, io.SEEK_END) == len(LONG) - 50
        assert stream.read() == LONG[-50:]
        assert stream.seek(7_000_000) == stream.tell() == 7_000_000
        assert stream.read(30) == LONG[7_000_000:7_000_030]


def test_a_relative_path_is_the_name_of_a_file_not_a_part_of_an_address(web):
    [report] = em.check(f"{web}/plain/clips.jsonl")
    assert (report.verdict, report.rate) == ("ok", 8_000)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, r"access is refused \(401\)"),
        (403, r"access is refused \(403\)"),
        (404, r"there is no such file \(404\)"),
        (429, r"too many requests were made \(429\)"),
        (500, r"the server failed \(500\)"),
    ],
)
def test_what_a_server_answers_is_said_without_the_secrets_of_the_address(web, status, cause):
    address = web.replace("//", "//me:sesame@")
    message = refused(f"{address}/{status}/rows.jsonl?sig=sesame")
    assert re.search(cause, message)
    assert "sesame" not in message


def test_a_locked_server_is_opened_as_the_message_says(web, monkeypatch):
    assert '"Authorization": "Bearer ..."' in refused(f"{web}/locked/rows.jsonl")
    headers = {"client_kwargs": {"headers": {"Authorization": "Bearer sesame"}}}
    monkeypatch.setitem(fsspec.config.conf, "http", headers)  # FSSPEC_HTTP, read at import
    assert len(em.read_rows(f"{web}/locked/rows.jsonl")) == 3


def test_a_connection_that_is_cut_leaves_what_was_read_and_says_so(web):
    with pytest.warns(em.EarmarkWarning, match="the connection was lost; read it again"):
        rows = em.read_rows(f"{web}/cut/long.jsonl?sig=sesame")
    assert 1_000 < len(rows) < 10_050  # half of the bytes came, a line of which is short
    assert "the connection was lost" in rows.rejected[-1].reason
    assert "sesame" not in str(rows.rejected)


def test_a_connection_to_a_bucket_that_is_cut_is_said(web, monkeypatch):
    signed_in(monkeypatch, f"{web}/cut")
    assert "the connection was lost" in refused("s3://bucket/rows.jsonl")


def test_a_bucket_that_is_refused_names_what_to_set(web, monkeypatch):
    signed_in(monkeypatch, f"{web}/403")
    message = refused("s3://bucket/rows.jsonl")
    assert "access is refused (403); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in message


def test_nobody_there_is_said(monkeypatch):
    assert "connection is refused, nothing answers there" in refused("http://127.0.0.1:9/a.jsonl")
    assert "its host is not found" in refused("http://nobody.invalid/a.jsonl")
    signed_in(monkeypatch, "http://127.0.0.1:9")
    assert "nothing answers there" in refused("s3://bucket/rows.jsonl")


# ---- other schemes


def test_what_fsspec_knows_is_read():
    with fsspec.open("memory://dir/rows.jsonl", "wb") as file:
        file.write(LINES)
    assert list(em.read_rows("memory://dir/rows.jsonl").items) == ROWS


def test_an_object_may_be_named_with_what_begins_a_query_elsewhere():
    fsspec.filesystem("memory").pipe("/data/set #1/what?.jsonl", LINES)
    rows = em.read_rows("memory://data/set #1/what?.jsonl")
    assert (rows.ids, rows.base) == (["0", "1", "2"], "memory://data/set #1")


def test_an_address_that_is_none_is_a_data_error_without_its_secret():
    message = refused("https://[x/rows.jsonl?sig=sesame")
    assert "Invalid IPv6 URL" in message
    assert "sesame" not in message


def test_an_unknown_scheme_is_refused():
    with pytest.raises(em.DataError, match=r"s33:// is not known to fsspec. Did you mean 's3'?"):
        em.read_rows("s33://bucket/rows.jsonl")


@pytest.mark.parametrize(
    ("scheme", "package"),
    [("s3", "s3fs"), ("gs", "gcsfs"), ("az", "adlfs"), ("https", "aiohttp")],
)
def test_a_driver_that_is_not_installed_is_named_with_its_extra(monkeypatch, scheme, package):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "fsspec.implementations.http", raising=False)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, scheme, raising=False)
    with pytest.raises(em.MissingExtra) as caught:
        em.read_rows(f"{scheme}://bucket/rows.jsonl?sig=sesame")
    assert f"needs the package {package}: pip install 'earmark[cloud]'" in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_google_storage_that_does_not_answer_is_said(monkeypatch):
    gcsfs = pytest.importorskip("gcsfs", reason="gcsfs (the extra cloud) is not installed")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr(gcsfs.retry.asyncio, "sleep", lambda _: done())
    assert "nothing answers there" in refused("gs://bucket/rows.jsonl")


async def done():
    return None


def test_azure_without_an_account_names_what_to_set(monkeypatch):
    pytest.importorskip("adlfs", reason="adlfs (the extra cloud) is not installed")
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)
    assert "set AZURE_STORAGE_ACCOUNT_NAME with" in refused("az://container/rows.jsonl")


# ---- what is asked, and what is said


def test_an_address_is_never_a_chain_of_them(tmp_path):
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(em.DataError, match="there is no such file"):
        open_remote(f"memory://x::file://{tmp_path}/secret")


def test_the_innermost_cause_is_the_one_that_is_told():
    outer = FileNotFoundError("https://host/x?sig=sesame")
    outer.__cause__ = TimeoutError()
    assert refusal(outer, "https").startswith("no answer came in time")


def test_words_of_a_driver_lose_their_secrets():
    error = RuntimeError("GET https://me:ses@me@host/x?sig=sesame failed\nsesame")
    assert refusal(error, "https") == "RuntimeError: GET https://host/x?... failed"
