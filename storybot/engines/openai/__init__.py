"""The engine for every server that speaks the OpenAI API's `/chat/completions` with streaming."""

from storybot.engines.openai.engine import OpenAIEngine

__all__ = ["OpenAIEngine"]
