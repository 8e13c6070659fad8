"""`python -m bench.storyteller`: how various the stories of the storyteller in the box are, and how fast they are told.

For each language a hundred stories of one open prompt, and a hundred of one with a dragon in it, all for the same hero
(so that other names cannot make two stories look different).
"""

import argparse
import math
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import msgspec

from storybot.brief import Brief, Companion, Hero
from storybot.engines.contract import Order
from storybot.engines.storyteller.tell import Tale, tell

PROMPTS = {
    "de": {"open": "Eine Geschichte", "dragon": "Ein Drache, der Angst vor Feuer hat"},
    "en": {"open": "A story", "dragon": "A dragon who is afraid of fire"},
}
STORIES = 100


class Found(msgspec.Struct, kw_only=True):
    """What was found in the stories of one prompt; times in milliseconds, for stories of about 1,200 words.

    distinct_2: how many of all pairs of words are different ones. self_bleu_4: how much of one story stands in the
    others, on the mean. shared_*: the share of their sentences that two stories have in common (of the shorter one).
    """

    language: str
    prompt: str
    stories: int
    plots: int
    distinct_2: float
    self_bleu_4: float
    shared_mean: float
    shared_most: float
    told_p50_ms: float
    told_most_ms: float


def order(prompt: str, language: str, seed: int, length: str = "medium") -> Order:
    """The order of one story for the benchmark's hero."""
    hero = Hero(name="Mia", pronouns="she")
    friend = Companion(name="Tapsi", kind={"de": "Igel", "en": "hedgehog"}[language])
    brief = Brief(prompt=prompt, language=language, length=length, hero=hero, companions=(friend,))  # type: ignore[arg-type]
    return Order(generation_id="bench", trace_id="bench", brief=brief, action="begin", seed=seed)


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    return re.findall(r"[^\W_]+", text.casefold())


def sentences(text: str) -> set[str]:
    """The sentences of a text, as folded words; single words ("No.") say nothing about variety and are left out."""
    found = (" ".join(words(part)) for part in re.split(r"(?<=[.!?:…])[“”’‘]*\s+", text))
    return {one for one in found if " " in one}


def shared(one: set[str], other: set[str]) -> float:
    """The share of their sentences that two stories have in common, of the shorter one."""
    return len(one & other) / max(1, min(len(one), len(other)))


def distinct(texts: Sequence[str], n: int = 2) -> float:
    """Different n-grams over all n-grams. Source: Li et al., "A Diversity-Promoting Objective Function" (NAACL 2016)."""
    grams = Counter(gram for text in texts for gram in _grams(words(text), n))
    return len(grams) / max(1, grams.total())


def self_bleu(texts: Sequence[str], most: int = 4) -> float:
    """The mean BLEU of each text with all others as its references; lower is more various.

    Sources: Zhu et al., "Texygen" (SIGIR 2018) for the idea; Papineni et al., "BLEU" (ACL 2002) for the measure.
    """
    told = [words(text) for text in texts]
    logs = [0.0] * len(told)
    for n in range(1, most + 1):
        counts = [Counter(_grams(one, n)) for one in told]
        best: dict[tuple[str, ...], tuple[int, int, int]] = {}  # highest count, whose, second highest
        for at, count in enumerate(counts):
            for gram, times in count.items():
                high, whose, second = best.get(gram, (0, -1, 0))
                best[gram] = (times, at, high) if times > high else (high, whose, max(second, times))
        for at, count in enumerate(counts):
            found = 0
            for gram, times in count.items():
                high, whose, second = best[gram]
                found += min(times, second if whose == at else high)
            logs[at] += math.log(max(found, 1e-9) / max(1, count.total())) / most
    lengths = [len(one) for one in told]
    scores = []
    for at, log in enumerate(logs):
        nearest = min((length for other, length in enumerate(lengths) if other != at), key=lambda length: (abs(length - lengths[at]), length))
        scores.append(min(1.0, math.exp(1 - nearest / max(1, lengths[at]))) * math.exp(log))
    return statistics.fmean(scores)


def _grams(told: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return list(zip(*(told[at:] for at in range(n)), strict=False))


def measure(language: str, prompt: str, stories: int = STORIES) -> Found:
    """Tells the stories of one prompt and measures them."""
    text = PROMPTS[language][prompt]
    tales: list[Tale] = [tell(order(text, language, seed)) for seed in range(stories)]
    texts = [tale.text for tale in tales]
    pairs = [shared(one, other) for one, other in combinations([sentences(text) for text in texts], 2)]
    times = []
    for seed in range(min(stories, 40)):
        begun = time.perf_counter()
        tell(order(text, language, seed, "long"))
        times.append((time.perf_counter() - begun) * 1000)
    return Found(
        language=language,
        prompt=text,
        stories=stories,
        plots=len({tale.plot for tale in tales}),
        distinct_2=round(distinct(texts), 3),
        self_bleu_4=round(self_bleu(texts), 3),
        shared_mean=round(statistics.fmean(pairs), 3),
        shared_most=round(max(pairs), 3),
        told_p50_ms=round(statistics.median(times), 1),
        told_most_ms=round(max(times), 1),
    )


def table(found: Sequence[Found]) -> str:
    """All findings as a Markdown table."""
    lines = [
        "| stories of one prompt | plots | distinct-2 | self-BLEU-4 | sentences two share, mean / most | 1,200 words, p50 / most (ms) |",
        "|---|---|---|---|---|---|",
    ]
    for one in found:
        sharing = f"{one.shared_mean:.1%} / {one.shared_most:.1%}"
        told = f"{one.told_p50_ms:.0f} / {one.told_most_ms:.0f}"
        lines.append(f"| {one.stories} × “{one.prompt}” | {one.plots} | {one.distinct_2:.3f} | {one.self_bleu_4:.3f} | {sharing} | {told} |")
    return "\n".join(lines)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.storyteller", description="Measure the stories of the storyteller in the box.")
    options.add_argument("--stories", type=int, default=STORIES, metavar="N", help="stories of each prompt")
    options.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there as well")
    chosen = options.parse_args()
    found = [measure(language, prompt, chosen.stories) for language, prompts in PROMPTS.items() for prompt in prompts]
    print(table(found))
    if chosen.json:
        chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
