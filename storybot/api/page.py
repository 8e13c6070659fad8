"""The built page: its files, and its index for every address that is one of the page's own.

What is neither a route of the API nor a file is the page's when a browser asks for a document, so that deep links work;
for every other client it is a 404 problem.
"""

import html
import re
from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, abort, current_app, request, send_from_directory
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.security import safe_join

from storybot.api.request import runtime
from storybot.policy import page_policy

blueprint = APIBlueprint("page", __name__, enable_openapi=False)

_META = re.compile(r'(<meta name="storybot-api" content=")[^"]*(")')
_NOT_BUILT = "The page is not built: run `make build`, or use the API alone (its documentation is at /docs).\n"


@blueprint.get("/", defaults={"path": ""})
@blueprint.get("/<path:path>")
def page(path: str) -> Response:
    """A file of the built page, or its index."""
    if others := _methods_of_the_api():
        raise MethodNotAllowed(valid_methods=others)
    if request.environ.get("storybot.prefixed"):
        abort(404)
    folder = runtime().settings.dist_path
    inside = safe_join(str(folder), path) if path else None
    if inside and Path(inside).is_file():
        return _file(folder, path)
    if path and ("." in path.rsplit("/", 1)[-1] or not _wants_document()):
        abort(404)
    return _index(folder)


@blueprint.before_app_request
def refuse_unknown_path() -> None:
    """The page's rule knows every path, for GET: a path that only it knows does not exist for other methods."""
    adapter = current_app.create_url_adapter(request)
    if not isinstance(request.routing_exception, MethodNotAllowed) or adapter is None or _methods_of_the_api():
        return
    if adapter.match(method="GET")[0] == "page.page":
        abort(404)


_READING = {"GET", "HEAD", "OPTIONS"}


def _methods_of_the_api() -> list[str]:
    """The methods besides reading that some route of the API has at this path."""
    adapter = current_app.create_url_adapter(request)
    return sorted(set(adapter.allowed_methods()) - _READING) if adapter else []


def _wants_document() -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _file(folder: Path, path: str) -> Response:
    """A file; its compressed twin where the browser takes it. Names below /assets/ hold a hash, so they never change."""
    squeezed = (folder / f"{path}.gz").is_file() and request.accept_encodings["gzip"] > 0
    try:
        response = send_from_directory(folder, f"{path}.gz" if squeezed else path, mimetype=_TYPES.get(Path(path).suffix), conditional=True)
    except NotFound:
        abort(404)
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    immutable = path.startswith("assets/")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
    response.headers["Content-Security-Policy"] = page_policy(runtime().settings)
    return response


_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".html": "text/html",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain",
}


def _index(folder: Path) -> Response:
    index = folder / "index.html"
    if not index.is_file():
        return Response(_NOT_BUILT, status=503, mimetype="text/plain")
    settings = runtime().settings
    api = html.escape(settings.api_url or settings.api_prefix, quote=True)
    text = _META.sub(lambda match: match[1] + api + match[2], index.read_text(encoding="utf-8"))
    headers = {"Content-Security-Policy": page_policy(settings), "Cache-Control": "no-cache"}
    return Response(text, mimetype="text/html", headers=headers)
