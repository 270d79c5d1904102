"""Files come from another host than the API: fetched without the token, bounded, and straight to the disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from dataclasses import replace
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import requests

from rca.github import faults
from rca.github.client import leave_redirects
from rca.github.errors import GitHubError
from rca.github.request import File, Request
from rca.github.settings import Settings, is_loopback
from rca.github.watch import BrokenError, within
from rca.version import __version__

HOPS = 5
TIMEOUT = (15, 60)  # seconds for a connection, and for the next bytes
LONGEST = 3_600.0  # seconds for a file
START = 120.0  # seconds before it has to come at a pace
SLOWEST = 16_384  # bytes a second
PART = 262_144


def outcome(address: str, request: Request, file: File, settings: Settings) -> int | GitHubError:
    """Fetch a file from an address, and return its size or what went wrong; then there is no file."""
    try:
        return _watched(address, file, settings.ca_file)
    except (*faults.LIBRARIES, ValueError) as error:  # a redirect to what is no address is a ValueError
        return faults.fault(error, request, settings, host=_host(address))
    except StorageError as error:
        return faults.storage(error.status, request)
    except OSError as error:
        reason = f"{file.target}: cannot be written: {error.strerror}"
        return GitHubError(f"cannot {request.doing}: {reason}", "check the path, the permissions and the free space")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class StorageError(Exception):
    """The host of the files answered with a status that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _watched(address: str, file: File, ca_file: str) -> int:
    """The same within a time that grows with what has come."""
    came, over = 0, False

    def progress(size: int) -> None:
        nonlocal came
        came = size
        if over:
            raise BrokenError("slow")
        if file.progress:
            file.progress(size)

    try:
        return within(lambda: min(LONGEST, START + came / SLOWEST), lambda: _fetch(address, replace(file, progress=progress), ca_file))
    except BaseException:
        over = True  # whoever still reads stops with the next bytes
        raise


def _fetch(address: str, file: File, ca_file: str) -> int:
    target = file.target
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream, requests.Session() as session:
            session.auth = _nobody  # else a .netrc would speak for us
            leave_redirects(session)
            size = _copy(_opened(session, address, ca_file), stream, file)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    return size


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _opened(session: requests.Session, address: str, ca_file: str) -> requests.Response:
    """The answer that holds the file, behind at most HOPS redirects, all of them to https."""
    for _hop in range(HOPS):
        scheme, host = address.partition(":")[0].lower(), _host(address)
        if not host or (scheme != "https" and not (scheme == "http" and is_loopback(host))):
            raise BrokenError("open")
        response = session.get(
            address,
            headers={"User-Agent": f"rca/{__version__}", "Accept-Encoding": "identity"},
            timeout=TIMEOUT,
            verify=ca_file or True,
            allow_redirects=False,
            stream=True,
        )
        if response.status_code == 200:
            return response
        response.close()
        if response.status_code not in {301, 302, 303, 307, 308}:
            raise StorageError(response.status_code)
        address = _next(address, response.headers.get("Location", ""))
    raise BrokenError("loop")


def _next(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        return ""


def _copy(response: requests.Response, stream: BinaryIO, file: File) -> int:
    size, digest = 0, hashlib.sha256()
    with response:
        for part in response.iter_content(PART):
            size += len(part)
            if size > file.most:
                raise BrokenError("large")
            digest.update(part)
            stream.write(part)
            if file.progress:
                file.progress(size)
    if file.digest.startswith("sha256:") and file.digest.removeprefix("sha256:").lower() != digest.hexdigest():
        raise BrokenError("other")
    return size
