"""`python -m bench`: Storybot beside the same streams read directly, at 1, 32, 200 and 1,000 streams.

Storybot's processes run on one core; the model server and the readers share another one. For each number of streams
the direct run comes first and Storybot's right after it, each with a fresh start, so that they meet the same machine.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.load import Outcome, Target
from bench.product import NotReady, Product, busy_s, cpu_s
from bench.report import Case, case, table

RATE = 20.0


@dataclass(frozen=True)
class Plan:
    """streams at a time, each reading `rounds` generations of `words` words; begun evenly over `ramp_s` seconds."""

    streams: int
    words: int
    rounds: int
    ramp_s: float

    @property
    def limit_s(self) -> float:
        """When it is given up, in seconds: three times as long as it should take, and some."""
        return 3 * (self.ramp_s + self.rounds * self.words / RATE) + 30


#: A short story has about 400 tokens. Few streams read several, so that their first texts are enough to count; the many
#: read longer ones, so that all are open at the same time.
PLANS = (Plan(1, 40, 12, 0), Plan(32, 200, 2, 5), Plan(200, 400, 1, 10), Plan(1000, 800, 1, 20))
QUICK = (Plan(1, 10, 4, 0), Plan(32, 40, 1, 1))


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench", description="Measure Storybot beside a direct connection to the model server.")
    options.add_argument("--quick", action="store_true", help="a smoke run of about 10 seconds")
    options.add_argument("--streams", type=int, nargs="+", metavar="N", help="only these numbers of streams")
    options.add_argument("--words", type=int, help="words of each generation")
    options.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there as well")
    chosen = options.parse_args()
    plans: tuple[Plan, ...] = QUICK if chosen.quick else PLANS
    if chosen.streams:
        known = {plan.streams: plan for plan in plans}
        plans = tuple(known.get(streams, Plan(streams, 200, 1, min(10, streams / 50))) for streams in chosen.streams)
    if chosen.words:
        plans = tuple(Plan(plan.streams, chosen.words, plan.rounds, plan.ramp_s) for plan in plans)
    cores = sorted(os.sched_getaffinity(0))
    product_core, readers_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    if readers_core is None:
        print("Only one core: Storybot, the model server and the readers share it, and the times say little.", file=sys.stderr)
    else:
        os.sched_setaffinity(0, {readers_core})
    cases = []
    for plan in plans:
        try:
            cases.append(_measure(plan, product_core, readers_core))
        except NotReady as failure:
            print(failure, file=sys.stderr)
            return 1
        print(f"{plan.streams} streams: done", file=sys.stderr)
    print(_conditions(product_core, readers_core))
    print(table(cases))
    for one in cases:
        if one.reasons:
            print(f"{one.streams} streams failed because of: {one.reasons}")
    if chosen.json:
        chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(cases)) + b"\n")
    return 0 if all(one.failed + one.missing + one.double + one.reordered == 0 for one in cases) else 2


def _measure(plan: Plan, product_core: int | None, readers_core: int | None) -> Case:
    with _model(plan) as (_, port):
        direct = _read("direct", port, plan)
    with _model(plan) as (model_pid, port), Product(port, product_core) as product:
        # One story before the clock runs: the first one pays for imports and empty caches.
        _read("storybot", product.port, Plan(1, plan.words, 1, 0))
        before, began = product.cpu_s(), time.monotonic()
        busy = busy_s(product_core), busy_s(readers_core)
        ours = cpu_s(model_pid) + _own_cpu_s()
        through = _read("storybot", product.port, plan)
        seconds = time.monotonic() - began
        used = {role: spent - before.get(role, 0.0) for role, spent in product.cpu_s().items()}
        ours = cpu_s(model_pid) + _own_cpu_s() - ours
        foreign = (
            max(0.0, busy_s(product_core) - busy[0] - used["all"]) / seconds,
            max(0.0, busy_s(readers_core) - busy[1] - ours) / seconds,
        )
        if through.failed:
            print(product.last_words(), file=sys.stderr)
        return case(direct, through, cpu=used, peak_mib=product.peak_mib, foreign=foreign)


@contextlib.contextmanager
def _model(plan: Plan) -> Iterator[tuple[int, int]]:
    """The model server's process id and port."""
    command = [sys.executable, "-m", "bench.model", "--words", str(plan.words), "--rate", str(RATE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield process.pid, int(process.stdout.readline())
        finally:
            process.kill()


def _read(target: Target, port: int, plan: Plan) -> Outcome:
    command = [sys.executable, "-m", "bench.load", "--target", target, "--port", str(port), "--streams", str(plan.streams)]
    command += ["--words", str(plan.words), "--rounds", str(plan.rounds), "--ramp-s", str(plan.ramp_s), "--limit-s", str(plan.limit_s)]
    with tempfile.NamedTemporaryFile(prefix="storybot-bench-") as output:
        subprocess.run([*command, "--output", output.name], check=True)
        return msgspec.json.decode(output.read(), type=Outcome)


def _own_cpu_s() -> float:
    """CPU seconds of this process and of all its children that have ended (the readers)."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _conditions(product_core: int | None, readers_core: int | None) -> str:
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    version = ".".join(map(str, sys.version_info[:3]))
    where = f"Storybot on core {product_core}, model server and readers on core {readers_core}" if product_core is not None else "one core for all"
    return f"{model}; Python {version}; {RATE:.0f} tokens a second in each stream; {where}.\n"


if __name__ == "__main__":
    sys.exit(main())
