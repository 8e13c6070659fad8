"""What can be done with a site: `fab --list`. The runbook, README.md beside this file, says when and in which order.

Run it in this folder with the tools that `make deploy-tools` installs: `cd deploy && ../.venv/bin/fab setup`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from invoke import Collection

from deploy.host import tasks

namespace = Collection.from_module(tasks)
