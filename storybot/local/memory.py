"""How much memory a model takes, and how much there is. Reads /proc and the control groups; knows no model server."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

#: Half-precision floats in the cache of keys and values. Source: llama.cpp, `cache_type_k` and `cache_type_v` (F16).
_KV_BYTES = 2
#: Tokens that are read at once, for each of which a row of scores over the vocabulary may be needed. Source: llama.cpp, `n_ubatch`.
_BATCH = 512
#: What the process takes besides, measured for an empty one with a margin, in bytes.
_PROCESS = 256 * 1024**2
#: What is left to everything else on the machine, in bytes.
RESERVE = 512 * 1024**2
#: The smallest context that a model is given, in tokens, where memory does not suffice for the one that is wanted.
_SMALLEST = 4096


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides the memory of a context. window: how many tokens the layers with a sliding window look back, 0 for none;
    of these, every `global_every`-th looks at everything."""

    layers: int
    kv_heads: int
    key_size: int
    value_size: int
    vocabulary: int
    window: int = 0
    global_every: int = 1
    context_tokens: int | None = None

    def cache_bytes(self, tokens: int) -> int:
        """The cache of keys and values for a context of so many tokens."""
        row = self.kv_heads * (self.key_size + self.value_size) * _KV_BYTES
        whole = -(-self.layers // self.global_every) if self.window else self.layers
        near = min(tokens, self.window + _BATCH)
        return row * (whole * tokens + (self.layers - whole) * near)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is loaded. slots: stories at once; context_tokens: of each; bytes: what it takes in all."""

    slots: int
    context_tokens: int
    bytes: int


class TooLarge(Exception):
    """It does not fit, not even with the smallest context; needed, available: in bytes."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(f"{needed} bytes are needed and {available} available")
        self.needed = needed
        self.available = available


def needed(shape: Shape, file_bytes: int, *, slots: int, context_tokens: int) -> int:
    """Bytes that a loaded model takes: its file, the caches of all slots, the scores of a batch, the process."""
    return file_bytes + slots * shape.cache_bytes(context_tokens) + shape.vocabulary * _BATCH * 4 + _PROCESS


def plan(shape: Shape, file_bytes: int, *, slots: int, context_tokens: int, free: int) -> Plan:
    """The largest way to load it that fits into `free` bytes: as wanted, else for one story at once, else with a smaller context.

    Raises: TooLarge.
    """
    wanted = min(context_tokens, shape.context_tokens or context_tokens)
    ways = [(count, wanted) for count in range(slots, 0, -1)] + [(1, _SMALLEST)] * (wanted > _SMALLEST)
    for count, tokens in ways:
        taken = needed(shape, file_bytes, slots=count, context_tokens=tokens)
        if taken <= free:
            return Plan(count, tokens, taken)
    raise TooLarge(taken, free)


def available(root: Path = Path("/")) -> int:
    """Bytes that a new process may take without driving others out: what the kernel says is available, or what the control group
    leaves where that is less. Source: proc(5), `MemAvailable`; Linux, Documentation/admin-guide/cgroup-v2.rst, `memory.max`."""
    facts = _meminfo(root)
    return max(0, min(facts.get("MemAvailable", facts.get("MemFree", 0)), _left_in_groups(root)) - RESERVE)


def total(root: Path = Path("/")) -> int:
    """Bytes that the machine has, or that the control group allows."""
    limits = [limit for limit, _used in _groups(root)]
    return min([_meminfo(root).get("MemTotal", 0), *limits])


def _meminfo(root: Path) -> dict[str, int]:
    try:
        lines = (root / "proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return _elsewhere()
    return {name: int(kilobytes) * 1024 for name, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", lines, flags=re.M)}


def _elsewhere() -> dict[str, int]:
    """Where there is no /proc (macOS): all of the memory, since what is free is not told without asking other programs."""
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"MemTotal": size, "MemAvailable": size}


def _left_in_groups(root: Path) -> int:
    return min([limit - used for limit, used in _groups(root)], default=2**63)


def _groups(root: Path) -> list[tuple[int, int]]:
    """Limit and use of each control group around this process that has a limit, in bytes; pages of files do not count as used."""
    found = []
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    for line in lines:
        _number, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        mount = root / "sys/fs/cgroup" / controllers
        names = ("memory.max", "memory.current") if not controllers else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        folder = mount / path.strip("/")
        for group in (folder, *folder.parents):
            limit, used = (_number_in(group / name) for name in names)
            if limit is not None and used is not None and limit < 2**62:
                found.append((limit, max(0, used - _cached(group))))
            if group == mount:
                break
    return found


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _cached(group: Path) -> int:
    try:
        kept = re.search(r"^(?:total_)?inactive_file (\d+)", (group / "memory.stat").read_text(encoding="ascii"), flags=re.M)
    except OSError:
        return 0
    return int(kept[1]) if kept else 0
