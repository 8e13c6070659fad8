"""What a passage took is counted by the server, or estimated and said to be; and a price makes a cost of it."""

import pytest
from prometheus_client import REGISTRY

from storybot import genai
from storybot.counting import Counted, count

MESSAGES = ({"role": "user", "content": "Tell me a story about a fox."},)
PRICES = {"currency": "EUR", "in": 0.5, "out": 1.5}


def _count(kind: str = "openai", **changes: object) -> Counted:
    given: dict[str, object] = {"messages": MESSAGES, "text": "Once. " * 40, "language": "en", "tokens": 5, "reported": (None, None), "prices": None}
    return count(kind, **given | changes)  # type: ignore[arg-type]


def test_the_servers_own_counts_win() -> None:
    assert _count(reported=(100, 200)) == Counted(100, 200, "server")


def test_otherwise_they_are_estimated_and_said_to_be() -> None:
    found = _count()
    assert found.counted == "estimate"
    assert 10 <= (found.tokens_in or 0) <= 30
    assert 40 <= (found.tokens_out or 0) <= 80
    assert _count(reported=(100, None)).counted == "estimate"


def test_a_price_for_a_million_is_millionths_for_one() -> None:
    assert _count(reported=(1_000_000, 2_000_000), prices=PRICES) == Counted(1_000_000, 2_000_000, "server", 3_500_000, "EUR")


def test_the_storyteller_in_the_box_takes_nothing() -> None:
    assert _count("storyteller", prices=PRICES) == Counted()


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"gen_ai_operation_name": "chat", "gen_ai_provider_name": "llama_cpp", **labels}) or 0.0


def test_operations_are_counted_by_the_conventions_names() -> None:
    before = _value("gen_ai_client_operation_duration_seconds_count", error_type="")
    genai.record("local", seconds=2.0, first_s=0.5, error="", tokens_in=10, tokens_out=20)
    assert _value("gen_ai_client_operation_duration_seconds_count", error_type="") == before + 1
    assert _value("gen_ai_client_operation_time_to_first_chunk_seconds_sum") >= 0.5
    assert _value("gen_ai_client_token_usage_sum", gen_ai_token_type="output") >= 20


@pytest.mark.parametrize("kind", ["storyteller", "nobody"])
def test_what_is_no_model_is_not(kind: str) -> None:
    before = _value("gen_ai_client_operation_duration_seconds_count", error_type="x")
    genai.record(kind, seconds=2.0, first_s=None, error="x", tokens_in=None, tokens_out=None)
    assert _value("gen_ai_client_operation_duration_seconds_count", error_type="x") == before
