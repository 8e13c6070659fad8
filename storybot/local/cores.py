"""How many cores this process may use: fewer than the machine has where it is bound to some, or gets only a share of them."""

import os
from pathlib import Path


def cores(root: Path = Path("/")) -> int:
    """At least 1. Source: sched_getaffinity(2); Linux, Documentation/admin-guide/cgroup-v2.rst, `cpu.max`."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min([count, *_shares(root)]))


def _shares(root: Path) -> list[int]:
    found = []
    try:
        path = next(line[3:] for line in (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines() if line.startswith("0::"))
    except (OSError, StopIteration):
        return []
    mount = root / "sys/fs/cgroup"
    folder = mount / path.strip("/")
    for group in (folder, *folder.parents):
        try:
            quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
            found += [-(-int(quota) // int(period))] if quota != "max" else []
        except (OSError, ValueError):
            pass
        if group == mount:
            break
    return found
