import pytest

import earmark as em
from earmark.engine.data.addresses import bare, folder, is_address, join, packed_as, shown


@pytest.mark.parametrize(
    ("base", "name", "address"),
    [
        ("s3://bucket", "a.wav", "s3://bucket/a.wav"),
        ("s3://bucket/dir", "./x/../a.wav", "s3://bucket/dir/a.wav"),
        ("s3://bucket/dir", "x::file:///etc/passwd", "s3://bucket/dir/x::file:/etc/passwd"),
        ("https://host/dir", "a?b#c.wav", "https://host/dir/a%3Fb%23c.wav"),
        ("hf://owner/name@main", "clips/a.wav", "hf://owner/name@main/clips/a.wav"),
    ],
)
def test_a_path_is_joined_to_the_address_of_its_rows(base, name, address):
    assert join(base, name) == address


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("s3://bucket/dir", "../../other/a.wav"),
        ("https://host", "../a.wav"),
        ("hf://owner/name@main", "../private/a.wav"),
        ("hf://owner/name@main/dir", "../../private/a.wav"),
    ],
)
def test_a_path_that_leaves_the_bucket_the_host_or_the_repository_is_refused(base, name):
    with pytest.raises(em.DataError, match=r"leaves (s3://bucket|https://host|hf://owner/name)"):
        join(base, name)


@pytest.mark.parametrize("name", ["/tmp/a.wav", "~/a.wav", "~somebody/a.wav", "//tmp/a.wav"])
def test_no_row_from_elsewhere_names_a_file_of_this_machine(name):
    with pytest.raises(em.DataError, match="its row comes from s3://bucket/dir; give the path"):
        join("s3://bucket/dir", name)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("s3://bucket/a.wav", "s3://bucket/a.wav"),
        ("https://token@host/a.wav#x", "https://host/a.wav?..."),
        ("abfs://container@account.dfs.net/a.wav", "abfs://container@account.dfs.net/a.wav"),
        ("hf://owner/name@v1?split=train", "hf://owner/name@v1?split=train"),
        ("a@b?c=d", "a@b?c=d"),
        ("HTTPS://me:pw@host/a.wav?sig=x", "HTTPS://host/a.wav?..."),
        ("https://me:p@ss@host/a@b.wav", "https://host/a@b.wav"),
        ("s3://key:pw@bucket/what?.csv", "s3://bucket/what?.csv"),
        ("az://box/a.csv?se=1&sig=x/y", "az://box/a.csv?..."),
        ("https://[x/rows.jsonl?sig=x", "https://[x/rows.jsonl?..."),
    ],
)
def test_what_is_shown_of_an_address_has_no_secret(address, safe):
    assert shown(address) == safe


def test_a_folder_is_no_part_of_the_query():
    assert folder("https://me:pw@host/dir/rows.jsonl?path=/a/b") == "https://host/dir"
    assert not is_address("C:\\rows.jsonl") and not is_address("dir/s3://x")


@pytest.mark.parametrize(
    ("path", "suffix", "name"),
    [
        ("a.jsonl.gz", ".gz", "a.jsonl.gz"),
        ("what?.zst", ".zst", "what?.zst"),
        ("https://host/a.csv.gz?sig=x/y.zst", ".gz", "https://host/a.csv.gz"),
        ("https://me@host/a.csv#1", "", "https://me@host/a.csv"),
        ("https://[x/a.csv.gz?y", ".gz", "https://[x/a.csv.gz"),
        ("s3://bucket/set #1/what?.csv.gz", ".gz", "s3://bucket/set #1/what?.csv.gz"),
        ("s3://bucket/a.csv.gz?versionId=1", ".gz", "s3://bucket/a.csv.gz"),
        ("hf://owner/name@v1?split=a#b", "", "hf://owner/name@v1"),
    ],
)
def test_how_a_file_is_packed_is_told_by_its_name_without_a_query(path, suffix, name):
    assert (packed_as(path), bare(path)) == (suffix, name)
