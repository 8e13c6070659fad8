"""`make dev`: the backend, started again whenever a file of it changes, and Vite with reload on port 3000."""

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
    vite = subprocess.Popen(["npm", "--prefix", "web", "run", "dev"], cwd=ROOT)  # noqa: S607
    backend = _backend()
    seen = _newest()
    try:
        while vite.poll() is None:
            time.sleep(LOOK_S)
            newest = _newest()
            if newest != seen or backend.poll() is not None:
                seen = newest
                _end(backend)
                backend = _backend()
    except KeyboardInterrupt:
        pass
    finally:
        _end(backend)
        _end(vite)


def _backend() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "storybot", "run"], cwd=ROOT, env=os.environ | {"STORYBOT_OPEN_BROWSER": "off"})


def _newest() -> float:
    files = [path for ending in ("py", "toml", "json") for path in (ROOT / "storybot").rglob(f"*.{ending}")]
    return max(path.stat().st_mtime for path in files)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


main()
