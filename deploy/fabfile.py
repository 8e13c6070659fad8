"""What can be done with a site: `fab --list`. The runbook, README.md beside this file, says when and in which order.

Run it in this folder with the tools that `make deploy-tools` installs: `cd deploy && ../.venv/bin/fab setup`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from invoke import Collection

from deploy.cloud import tasks as cloud
from deploy.host import tasks as host
from deploy.logs import tasks as logs
from deploy.watch import tasks as watch

namespace = Collection.from_module(host)
for part in (cloud, watch, logs):
    for task in Collection.from_module(part).tasks.values():
        namespace.add_task(task)
