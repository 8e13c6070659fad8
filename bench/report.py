"""What the benchmark found, as numbers and as a Markdown table."""

import math
from collections.abc import Sequence

import msgspec

from bench.load import Outcome


class Case(msgspec.Struct, kw_only=True):
    """One number of streams, direct and through Storybot; times in milliseconds.

    added_first_*: how much longer the first text took than directly, percentile against percentile.
    added_gap_*: how much longer than at its sending the pause before a word was, less what it was directly.
    delay_*: from the sending of a word to its arrival, through Storybot. foreign_*: how busy others kept Storybot's core
    and the readers' core, as a share of the time; much of it makes the numbers worthless.
    """

    streams: int
    generations: int
    words: int
    failed: int
    missing: int
    double: int
    reordered: int
    added_first_p50_ms: float
    added_first_p99_ms: float
    direct_first_p50_ms: float
    added_gap_p99_ms: float
    delay_p50_ms: float
    delay_p99_ms: float
    cpu_s_per_1000: float
    web_cpu_s_per_1000: float
    worker_cpu_s_per_1000: float
    peak_mib: float
    direct_words_a_second: float
    words_a_second: float
    ratio: float
    foreign_core: float
    foreign_readers_core: float
    reasons: dict[str, int]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN for no values."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def case(direct: Outcome, through: Outcome, *, cpu: dict[str, float], peak_mib: float, foreign: tuple[float, float]) -> Case:
    """Both outcomes compared. cpu: seconds by role, of Storybot alone; foreign: see `Case`."""

    def added(name: str, share: float) -> float:
        return (percentile(getattr(through, name), share) - percentile(getattr(direct, name), share)) * 1000

    thousands = max(through.words, 1) / 1000
    speed, direct_speed = through.words / through.seconds, direct.words / direct.seconds
    return Case(
        streams=through.streams,
        generations=through.generations,
        words=through.words,
        failed=through.failed,
        missing=through.missing,
        double=through.double,
        reordered=through.reordered,
        added_first_p50_ms=added("first_s", 0.5),
        added_first_p99_ms=added("first_s", 0.99),
        direct_first_p50_ms=percentile(direct.first_s, 0.5) * 1000,
        added_gap_p99_ms=added("gaps_s", 0.99),
        delay_p50_ms=percentile(through.delays_s, 0.5) * 1000,
        delay_p99_ms=percentile(through.delays_s, 0.99) * 1000,
        cpu_s_per_1000=cpu["all"] / thousands,
        web_cpu_s_per_1000=cpu.get("web", 0.0) / thousands,
        worker_cpu_s_per_1000=cpu.get("worker", 0.0) / thousands,
        peak_mib=peak_mib,
        direct_words_a_second=direct_speed,
        words_a_second=speed,
        ratio=speed / direct_speed if direct_speed else math.nan,
        foreign_core=foreign[0],
        foreign_readers_core=foreign[1],
        reasons=through.reasons,
    )


_HEAD = (
    "streams",
    "first text, added p50 / p99 (ms)",
    "gap, added p99 (ms)",
    "word's way p50 / p99 (ms)",
    "failed",
    "missing / double / reordered",
    "CPU s per 1,000 tokens (web + worker)",
    "peak memory (MiB)",
    "throughput to direct",
    "others on the cores",
)


def table(cases: Sequence[Case]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(_HEAD) + " |", "|" + "---:|" * len(_HEAD)]
    for one in cases:
        cells = (
            f"{one.streams:,}",
            f"{one.added_first_p50_ms:.1f} / {one.added_first_p99_ms:.1f}",
            f"{one.added_gap_p99_ms:.1f}",
            f"{one.delay_p50_ms:.1f} / {one.delay_p99_ms:.1f}",
            f"{one.failed} of {one.generations:,}",
            f"{one.missing} / {one.double} / {one.reordered} of {one.words:,}",
            f"{one.cpu_s_per_1000:.3f} ({one.web_cpu_s_per_1000:.3f} + {one.worker_cpu_s_per_1000:.3f})",
            f"{one.peak_mib:.0f}",
            f"{one.ratio:.3f}",
            f"{one.foreign_core:.0%} / {one.foreign_readers_core:.0%}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
