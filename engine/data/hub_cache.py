"""Files of the Hugging Face hub's data sets, in the hub's cache on this machine.

*Conventions*: what was fetched once is read from the cache, without a network too, by the name
of its revision or its commit. Nothing is counted or reported to anybody.

*Reference*: huggingface.co/docs/huggingface_hub/guides/manage-cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from ..errors import DataError, EarmarkError, MissingExtra, did_you_mean
from .refusals import refusal, without_secrets

_ADDRESS = re.compile(
    r"hf://(?:datasets/)?(?P<repo>[^/@?]+/[^/@?]+)"
    r"(?:@(?P<revision>refs/[^/?]+/[^/?]+|[^/?]+))?(?:/(?P<path>[^?]*))?(?:\?(?P<query>.*))?"
)
_OTHER_KINDS = ("models/", "spaces/", "buckets/", "kernels/")
_FORM = "write hf://owner/name@revision?split=train&config=en"
_TOKEN = "set HF_TOKEN (or run `hf auth login`)"


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of an address."""

    repo: str
    revision: str = "main"
    path: str = ""
    split: str = ""
    config: str = ""

    def __str__(self) -> str:
        asked = "&".join(f"{k}={v}" for k in ("split", "config") if (v := getattr(self, k)))
        path = f"/{self.path}" if self.path else ""
        return f"hf://{self.repo}@{self.revision}{path}{'?' if asked else ''}{asked}"


def parsed(address: str) -> Place:
    """The parts of an address.

    Raises:
        DataError: it is none of a data set, or asks for more than a split and a configuration.

    >>> parsed("hf://datasets/owner/name@v1?split=train")
    Place(repo='owner/name', revision='v1', path='', split='train', config='')
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or match["repo"].startswith(_OTHER_KINDS):
        raise DataError(f"{address}: this is not the address of a data set on the hub; {_FORM}")
    asked = dict(parse_qsl(match["query"] or "", keep_blank_values=True))
    unknown = next((name for name in asked if name not in ("split", "config")), None)
    if unknown is not None:
        near = did_you_mean(unknown, ("split", "config"))
        raise DataError(f"{address}: {unknown!r} means nothing in such an address; {_FORM}.{near}")
    revision = unquote(match["revision"] or "main")
    return Place(match["repo"], revision, (match["path"] or "").strip("/"), **asked)


def names_file(address: str) -> bool:
    """Whether an address names one file of a data set.

    >>> names_file("hf://owner/name@main/rows.jsonl"), names_file("hf://owner/name?split=test")
    (True, False)
    """
    return bool(parsed(address).path)


def fetch(address: str) -> str:
    """The path of one file of a data set, in the hub's cache on this machine.

    Raises:
        DataError: it cannot be had.
        MissingExtra: the hub's package is not installed.
    """
    place = parsed(address)
    if ".." in place.path.split("/"):
        raise DataError(f"{address}: the path leaves the data set")
    with hub_errors(place):
        return str(
            _hub(place).hf_hub_download(
                place.repo, place.path, repo_type="dataset", revision=place.revision
            )
        )


def snapshot(place: Place, patterns: list[str] | None) -> str:
    """The folder of the revision in the hub's cache, with the files of these patterns in it."""
    hub = _hub(place)
    return str(
        hub.snapshot_download(
            place.repo, repo_type="dataset", revision=place.revision, allow_patterns=patterns
        )
    )


@contextmanager
def hub_errors(place: Place) -> Iterator[None]:
    """What goes wrong at the hub as a DataError that says why, and how to mend it."""
    try:
        yield
    except EarmarkError:
        raise
    except Exception as error:  # of the hub's client, its transport, or what reads the files
        raise DataError(f"{place}: {_why(error, place)}") from error


def _hub(place: Place) -> Any:
    try:
        import huggingface_hub
        from huggingface_hub import constants
    except ImportError as error:
        raise MissingExtra("huggingface_hub", "hf", f"reading {place}") from error
    # else what is installed here goes to the hub with each request, and more is asked of it
    constants.HF_HUB_DISABLE_TELEMETRY = True
    return huggingface_hub


def _why(error: Exception, place: Place) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return f"access is given on request; ask for it on the data set's page, then {_TOKEN}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"there is no such data set, or it is private; check the name, or {_TOKEN}"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"the data set has no revision {place.revision!r}"
    if isinstance(error, errors.LocalEntryNotFoundError):
        return (
            f"it is not in the hub's cache, and the hub cannot be asked "
            f"({_unreachable(error.__cause__ or error)}); with a network, fetch it: "
            f"hf download --repo-type dataset {place.repo} --revision {place.revision}"
        )
    if isinstance(error, errors.EntryNotFoundError):
        return f"the data set has no file {place.path!r}"
    if isinstance(error, FileNotFoundError):
        return (
            f"files of it are missing ({without_secrets(str(error))}); if the hub's cache is "
            f"incomplete, fetch them: hf download --repo-type dataset {place.repo}"
        )
    why = refusal(error, "hf")
    return f"{why}; {_TOKEN}" if why.startswith("access is refused") else why


def _unreachable(error: BaseException) -> str:
    name = type(error).__name__
    return "HF_HUB_OFFLINE is set" if name == "OfflineModeIsEnabled" else refusal(error, "hf")
