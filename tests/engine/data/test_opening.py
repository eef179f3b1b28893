import gzip
import sys
import tracemalloc
import zlib

import pytest
import zstandard

import earmark as em
from earmark.engine.data.jsonl import read_jsonl
from earmark.engine.data.opening import open_bytes

LINES = b"".join(b'{"id": %d, "q": "%d"}\n' % (n, n * 7919 % 997) for n in range(5000))
PACKED = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor(write_checksum=True).compress}


@pytest.fixture(params=PACKED)
def packing(request):
    """An extension and what packs as it says."""
    return request.param, PACKED[request.param]


def write(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def all_of(path):
    with open_bytes(path) as stream:
        return stream.read()


def until_damage(path):
    """What can be read before the error, and the error."""
    found = []
    with open_bytes(path) as stream, pytest.raises(em.DataError) as error:
        while block := stream.read1(2**16):
            found.append(block)
    return b"".join(found), str(error.value)


def test_a_packed_file_is_what_was_packed(tmp_path, packing):
    suffix, pack = packing
    assert all_of(write(tmp_path, f"rows.jsonl{suffix.upper()}", pack(LINES))) == LINES


def test_members_one_behind_the_other_are_one_file(tmp_path, packing):
    suffix, pack = packing
    path = write(tmp_path, f"rows.jsonl{suffix}", pack(LINES[:99]) + pack(b"") + pack(LINES[99:]))
    assert all_of(path) == LINES


def test_zeros_behind_a_gzip_stream_fill_up_its_block(tmp_path):
    assert all_of(write(tmp_path, "rows.gz", gzip.compress(LINES) + bytes(70_000))) == LINES


def test_a_file_that_is_not_packed_can_be_sought_in(tmp_path):
    with open_bytes(write(tmp_path, "rows.parquet", b"PAR1 and PAR1")) as stream:
        stream.seek(-4, 2)
        assert stream.read() == b"PAR1"


def test_all_before_the_end_of_a_stream_that_is_cut_off_is_read(tmp_path):
    data = gzip.compress(LINES)
    for size in (20, len(data) // 3, len(data) - 8, len(data) - 1):
        found, error = until_damage(write(tmp_path, "rows.jsonl.gz", data[:size]))
        expected = zlib.decompressobj(31).decompress(data[:size])
        assert (found, "the gzip stream ends early" in error) == (expected, True)


def test_zstd_that_is_cut_off_is_read_up_to_its_last_whole_block(tmp_path):
    text = LINES * 8  # several blocks of 128 KiB
    data = PACKED[".zst"](text)
    found, error = until_damage(write(tmp_path, "rows.jsonl.zst", data[:-5]))
    assert text.startswith(found)
    assert len(text) - len(found) <= 2**17
    assert "the zstd stream ends early" in error


@pytest.mark.parametrize("at", [0.2, 0.5, 0.99])
def test_damage_in_the_middle_leaves_all_that_comes_before_it(tmp_path, at):
    data = bytearray(gzip.compress(LINES))
    start = int(len(data) * at)
    before = zlib.decompressobj(31).decompress(data[:start])
    data[start : start + 40] = bytes(40)
    found, error = until_damage(write(tmp_path, "rows.jsonl.gz", data))
    assert found.startswith(before)
    assert "the gzip stream is damaged here" in error


def test_a_wrong_checksum_is_told_although_everything_could_be_unpacked(tmp_path):
    data = bytearray(gzip.compress(LINES))
    data[-6] ^= 1
    found, error = until_damage(write(tmp_path, "rows.jsonl.gz", data))
    assert found == LINES
    assert "incorrect data check" in error
    assert "may be wrong too" in error


def test_what_only_has_the_name_of_a_packed_file_is_named_for_what_it_is(tmp_path, packing):
    suffix, _ = packing
    found, error = until_damage(write(tmp_path, f"rows.jsonl{suffix}", LINES))
    assert found == b""
    assert f"it is named {suffix}, but is no" in error
    assert 'it begins with b\'{"id": 0' in error


def test_an_empty_file_is_no_packed_one(tmp_path, packing):
    found, error = until_damage(write(tmp_path, f"rows.jsonl{packing[0]}", b""))
    assert (found, "the file is empty" in error) == (b"", True)


def test_a_file_that_is_not_there_is_a_data_error(tmp_path):
    with pytest.raises(em.DataError, match=r"rows\.jsonl\.gz: cannot be opened: No such file"):
        open_bytes(tmp_path / "rows.jsonl.gz")


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(em.MissingExtra, match=r"pip install 'earmark\[tables\]'"):
        open_bytes(write(tmp_path, "rows.jsonl.zst", b""))


def test_a_bomb_is_read_in_flat_memory_and_its_line_is_cut_short(tmp_path, packing):
    suffix, pack = packing
    megabyte = b"x" * 2**20
    packer = zlib.compressobj(9, wbits=31) if suffix == ".gz" else None
    if packer:
        data = b"".join(packer.compress(megabyte) for _ in range(200)) + packer.flush()
    else:
        data = pack(megabyte * 200)
    path = write(tmp_path, f"rows.jsonl{suffix}", data)
    tracemalloc.start()
    (record,) = read_jsonl(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "longer than 64 MiB" in record.reason
    assert peak < 2.2 * 64 * 2**20
