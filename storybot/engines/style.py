"""How freely a model writes: three presets by name, the samplers behind them, and what of it a server is sent. Pure.

Names and meanings: temperature, top_p, presence_penalty, seed, stop, max_tokens as in OpenAI's API reference; top_k, min_p,
repetition_penalty as in vLLM's sampling parameters; dry_multiplier, xtc_probability, xtc_threshold as in llama.cpp's server.
"""

from collections.abc import Collection, Mapping
from typing import Any

from storybot.brief import Preset, Style

#: Values of the presets. Higher temperature and a lower min_p let rarer words in; XTC now and then takes the likeliest ones
#: away; the penalties keep a small model from going round in circles.
PRESETS: dict[Preset, dict[str, float]] = {
    "steady": {"temperature": 0.6, "top_p": 0.9, "min_p": 0.08, "repetition_penalty": 1.08},
    "balanced": {"temperature": 0.8, "top_p": 0.95, "min_p": 0.05, "repetition_penalty": 1.05},
    "wild": {"temperature": 1.1, "top_p": 0.98, "min_p": 0.05, "presence_penalty": 0.3, "xtc_probability": 0.3, "xtc_threshold": 0.1},
}
#: The least and the most that each number may be.
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_k": (0, 1000),
    "min_p": (0, 1),
    "repetition_penalty": (0.5, 2),
    "presence_penalty": (-2, 2),
    "dry_multiplier": (0, 5),
    "xtc_probability": (0, 1),
    "xtc_threshold": (0, 0.5),
    "seed": (0, 2**32 - 1),
    "max_tokens": (16, 32_768),
}
WHOLE = frozenset({"top_k", "seed", "max_tokens"})
#: Texts that end the story where the model writes one: so many, of so many characters.
STOPS, STOP_CHARS = 4, 100
#: What every server of the OpenAI shape may be sent.
STANDARD = ("temperature", "top_p", "presence_penalty", "seed", "stop")
#: What llama.cpp's server takes.
LLAMA = (*STANDARD, "top_k", "min_p", "repeat_penalty", "dry_multiplier", "xtc_probability", "xtc_threshold")
#: What servers call the same thing.
_ALIASES = {"repetition_penalty": ("repetition_penalty", "repeat_penalty", "rep_pen")}


def chosen(style: Style) -> dict[str, Any]:
    """All samplers of a style by their names: the preset's, and those that were set singly over them."""
    return PRESETS[style.preset] | style.samplers


def fields(style: Style, accepted: Collection[str], refused: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a request for this style. accepted: those that the server takes, in its own words; refused: those that it
    turned out not to. `max_tokens` is no sampler of the server's and left out."""
    found: dict[str, Any] = {}
    for name, value in chosen(style).items():
        wire = next((one for one in _ALIASES.get(name, (name,)) if one in accepted), None)
        if name != "max_tokens" and wire and wire not in refused and value not in (None, []):
            found[wire] = value
    return found


def most_tokens(style: Style | None, asked: int) -> int:
    """How many tokens may be written at the most: what the passage takes, unless the style says less or more."""
    wanted = (style.samplers if style else {}).get("max_tokens")
    return int(wanted) if wanted else asked


def accepted_by(limits: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that a connected server takes, by what is known of it."""
    return tuple(limits.get("samplers") or STANDARD)
