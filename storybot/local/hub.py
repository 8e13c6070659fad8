"""Downloads a model from the Hugging Face hub: goes on where it broke off, and is whole and checked, or not there at all.

`huggingface_hub` says where a file lies and fetches it (it honours HF_ENDPOINT, HF_TOKEN and the proxies of the environment);
what it does not do stands here: to go on after a restart, to check the sum of the whole file, to look for room first.
"""

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import random
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from storybot.local.catalogue import Entry
from storybot.local.problems import PullBusy, PullChecksum, PullNoSpace, PullNotFound, PullRefused, PullUnreachable
from storybot.local.shelf import SUFFIX, parts

log = logging.getLogger(__name__)

#: Is told how many bytes of how many are there, often; may raise to end the download.
Progress = Callable[[int, int], None]

#: What is left free on the disk, in bytes: the stories lie there too.
_SPARE = 256 * 1024**2
#: Tries that bring nothing new after which one gives up, and the pauses between them, in seconds, with jitter.
_TRIES = 5
_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def pull(entry: Entry, folder: Path, progress: Progress, *, endpoint: str | None = None, pauses_s: tuple[float, ...] = _PAUSES_S) -> Path:
    """Download a model into the model folder, or go on with it. Returns the file.

    progress: what it raises ends the download, whose part stays for the next time. endpoint: the hub's address; default: HF_ENDPOINT
    or the public hub.
    Raises: PullBusy, PullRefused, PullNotFound, PullUnreachable, PullNoSpace, PullChecksum.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{entry.name}{SUFFIX}"
    with _only_one(folder, entry.name):
        if target.exists():
            return target
        source = _Source(entry, endpoint)
        part = _part_of(folder, entry.name, source.tag)
        for old in parts(folder, entry.name):
            if old != part:
                old.unlink()
        try:
            _fetch(source, part, progress, pauses_s)
            source.check(part)
            part.replace(target)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            part.unlink(missing_ok=True)  # a full disk would keep the stories from being written
            raise _no_room(source.size, folder) from error
    _sync(folder)
    return target


def discard(folder: Path, name: str) -> None:
    """Delete what is there of a download; nothing where one is under way."""
    with contextlib.suppress(PullBusy, FileNotFoundError), _only_one(folder, name):
        for part in parts(folder, name):
            part.unlink(missing_ok=True)


def _part_of(folder: Path, name: str, tag: str) -> Path:
    return folder / f".{name}.{hashlib.blake2s(tag.encode(), digest_size=8).hexdigest()}.part"


@contextlib.contextmanager
def _only_one(folder: Path, name: str) -> Iterator[None]:
    """Raises: PullBusy where another process is at it."""
    with (folder / f".{name}.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PullBusy from None
        yield


class _Source:
    """Where the file lies, how large it is, and what its sum must be: as the catalogue says, else as the hub does."""

    def __init__(self, entry: Entry, endpoint: str | None) -> None:
        from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url

        self.url = hf_hub_url(entry.repo, entry.file, revision=entry.revision, endpoint=endpoint)
        self.host = urlsplit(self.url).hostname or constants.ENDPOINT
        with self.told():
            found = get_hf_file_metadata(self.url, retry_on_errors=True, endpoint=endpoint)
        tag, size = found.etag or "", found.size
        told = tag if _SHA256.fullmatch(tag) else None
        if size is None or not (told or entry.sha256):
            raise PullChecksum("The hub says neither how large the file is nor what its sum must be.")
        if (entry.sha256 and told and told != entry.sha256) or (entry.size_bytes and size != entry.size_bytes):
            raise PullChecksum("The file at the hub is another one than the catalogue knows.")
        self.size: int = size
        self.sha256: str = entry.sha256 or told or ""
        self.tag = f"{self.sha256} {size}"

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """The hub's refusals within the block become problems."""
        from httpx2 import HTTPError
        from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

        try:
            yield
        except GatedRepoError as error:
            raise self._refused() from error
        except (RepositoryNotFoundError, EntryNotFoundError, RevisionNotFoundError) as error:
            if _status(error) in (401, 403):
                raise self._refused() from error
            raise PullNotFound("The hub does not have this file (any more).", host=self.host) from error
        except HfHubHTTPError as error:
            if _status(error) in (401, 403):
                raise self._refused() from error
            raise self.unreachable() from error
        except (HTTPError, ConnectionError, TimeoutError) as error:
            raise self.unreachable() from error

    def _refused(self) -> PullRefused:
        return PullRefused("The hub wants a token (HF_TOKEN) of somebody who has accepted the model's terms.", host=self.host)

    def unreachable(self) -> PullUnreachable:
        """The problem that is told when tries are used up."""
        return PullUnreachable("The hub cannot be reached, or keeps breaking off. What has come is kept.", host=self.host)

    def check(self, part: Path) -> None:
        """Raises: PullChecksum, and deletes the file, where it is not what it should be."""
        with part.open("rb") as file:
            if os.fstat(file.fileno()).st_size == self.size and hashlib.file_digest(file, "sha256").hexdigest() == self.sha256:
                return
        part.unlink()
        raise PullChecksum("What came is not what the hub says that it has: try again later.", host=self.host)


def _status(error: Any) -> int:
    response = getattr(error, "response", None)
    return response.status_code if response is not None else 0


def _fetch(source: _Source, part: Path, progress: Progress, pauses_s: tuple[float, ...]) -> None:
    """Get what is missing, in as many tries as bring something new. Raises: PullUnreachable, PullNoSpace, OSError (disk)."""
    failed = 0
    while True:
        before = _size(part)
        if before >= source.size:
            return
        _require_room(source.size, source.size - before, part.parent)
        problem = _try(source, part, before, progress)
        if problem is None:
            return
        failed = 0 if _size(part) > before else failed + 1
        if failed >= _TRIES or isinstance(problem, (PullRefused, PullNotFound)):
            raise problem
        log.info("a download broke off; going on", extra={"slug": problem.slug, "bytes": _size(part)})
        time.sleep(pauses_s[min(failed, len(pauses_s) - 1)] * random.uniform(0.8, 1.2))


def _try(source: _Source, part: Path, before: int, progress: Progress) -> PullUnreachable | PullRefused | PullNotFound | None:
    """One request for what is missing. Returns why it broke off, None where all came. Raises: OSError where the disk refuses."""
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if before:
        headers["Range"] = f"bytes={before}-"
    try:
        with (
            source.told(),
            get_session().stream("GET", source.url, headers=headers, follow_redirects=True, timeout=20.0) as response,
            part.open("ab") as file,
        ):
            hf_raise_for_status(response)
            if before and (response.status_code != 206 or not _goes_on(response.headers.get("Content-Range", ""), before)):
                file.truncate(0)  # it gives the whole file instead
            _receive(response.iter_raw(), file, source.size, progress)
    except (PullUnreachable, PullRefused, PullNotFound) as problem:
        return problem
    return None if _size(part) == source.size else source.unreachable()


def _receive(blocks: Iterator[bytes], file: IO[bytes], size: int, progress: Progress) -> None:
    there = os.fstat(file.fileno()).st_size
    progress(there, size)
    for block in blocks:
        file.write(block)
        there += len(block)
        if there > size:
            break  # its sum will not be right
        progress(there, size)
    file.flush()
    os.fsync(file.fileno())


def _goes_on(content_range: str, at: int) -> bool:
    return content_range.startswith(f"bytes {at}-")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _require_room(size: int, missing: int, folder: Path) -> None:
    """Raises: PullNoSpace."""
    if shutil.disk_usage(folder).free < missing + _SPARE:
        raise _no_room(size, folder)


def _no_room(needed: int, folder: Path) -> PullNoSpace:
    free = shutil.disk_usage(folder).free
    return PullNoSpace(
        f"The model takes {needed / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free, of which a little must stay so.",
        needed_bytes=needed + _SPARE,
        free_bytes=free,
    )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
