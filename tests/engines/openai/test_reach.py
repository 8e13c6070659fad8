"""Connected servers stand where they may, and nowhere else, however the address is written."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from storybot.engines.contract import EngineError
from storybot.engines.openai import OpenAIEngine, reach
from tests.engines.openai.support import events, order, run

OUTSIDE = ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::808:808", "2002:808:808::1")
INSIDE = (
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2002:a00:1::1", "2001::1", "localhost", "",
)  # fmt: skip


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_public_network_is_open(address: str) -> None:
    assert reach.is_open(address)
    reach.check_literal(address)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not(address: str) -> None:
    assert not reach.is_open(address)


class Names(AbstractResolver):
    """Says what it is told to say."""

    def __init__(self, *addresses: Sequence[str]) -> None:
        self.answers = list(addresses)

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> Any:
        """The next answer."""
        found = self.answers.pop(0)
        return [{"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0} for one in found]

    async def close(self) -> None:
        """Nothing is kept."""


@pytest.mark.parametrize("found", [("10.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("2002:7f00:1::",)])
def test_a_name_that_leads_inside_leads_nowhere(found: tuple[str, ...]) -> None:
    with pytest.raises(reach.NotReachable):
        asyncio.run(reach.CheckedResolver(Names(found)).resolve("models.example", 443))


def test_a_name_that_leads_outside_is_what_it_was() -> None:
    found = asyncio.run(reach.CheckedResolver(Names(("8.8.8.8", "1.1.1.1"))).resolve("models.example", 443))
    assert [one["host"] for one in found] == ["8.8.8.8", "1.1.1.1"]


def _slug(base_url: str) -> str:
    async def scene() -> str:
        engine = OpenAIEngine(base_url, "k", "m", open_only=True, connect_timeout_s=2)
        with pytest.raises(EngineError) as failed:
            await events(engine, order())
        await engine.close()
        return failed.value.slug

    return run(scene())


@pytest.mark.parametrize("where", ["127.0.0.1:9", "[::1]:9", "169.254.169.254", "[::ffff:10.0.0.1]:80", "localhost:9"])
def test_the_engine_asks_nobody_inside(where: str) -> None:
    assert _slug(f"http://{where}/v1") == "engine-blocked"


@pytest.mark.parametrize("where", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1"])
def test_nor_by_numbers_that_the_system_reads_as_addresses(where: str) -> None:
    assert _slug(f"http://{where}/v1") in {"engine-blocked", "engine-not-configured"}


def test_nor_through_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("storybot.engines.openai.engine._proxy", lambda where: asked.append(where.url))
    assert _slug("http://127.0.0.1:9/v1") == "engine-blocked"
    assert asked == []


def test_a_name_that_changes_its_mind_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: what was looked at is what is connected to."""
    names = Names(("203.0.113.7",), ("127.0.0.1",))
    made: list[Callable[..., Any]] = []
    monkeypatch.setattr(reach, "ThreadedResolver", lambda: made.append(names) or names)  # type: ignore[func-returns-value, arg-type]
    monkeypatch.setattr(reach, "is_open", lambda address: address == "203.0.113.7")
    assert _slug("http://models.example:9/v1") in {"engine-unreachable", "engine-timeout"}
    assert len(names.answers) == 1
