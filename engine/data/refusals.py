"""Why a driver or a server refused, in plain words, with what to do about it.

*Conventions*: drivers have exceptions of their own, which are told by the names of their types
and by the status they carry, so that none of the drivers need be there. The innermost cause
counts first: ``fsspec`` says of everything over http that no such file was found. Secrets that
stand in a driver's words (signed addresses, passwords) are taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_AWS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE (AWS_ENDPOINT_URL for a "
    "service other than Amazon's, FSSPEC_S3='{\"anon\": true}' for a public bucket)"
)
_GOOGLE = "set GOOGLE_APPLICATION_CREDENTIALS to the path of a key file"
_AZURE = (
    "set AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or "
    "AZURE_STORAGE_CONNECTION_STRING"
)
_HTTP = (
    "sign the address, or set its headers: "
    'FSSPEC_HTTPS=\'{"client_kwargs": {"headers": {"Authorization": "Bearer ..."}}}\''
)
_CREDENTIALS = {
    **dict.fromkeys(("http", "https"), _HTTP),
    **dict.fromkeys(("s3", "s3a"), _AWS),
    **dict.fromkeys(("gs", "gcs"), _GOOGLE),
    **dict.fromkeys(("az", "abfs", "abfss", "adl"), _AZURE),
}
_NO_ACCESS = "access is refused"
_NO_CREDENTIALS = "no credentials are found"
_NO_HOST = "its host is not found; check the address and the network"
_NOBODY = "the connection is refused, nothing answers there; check the address"
_LOST = "the connection was lost; read it again, or fetch the file first"
_LATE = "no answer came in time; read it again, or fetch the file first"
# name of an exception's type, in any driver -> cause
_NAMED = {
    "gaierror": _NO_HOST,  # socket, which is not imported for its name
    "SSLCertVerificationError": "the certificate of its host is not trusted",
    "NoCredentialsError": _NO_CREDENTIALS,  # botocore
    "PartialCredentialsError": _NO_CREDENTIALS,
    "CredentialRetrievalError": _NO_CREDENTIALS,
    "DefaultCredentialsError": _NO_CREDENTIALS,  # google.auth
    "RefreshError": _NO_CREDENTIALS,
    "ClientAuthenticationError": _NO_CREDENTIALS,  # azure
    "ProfileNotFound": "the profile that AWS_PROFILE names is not found",
    "NoSuchBucket": "there is no such bucket",
    "ClientPayloadError": _LOST,  # aiohttp
    "ServerDisconnectedError": _LOST,
    "IncompleteReadError": _LOST,
    "ResponseStreamingError": _LOST,  # botocore
    "ServerTimeoutError": _LATE,
    "FSTimeoutError": _LATE,
    "ReadTimeoutError": _LATE,
    "ConnectTimeoutError": _LATE,
    "EndpointConnectionError": "no endpoint answers there; check the address and AWS_ENDPOINT_URL",
}
# the same for Python's own exceptions, the narrower ones first
_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (ConnectionRefusedError, _NOBODY),
    (TimeoutError, _LATE),
    (ConnectionError, _LOST),
    (PermissionError, _NO_ACCESS),
    (IsADirectoryError, "it is a folder; name a file in it"),
)
_STATUS_NAMES = ("status", "status_code", "code")
_USER = re.compile(r"(\w://)[^/\s]+@")
_QUERY = re.compile(r"\?[^\s'\"<>)\]]+")


def refusal(error: BaseException, scheme: str) -> str:
    """The cause of a failure, and its cure where one is known.

    >>> refusal(PermissionError("Forbidden"), "gs")
    'access is refused; set GOOGLE_APPLICATION_CREDENTIALS to the path of a key file'
    """
    cause = next(filter(None, map(_cause, _innermost_first(error))), None)
    if cause is None and isinstance(error, FileNotFoundError):
        cause = "there is no such file"
    cause = cause or f"{type(error).__name__}: {without_secrets(str(error))}"
    barred = cause.startswith(_NO_ACCESS) or "credentials" in cause
    cure = _CREDENTIALS.get(scheme) if barred else None
    return f"{cause}; {cure}" if cure else cause


def _innermost_first(error: BaseException) -> Iterator[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return reversed(chain)


def _cause(error: BaseException) -> str | None:
    names = (kind.__name__ for kind in type(error).__mro__)
    named = next((_NAMED[name] for name in names if name in _NAMED), None)
    kind = next((words for kind, words in _KINDS if isinstance(error, kind)), None)
    return named or kind or _of_status(_status(error))


def _status(error: BaseException) -> int | None:
    """The status of HTTP that an exception of aiohttp, azure, gcsfs, botocore or httpx has."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # of botocore
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status if isinstance(status, int) else None
    for place in (error, response):
        status = next(filter(None, (getattr(place, name, None) for name in _STATUS_NAMES)), None)
        if isinstance(status, int | str) and str(status).isdigit():
            return int(status)
    return None


def _of_status(status: int | None) -> str | None:
    if status in (401, 403):
        return f"{_NO_ACCESS} ({status})"
    if status in (404, 410):
        return f"there is no such file ({status})"
    if status == 429:
        return "too many requests were made (429); wait, then read it again"
    if status is not None and 500 <= status < 600:
        return f"the server failed ({status}); read it again later"
    return None


def without_secrets(text: str) -> str:
    """The first line of a driver's words, without users and queries in its addresses.

    >>> without_secrets("cannot reach https://me:pw@host/a.wav?sig=0123 (timeout)")
    'cannot reach https://host/a.wav?... (timeout)'
    """
    first = (text.splitlines() or [""])[0][:300]
    return _QUERY.sub("?...", _USER.sub(r"\1", first))
