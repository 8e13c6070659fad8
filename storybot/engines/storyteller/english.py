"""English words in a sentence: articles, plurals, possessives and pronouns."""

import re
from collections.abc import Iterable

from .words import Figure, Noun

_PRONOUNS = {
    "he": {"he": "he", "him": "him", "his": "his", "himself": "himself", "was": "was", "has": "has", "is": "is"},
    "she": {"he": "she", "him": "her", "his": "her", "himself": "herself", "was": "was", "has": "has", "is": "is"},
    "it": {"he": "it", "him": "it", "his": "its", "himself": "itself", "was": "was", "has": "has", "is": "is"},
    "they": {"he": "they", "him": "them", "his": "their", "himself": "themself", "was": "were", "has": "have", "is": "are"},
}
_IRREGULAR = {
    "child": "children",
    "mouse": "mice",
    "goose": "geese",
    "wolf": "wolves",
    "fish": "fish",
    "sheep": "sheep",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "elf": "elves",
    "thief": "thieves",
    "knife": "knives",
    "leaf": "leaves",
    "shelf": "shelves",
    "person": "people",
    "deer": "deer",
    "dwarf": "dwarves",
    "witch": "witches",
    "ox": "oxen",
}
_DETERMINERS = ("a", "an", "the", "this", "that", "my", "your", "our", "no", "some", "every", "another", "his", "her", "their", "its")


def plural(word: str) -> str:
    """The plural of a noun: "foxes", "fairies", "mice"."""
    head, space, last = word.rpartition(" ")
    if last in _IRREGULAR:
        return head + space + _IRREGULAR[last]
    if re.search(r"(s|x|z|ch|sh)$", last):
        return word + "es"
    if re.search(r"[^aeiou]y$", last):
        return word[:-1] + "ies"
    return word + "s"


def article(following: str) -> str:
    """ "a" or "an" before `following`, by its sound as far as spelling tells it."""
    word = following.lstrip("“‘\"'").lower()
    if re.match(r"(uni|use|usu|eu|one\b|once|ufo)", word):
        return "a"
    return "an" if re.match(r"[aeiou]|hono|hour|heir", word) else "a"


def genitive(name: str) -> str:
    """The possessive of a name or noun phrase: "Mia’s", "the pirates’"."""
    return name + "’s"


def phrase(determiner: str, adjectives: Iterable[str], noun: Noun, *, full: bool = False) -> str:
    """A noun phrase: phrase("a", ["small"], owl) → "a small owl". Raises: ValueError on a strange determiner."""
    lower = determiner.lower()
    if lower not in _DETERMINERS:
        raise ValueError(f"not an English determiner: {determiner!r}")
    words = list(adjectives)
    if full:
        one = lower in ("a", "an")  # "the biggest pumpkin", but not "a biggest"
        words += [word for word in noun.adjectives if word not in words and not (one and re.search(r".{3}est$|^(?:best|last|first)$", word))]
    rest = " ".join([*words, noun.word])
    if lower in ("a", "an"):
        first = "" if noun.bare or noun.number == "pl" else article(rest)
    elif noun.proper and lower in ("the", "this", "that"):
        first = ""
    elif noun.number == "pl":
        first = {"this": "these", "that": "those", "every": "all the", "another": "more"}.get(lower, lower)
    else:
        first = lower
    text = f"{first} {rest}".strip()
    return text[0].upper() + text[1:] if determiner[0].isupper() else text


def pronoun(word: str, who: Noun | Figure) -> str | None:
    """The pronoun that `word` (he, him, his, himself, was, has, is) is for `who`; None if it is none.

    Two words ("he was") give pronoun and verb in agreement.
    """
    key = who.pronoun if isinstance(who, Figure) else ("they" if who.number == "pl" else "it")
    forms = []
    for part in word.split():
        lower = {"it": "he", "its": "his", "itself": "himself"}.get(part.lower(), part.lower())
        if isinstance(who, Noun) and part.lower() == "them":
            lower = "him"
        if lower not in _PRONOUNS["he"]:
            return None
        if key == "name" and isinstance(who, Figure):
            named = {"he": who.name, "him": who.name, "his": genitive(who.name), "himself": who.name}
            forms.append(named.get(lower, lower))
        else:
            forms.append(_PRONOUNS[key][lower])
    text = " ".join(forms)
    return text[0].upper() + text[1:] if word[0].isupper() else text


_SMALL = {"a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "who", "that"}


def title(text: str) -> str:
    """A title with capitals where English has them: "Mia and the Golden Key"."""
    words = text.split(" ")
    last = len(words) - 1
    kept = [word if 0 < at < last and word in _SMALL else word[:1].upper() + word[1:] for at, word in enumerate(words)]
    return " ".join(kept)
