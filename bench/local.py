"""`python -m bench.local`: the engine `local` beside its own llama.cpp server asked directly, with the same file in the same run.

The model has random weights and says words in no order, but it has the size of a small one, so that a token takes as long as one
of theirs. Both are asked for the same passage in turn; the direct request is the smallest that streams.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec
import uvloop

from storybot.brief import Brief
from storybot.engines.contract import EngineError, Order, Pieces, Usage
from storybot.engines.local import LocalEngine
from storybot.local import run
from storybot.settings import Settings, read_settings
from tests.local import tiny

NAME = "bench"
MESSAGES = ({"role": "user", "content": "A fox by the sea"},)


class Run(NamedTuple):
    """One passage: seconds to the first text, and tokens a second after it."""

    first_s: float
    tokens_per_s: float


def _rate(began: float, first: float, ended: float, tokens: int) -> Run:
    return Run(first - began, (tokens - 1) / (ended - first))


async def _through(engine: LocalEngine, tokens: int, seed: int) -> Run:
    order = Order(
        generation_id="bench",
        trace_id="0" * 31 + "1",
        brief=Brief(prompt="A fox"),
        action="begin",
        messages=MESSAGES,
        max_tokens=tokens,
        model=NAME,
        seed=seed,
    )
    began, first, counted = time.perf_counter(), 0.0, 0
    try:
        async with aclosing(engine.write(order)) as events:
            async for event in events:
                if isinstance(event, Pieces):
                    first = first or time.perf_counter()
                elif isinstance(event, Usage):
                    counted = event.tokens_out or 0
    except EngineError as error:
        if error.slug != "engine-cut-off":  # it is asked for so many tokens and no more
            raise
    return _rate(began, first, time.perf_counter(), counted or tokens)


async def _directly(session: aiohttp.ClientSession, running: run.Running, tokens: int, seed: int) -> Run:
    body = {"model": NAME, "messages": MESSAGES, "max_tokens": tokens, "stream": True, "seed": seed}
    headers = {"Authorization": f"Bearer {running.key}", "Content-Type": "application/json"}
    began, first = time.perf_counter(), 0.0
    async with session.post(f"http://127.0.0.1:{running.port}/v1/chat/completions", data=msgspec.json.encode(body), headers=headers) as answer:
        async for line in answer.content:
            if not first and line.startswith(b"data: ") and msgspec.json.decode(line[6:])["choices"][0]["delta"].get("content"):
                first = time.perf_counter()
    return _rate(began, first, time.perf_counter(), tokens)


async def measure(settings: Settings, tokens: int, pairs: int) -> list[tuple[Run, Run]]:
    """Pairs of a direct run and one through the engine, after one of each that is not counted; who comes first changes."""
    engine = LocalEngine(settings)
    found = []
    try:
        # llama.cpp closes a connection that was idle for some seconds.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            await _through(engine, 8, 1)
            running = run.look(settings.run_path, NAME)
            assert running is not None
            for number in range(pairs + 1):
                seed = 1000 + number
                if number % 2:
                    through = await _through(engine, tokens, seed)
                    direct = await _directly(session, running, tokens, seed)
                else:
                    direct = await _directly(session, running, tokens, seed)
                    through = await _through(engine, tokens, seed)
                if number:
                    found.append((direct, through))
    finally:
        await engine.close()
    return found


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.local", description="Measure a model on this machine through Storybot and directly.")
    options.add_argument("--tokens", type=int, default=96, help="tokens of each passage")
    options.add_argument("--pairs", type=int, default=12, help="how often both are asked")
    options.add_argument("--width", type=int, default=768, help="of the model's hidden state")
    options.add_argument("--layers", type=int, default=12, help="of the model")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data_dir=Path(folder), local_threads=1, local_slots=1)
        settings.models_path.mkdir(parents=True)
        made = tiny.make(settings.models_path / f"{NAME}.gguf", ends=tiny.NEVER_ENDS, width=chosen.width, layers=chosen.layers)
        megabytes = made.stat().st_size / 1e6
        pairs = asyncio.Runner(loop_factory=uvloop.new_event_loop).run(measure(settings, chosen.tokens, chosen.pairs))
    ratio = statistics.median(through.tokens_per_s / direct.tokens_per_s for direct, through in pairs)
    added = statistics.median(through.first_s - direct.first_s for direct, through in pairs)
    speed = statistics.median(direct.tokens_per_s for direct, _ in pairs)
    print(
        f"A model of {megabytes:.0f} MB, one thread, {chosen.pairs} times {chosen.tokens} tokens, {speed:.1f} tokens/s when asked directly (medians):"
    )
    print(f"through Storybot: {ratio:.3f} of the direct tokens/s, first text {added * 1000:+.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
