"""The API's prefix on a host that it shares with the page.

The API answers at the root, as the seed has it. A request below the prefix is the same request: the prefix moves from
PATH_INFO to SCRIPT_NAME (PEP 3333), so that every link in the answer carries it too.
"""

from collections.abc import Iterable
from typing import Any


class Prefix:
    """WSGI middleware; `prefix` is empty or a path such as `/api`."""

    def __init__(self, app: Any, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if self._prefix and (path == self._prefix or path.startswith(self._prefix + "/")):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self._prefix
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
            environ["storybot.prefixed"] = True
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer
