"""Receives an archive: streams the one file of a multipart body to the disk, never into memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from storybot.errors import Invalid
from storybot.imports.refusals import TooLarge, Unreadable

#: What a multipart body may have besides its file, in bytes.
ROUND_ABOUT = 16_384
#: What the parser holds in memory at the most, in bytes: it reads 64 KiB at a time.
HELD = 500_000
#: How every zip file begins. Source: PKWARE's APPNOTE.TXT, 4.3.7 and 4.3.16 (an empty one).
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def receive(environ: Mapping[str, Any], to: Path, limit: int) -> int:
    """Write the file of the request's multipart body to `to`, which is there only when it is whole.

    environ: the request's WSGI environment; limit: the file's largest size, in bytes. Returns its size, in bytes.
    Raises: TooLarge, Unreadable (no zip file), Invalid (no file, or several), BadRequest (a body that cannot be read).
    """
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = to.with_suffix(".part")
    opened: list[IO[bytes]] = []

    def open_file(*_about: object, **_more: object) -> IO[bytes]:
        if opened:
            raise _no_one_file()
        opened.append(part.open("w+b"))
        return opened[0]

    try:
        try:
            parser = FormDataParser(open_file, max_form_memory_size=HELD, max_content_length=limit + ROUND_ABOUT, max_form_parts=5, silent=False)
            parser.parse_from_environ(dict(environ))
        except RequestEntityTooLarge as error:
            if 0 < int(environ.get("CONTENT_LENGTH") or 0) <= limit:
                raise _no_one_file() from error  # too many parts, or long texts beside the file
            raise TooLarge(f"An archive may have {limit} bytes.", limit=limit) from error
        except (ValueError, TimeoutError, EOFError) as error:
            raise BadRequest from error
        if not opened:
            raise _no_one_file()
        return _checked(opened[0], part, to, limit)
    finally:
        for file in opened:
            file.close()
        part.unlink(missing_ok=True)


def _checked(file: IO[bytes], part: Path, to: Path, limit: int) -> int:
    file.flush()
    size = part.stat().st_size
    if size > limit:
        raise TooLarge(f"An archive may have {limit} bytes.", limit=limit)
    file.seek(0)
    if not file.read(4).startswith(ZIP):
        raise Unreadable("The file is no zip file, or it is damaged.")
    part.replace(to)
    return size


def _no_one_file() -> Invalid:
    sentence = "Send one file, as a part with a file name of a multipart/form-data body."
    return Invalid(sentence, errors=[{"pointer": "/file", "detail": sentence}])
