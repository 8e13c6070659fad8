"""`make dev`: the backend, started again whenever a file of it changes, and Vite with reload on port 3000."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOOK_S = 0.5


def main() -> None:
    """Run both until Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Not through npm, which ends without what it started.
    vite = subprocess.Popen([ROOT / "web" / "node_modules" / ".bin" / "vite"], cwd=ROOT / "web")  # noqa: S603
    backend = _backend()
    seen = _written()
    try:
        while vite.poll() is None:
            time.sleep(LOOK_S)
            # A backend that ended by itself has said why; it is started again when something has changed.
            written = _written()
            if written != seen:
                seen = written
                _end(backend)
                backend = _backend()
    except KeyboardInterrupt:
        pass
    finally:
        _end(backend)
        _end(vite)


def _backend() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "storybot", "run"], cwd=ROOT, env=os.environ | {"STORYBOT_OPEN_BROWSER": "off"})


def _written() -> dict[Path, float]:
    """The backend's files, and when each was last written."""
    found = {}
    for ending in ("py", "toml", "json"):
        for path in (ROOT / "storybot").rglob(f"*.{ending}"):
            with contextlib.suppress(FileNotFoundError):  # an editor puts the new file in the place of the old one
                found[path] = path.stat().st_mtime
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


main()
