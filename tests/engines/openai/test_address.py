"""Base URLs as people give them."""

import pytest

from storybot.address import address


@pytest.mark.parametrize(
    ("given", "url", "host", "is_loopback"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1/chat/completions", "api.openai.com", False),
        ("https://api.openai.com/", "https://api.openai.com/v1/chat/completions", "api.openai.com", False),
        (" https://api.openai.com/v1/ ", "https://api.openai.com/v1/chat/completions", "api.openai.com", False),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1/chat/completions", "openrouter.ai", False),
        ("http://localhost:11434", "http://localhost:11434/v1/chat/completions", "localhost:11434", True),
        ("localhost:8080", "http://localhost:8080/v1/chat/completions", "localhost:8080", True),
        ("192.168.0.5:8080/v1", "http://192.168.0.5:8080/v1/chat/completions", "192.168.0.5:8080", False),
        ("api.mistral.ai/v1", "https://api.mistral.ai/v1/chat/completions", "api.mistral.ai", False),
        ("http://[::1]:8080", "http://[::1]:8080/v1/chat/completions", "[::1]:8080", True),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions", "h", False),
        ("https://x/openai/d?api-version=2", "https://x/openai/d/chat/completions?api-version=2", "x", False),
        ("https://u:p@x", "https://x/v1/chat/completions", "x", False),
        ("http://127.evil.example", "http://127.evil.example/v1/chat/completions", "127.evil.example", False),
    ],
)
def test_address(given: str, url: str, host: str, is_loopback: bool) -> None:
    made = address(given)
    assert (made.url, made.host, made.is_loopback) == (url, host, is_loopback)


def test_user_stands_apart() -> None:
    assert address("https://u:p%40@x").user == "u:p@"
    assert address("https://x").user is None


@pytest.mark.parametrize("given", ["", "ftp://x", "http://", "http://x:port", "file:///etc/passwd"])
def test_no_address(given: str) -> None:
    with pytest.raises(ValueError):
        address(given)
