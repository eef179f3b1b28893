"""Data sets of the Hugging Face hub by their address, to records.

*Conventions*: an address is ``hf://owner/name@revision?split=train&config=en``; all but owner and
name may be left out where there is only one of it, and ``hf://datasets/owner/name`` means the
same. With a path, ``hf://owner/name/dir/rows.jsonl``, it is one file. Files are fetched into
the hub's cache (of the split alone, where the card of the data set lists its files) and read from
there: what was read once can be read again without a network. No code of a data set is ever
run, and nothing is counted or reported to anybody.

*Reference*: huggingface.co/docs/hub/datasets-manual-configuration.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import DataError, EarmarkWarning, MissingExtra, did_you_mean
from ..types import Rejection
from .hf_datasets import records
from .hub_cache import Place, hub_errors, parsed, snapshot
from .records import Record

_CARD = "README.md"
_COMMIT = re.compile(r"[0-9a-f]{40}")


def resolve(address: str) -> str:
    """The address with the commit that its revision stands for now.

    Where the hub cannot be reached, it is the commit that the hub's cache has under this name.

    Raises:
        DataError: there is no such data set or revision, or nobody who knows it can be asked.
        MissingExtra: the hub's package is not installed.
    """
    place = parsed(address)
    if _COMMIT.fullmatch(place.revision):
        return str(place)
    with hub_errors(place):
        folder = _head(place)
    return str(replace(place, revision=os.path.basename(folder)))


def read_hub(address: str) -> Iterator[Record | Rejection]:
    """The rows of one split of a data set.

    Raises:
        DataError: the data set, its revision, configuration or split does not exist or cannot be
            had; or there are several to choose from.
        MissingExtra: the hub's packages are not installed.
    """
    place = parsed(address)
    with hub_errors(place):
        dataset, promised, folder = _opened(place)
    count = 0
    for record in records(dataset, str(place)):
        if isinstance(record, Record):
            record = record._replace(value=_from_root(record.value, folder))
        yield record
        count += 1
    if promised is not None and count < promised:
        message = (
            f"{place}: its card promises {promised} rows, {count} are there; if files are missing "
            f"in the hub's cache, fetch them: hf download --repo-type dataset {place.repo}"
        )
        warnings.warn(message, EarmarkWarning, stacklevel=2)


def _from_root(value: Any, folder: str) -> Any:
    """A value whose files in the hub's cache are named from the root of the data set: their base.

    A path of this machine would be refused: rows from elsewhere must name none.
    """
    if isinstance(value, str):
        return value.removeprefix(os.path.join(folder, ""))
    if isinstance(value, Mapping):
        return {key: _from_root(part, folder) for key, part in value.items()}
    return [_from_root(part, folder) for part in value] if isinstance(value, list) else value


def _opened(place: Place) -> tuple[Any, int | None, str]:
    """The split as an IterableDataset, its rows by the card, and the folder of its files here."""
    try:
        import datasets
        from datasets.info import DatasetInfosDict
    except ImportError as error:
        raise MissingExtra("datasets", "hf", f"reading {place}") from error
    head = _head(place)
    card = _card(head)
    entries = card.get("configs") or ()
    default = next((entry["config_name"] for entry in entries if entry.get("default")), "default")
    infos = DatasetInfosDict.from_dataset_card_data(card)
    listed = _listed(entries)
    if listed:
        config = _chosen(place, "config", listed, default)
        split = _chosen(place, "split", listed[config])
        features = infos[config].features if config in infos else None
        dataset = _of_files(place, config, split, listed[config][split], features)
    else:
        folder = snapshot(place, None)
        config = _chosen(place, "config", datasets.get_dataset_config_names(folder), default)
        splits = datasets.load_dataset(folder, config, streaming=True)
        split = _chosen(place, "split", splits)
        dataset = splits[split]
    counts = infos[config].splits if config in infos else None
    promised = counts[split].num_examples if counts and split in counts else None
    return dataset, promised, head


def _of_files(place: Place, config: str, split: str, paths: list[str], features: Any) -> Any:
    import datasets

    folder = snapshot(place, [_CARD, *_patterns(paths)])
    files = {split: paths}
    builder = datasets.load_dataset_builder(folder, config, data_files=files, features=features)
    return builder.as_streaming_dataset(split=split)


def _head(place: Place) -> str:
    """The folder of the revision in the hub's cache, with the card in it.

    Raises:
        DataError: the data set is a program.
    """
    script = f"{place.repo.partition('/')[2]}.py"
    folder = snapshot(place, [_CARD, script])
    if os.path.exists(os.path.join(folder, script)):
        raise DataError(
            f"{place}: this data set is a program ({script}), and none is ever run; the hub may "
            f"have its rows as Parquet: hf://{place.repo}@refs/convert/parquet"
        )
    return folder


def _card(folder: str) -> Any:
    """What the head of the data set's card says."""
    from huggingface_hub import DatasetCard, DatasetCardData

    path = os.path.join(folder, _CARD)
    return DatasetCard.load(path).data if os.path.exists(path) else DatasetCardData()


def _listed(entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Configuration -> split -> patterns of its files, where the card lists all of them."""
    listed: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        files: Any = entry.get("data_files")
        by_split = isinstance(files, list) and all(isinstance(part, Mapping) for part in files)
        if not by_split or "data_dir" in entry:
            return {}  # split by their names: only with all files there can that be done
        listed[entry["config_name"]] = {
            str(part["split"]): [part["path"]] if isinstance(part["path"], str) else part["path"]
            for part in files
        }
    return listed


def _patterns(paths: Collection[str]) -> list[str]:
    """The same files for the hub, where ``**/`` is a folder at least, and not perhaps none."""
    plain = [path.removeprefix("./") for path in paths]
    return [*plain, *(path.replace("**/", "") for path in plain if "**/" in path)]


def _chosen(place: Place, what: str, known: Collection[str], default: str = "") -> str:
    """The configuration or the split that the address names, else the default or the only one."""
    asked = getattr(place, what)
    names = ", ".join(map(repr, known))
    if asked in known:
        return str(asked)
    if asked:
        near = did_you_mean(asked, known)
        raise DataError(f"{place}: there is no {what} {asked!r}; there is {names}.{near}")
    if default in known:
        return default
    if len(known) != 1:
        one = str(replace(place, **{what: next(iter(known), "train")}))
        raise DataError(f"{place}: it has several {what}s, {names}; name one: {one}")
    return str(next(iter(known)))
