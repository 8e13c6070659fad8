#!/usr/bin/env bash
# Make the package importable in a virtual environment, and put its command there: as an editable install would, without
# needing a build.
set -eu
venv=$1
python="$(cd "$venv" && pwd)/bin/python"
site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd >"$site/storybot.pth"
cat >"$venv/bin/storybot" <<SCRIPT
#!$python
from storybot.cli import main

main()
SCRIPT
chmod +x "$venv/bin/storybot"
