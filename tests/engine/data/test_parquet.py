import secrets
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import earmark as em
from earmark.engine.data.parquet import count_rows, read_parquet
from earmark.engine.types import Rejection


def write(tmp_path, columns, name="rows.parquet", **options):
    path = tmp_path / name
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_rows_come_in_order_with_their_position_over_all_row_groups(tmp_path):
    path = write(tmp_path, {"id": list(range(3000)), "q": ["x"] * 3000}, row_group_size=700)
    records = list(read_parquet(path))
    assert [r.value["id"] for r in records] == list(range(3000))
    assert [r.place for r in records] == [f"{path}[{n}]" for n in range(3000)]


def test_the_audio_of_a_hugging_face_set_is_an_audio_value(tmp_path):
    import numpy as np
    import soundfile

    soundfile.write(tmp_path / "a.flac", np.full(8000, 0.25), 16_000)
    data = (tmp_path / "a.flac").read_bytes()
    path = write(tmp_path, {"id": ["a"], "audio": [{"bytes": data, "path": "gone.flac"}]})
    rows = em.read_rows(path)
    assert rows.items[0]["audio"] == {"bytes": data, "path": "gone.flac"}
    assert em.load_audio(rows.items[0]["audio"]).duration == 0.5
    assert em.check(path)[0].verdict != "error"


def test_an_id_twice_is_refused_with_the_places_of_both(tmp_path):
    with pytest.warns(em.EarmarkWarning, match=r"parquet\[2\] .*first at .*parquet\[0\]"):
        assert em.read_rows(write(tmp_path, {"id": ["a", "b", "a"]})).ids == ["a", "b"]


def test_a_row_group_that_is_damaged_costs_itself_alone(tmp_path):
    columns = {"id": list(range(300)), "text": [secrets.token_hex(20) for _ in range(300)]}
    path = write(tmp_path, columns, row_group_size=100, compression="gzip", use_dictionary=False)
    column = pq.ParquetFile(path).metadata.row_group(1).column(1)
    data = bytearray(path.read_bytes())
    middle = column.data_page_offset + column.total_compressed_size // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    found = list(read_parquet(path))
    (bad,) = [r for r in found if isinstance(r, Rejection)]
    assert bad.file == f"{path}[100]"
    assert "rows 100 to 199 cannot be read: the file is damaged here" in bad.reason
    good = [r.value["id"] for r in found if not isinstance(r, Rejection)]
    assert good == [*range(100), *range(200, 300)]


@pytest.mark.parametrize("end", [0, 3, 40, -1])
def test_a_file_that_is_cut_off_is_refused_with_the_cure(tmp_path, end):
    path = write(tmp_path, {"id": [1]})
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(em.DataError, match=r"rows\.parquet: it is no Parquet file, or is cut off"):
        em.read_rows(path)


def test_another_file_under_this_name_is_refused(tmp_path):
    (tmp_path / "rows.parquet").write_bytes(b'{"id": 1}\n' * 10)
    with pytest.raises(em.DataError, match="it is no Parquet file"):
        em.read_rows(tmp_path / "rows.parquet")


def test_two_columns_of_one_name_are_refused(tmp_path):
    table = pa.table([pa.array([1]), pa.array([2])], names=["id", "id"])
    pq.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(em.DataError, match=r"rows\.parquet: 'id' names more than one column"):
        em.read_rows(tmp_path / "rows.parquet")


def test_a_table_without_rows_is_an_error(tmp_path):
    with pytest.raises(em.DataError, match="no record is in it"):
        em.read_rows(write(tmp_path, {"id": pa.array([], pa.int64())}))


def test_the_rows_are_counted_without_reading_them(tmp_path):
    assert count_rows(str(write(tmp_path, {"id": list(range(77))}))) == 77
    (tmp_path / "none.parquet").write_bytes(b"PAR1")
    assert count_rows(str(tmp_path / "none.parquet")) is None


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path, {"id": [1]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(em.MissingExtra, match=r"pip install 'earmark\[tables\]'"):
        em.read_rows(path)


MEMORY = """
import sys, pyarrow, earmark as em
print(sum(len(rows) for rows in em.scan_rows(sys.argv[1])))
print(pyarrow.default_memory_pool().max_memory())
"""


def test_a_row_group_of_audio_is_never_held_whole(tmp_path):
    audio = [{"bytes": secrets.token_bytes(2**18), "path": f"{n}.wav"} for n in range(400)]
    options = {"write_batch_size": 10, "use_dictionary": False, "compression": "none"}
    path = write(tmp_path, {"id": list(range(400)), "audio": audio}, **options)  # 100 MiB
    command = [sys.executable, "-c", MEMORY, str(path)]
    found = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    assert int(found[0]) == 400
    assert int(found[1]) < 50 * 2**20
