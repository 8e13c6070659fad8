"""What a told story (by the engine or by a reader) is about: names, kinds, things and the place found in its text."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from .content import Content, content
from .found import Found
from .phrases_de import lookup as lookup_de
from .words import Noun

_WHERE = {"in", "nach", "aus", "at"}


@dataclass(frozen=True)
class Recall:
    """names: most frequent first; kinds: name → noun of the being; things: most frequent first; place: the one last named most."""

    names: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    things: tuple[Noun, ...] = ()
    place: Found | None = None


def recall(texts: Sequence[str], given: Sequence[str], source: Content) -> Recall:
    """Reads the passages of a branch, root first. given: names of the brief that count wherever they stand."""
    text = "\n".join(texts)
    tokens = re.findall(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*|[.!?:„“”]", text)
    common = _common(source.language)
    names: Counter[str] = Counter()
    things: Counter[str] = Counter()
    places: Counter[str] = Counter()
    middle: Counter[str] = Counter()
    for at, token in enumerate(tokens):
        if not token[0].isupper():
            if source.language == "en":
                _count(token, source, things, places)
            continue
        bare = re.sub(r"[’']s?$", "", token)
        if re.search(r"[’']", bare) or len(bare) < 2:
            continue
        if bare in given or bare in _names(source.language):
            names[bare] += 1
            continue
        if at and tokens[at - 1].casefold() in _WHERE and bare not in names:  # "in Berlin" is somewhere, not somebody
            continue
        starts = at == 0 or not tokens[at - 1][0].isalpha()
        if source.language == "de":
            bare = bare[:-1] if bare.endswith("s") and names[bare[:-1]] else bare
            _count(token, source, things, places)
        if bare.casefold() not in common and not _known(bare, source):
            names[bare] += 1
            middle[bare] += not starts
    kept = [name for name, count in names.most_common() if name in given or name in _names(source.language) or (count > 1 and middle[name])]
    kinds = {name: key for name in kept if (key := _kind(name, text, source))}
    return Recall(
        tuple(kept[:8]),
        kinds,
        tuple(source.nouns[word].noun for word, count in things.most_common(3) if count > 1),
        _place(places, source),
    )


def _count(token: str, source: Content, things: Counter[str], places: Counter[str]) -> None:
    entry = source.nouns.get(token.casefold())
    if entry and entry.kind == "thing":
        things[entry.noun.word.casefold()] += 1
    if entry and entry.kind == "place":
        places[entry.noun.word.casefold()] += 1


def _place(places: Counter[str], source: Content) -> Found | None:
    for word, _ in places.most_common(1):
        entry = source.nouns[word]
        return Found(entry.noun, "place", entry.key, preposition=entry.preposition)
    return None


def _known(word: str, source: Content) -> bool:
    return word.casefold() in source.nouns or (source.language == "de" and lookup_de(word, source) is not None)


def _kind(name: str, text: str, source: Content) -> str:
    """Which kind of being a name belongs to: the noun that stands right beside it most often."""
    found: Counter[str] = Counter()
    words = r"[^\W\d_]+"
    own = re.escape(name)
    article = r"(?:a|an|the|ein|eine|der|die|das) (?:\w+ )?"
    for pattern in (
        rf"({words}) {own}\b",
        rf"\b{own}, {article}({words})",
        rf"\b{own} (?:was|is|war|ist) {article}({words})",
        rf"({words}) (?:named|called|namens|hieß) {own}\b",
    ):
        for hit in re.finditer(pattern, text):
            entry = source.nouns.get(hit[1].casefold())
            if entry and entry.kind == "being":
                found[entry.noun.word] += 1
    return found.most_common(1)[0][0] if found else ""


@cache
def _names(language: str) -> frozenset[str]:
    lists = content(language).lists
    return frozenset(" ".join([*lists["names"].values(), *lists["creatures"].values()]).split())


@cache
def _common(language: str) -> frozenset[str]:
    """All words that the content itself uses: none of them is a name that a reader brought in."""
    source = content(language)
    texts = [storylet.text for storylet in source.storylets]
    texts += [" ".join([*s.sight, *s.sound, *s.smell, *s.spot, *s.small, *s.way]) for s in source.settings.values()]
    texts += [" ".join(moral.lines) for moral in source.morals.values()]
    texts += [str(source.lists)]
    return frozenset(word.casefold() for word in re.findall(r"[^\W\d_]+", "\n".join(texts))) - {name.casefold() for name in _names(language)}
