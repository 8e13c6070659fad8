"""Turns a plan's storylets into sentences, and leaves out or puts in what the length asks for."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from . import english, german
from .script import Line, Script, choices, holds, level
from .words import Cast, Figure, Noun, Place

_BREAK = re.compile(r"~,? (\w)")
_SPACES = re.compile(r" {2,}")
_TAG = re.compile(r"\{([^{}]*)\}")
#: A word of the brief or the prompt with which a sentence begins.
_OPENS = re.compile(r"(?:(?<=[.!?] )|(?<=[.!?”“] [“„]))\{([A-Z])\}")
_PART = re.compile(r"^(?:(?P<owner>[A-Z])\.)?(?P<words>.*?)\s*(?P<role>\b[A-Z])(?P<full>\+?)$")


# In a short story even these may have to go; what the brief says of the hero goes last.
_DEAR = {"traits", "looks", "L"}
_SPARED = _DEAR | {"refrain"}
_FIRST = "!"


#: "I can {W.skill}": what is somebody's own is "my" there.
_SELF = re.compile(r"(\bI(?:’ll|’ve)?(?: [a-z’]+){1,3} )\{W\.skill\}")


class TagError(ValueError):
    """A tag of a storylet cannot be filled."""


@dataclass
class Pen:
    """Fills in templates for one story: it knows the cast, the flags and what was already used."""

    language: str
    cast: Cast
    flags: frozenset[str]
    rng: random.Random
    used: set[str] = field(default_factory=set)

    def pick(self, options: Sequence[str]) -> str:
        """One of `options`, unused ones first."""
        fresh = [option for option in options if option not in self.used] or list(options)
        chosen = fresh[self.rng.randrange(len(fresh))]
        self.used.add(chosen)
        return chosen

    def choose(self, lines: Iterable[Line]) -> str | None:
        """One way to say a unit; those made for this very tone, age or cast are likelier."""
        fitting = [line for line in lines if holds(line.flags, self.flags)]
        if not fitting:
            return None
        special = [line for line in fitting if line.flags]
        pool = special if special and self.rng.random() < 0.75 else fitting
        return self.pick([line.text for line in pool])

    def fill(self, template: str) -> str:
        """The finished words of a template. Raises: TagError."""
        chosen = "".join(part if isinstance(part, str) else self._option(part) for part in choices(template))
        chosen = _SELF.sub(r"\1{W.mine}", chosen)
        chosen = _OPENS.sub(lambda found: upper_first(self.tag(found[1])), chosen)
        for _ in range(4):  # scenery may itself hold tags
            if "{" not in chosen:
                break
            chosen = _TAG.sub(lambda found: self.tag(found[1]), chosen)
        if "tiny" in self.flags:
            chosen = _BREAK.sub(lambda found: ". " + found[1].upper(), chosen)
        return _SPACES.sub(" ", chosen.replace("~", "")).strip()

    def _option(self, options: list[tuple[str, str]]) -> str:
        fitting = [text for flag, text in options if flag and holds((flag,), self.flags)]
        return self.pick(fitting or [text for flag, text in options if not flag] or [options[-1][1]])

    def tag(self, tag: str) -> str:
        """The words for one tag (without its braces). Raises: TagError."""
        if tag.endswith("'s") and tag[:-2] in self.cast:
            return self._genitive(self.cast[tag[:-2]])
        if tag[1:2] == "?":
            one, _, other = tag[2:].partition("/")
            return other if getattr(self.cast.get(tag[0]), "pronoun", "") in ("sie", "she") else one
        if tag[1:2] == ":":
            one, _, many = tag[2:].partition("/")
            role = self.cast.get(tag[0])
            noun = role.noun if isinstance(role, Place) else role
            return many if isinstance(noun, Noun) and noun.number == "pl" else one
        if tag in self.cast:
            role = self.cast[tag]
            if tag == "X" and self.language == "en" and isinstance(role, Noun):  # "afraid of the dark", "of spiders"
                return english.phrase("the" if role.number == "sg" and not role.bare else "a", (), role)
            return self._plain(role)
        if (tag[1:2] == "." and " " not in tag.strip()) or tag[2:5] in ("he ", "He "):
            return self._attribute(tag[0], tag[2:])
        found = _PART.match(tag)
        if not found or found["role"] not in self.cast:
            raise TagError(f"{{{tag}}}: there is no such role or tag")
        return self._phrase(found)

    def _plain(self, role: object) -> str:
        if isinstance(role, Figure):
            return role.name
        if isinstance(role, Noun):
            return role.word
        return role.noun.word if isinstance(role, Place) else str(role)

    def _genitive(self, role: object) -> str:
        name = self._plain(role)
        return german.genitive(name) if self.language == "de" else english.genitive(name)

    def _attribute(self, letter: str, word: str) -> str:
        who = self.cast.get(letter)
        lower = word[0].lower() + word[1:]
        text: str | None = None
        if isinstance(who, Figure) and lower in who.manner:
            text = self.pick(who.manner[lower])
        elif isinstance(who, Place):
            text = who.phrases.get(lower) or (self._scenery(who, lower) if lower in who.scenery else None)
        elif isinstance(who, str):
            text = _wanted(who, lower, self.language)
        if text is not None:
            return text[:1].upper() + text[1:] if word[0].isupper() else text
        if isinstance(who, Place):
            who = who.noun
        if isinstance(who, Figure | Noun):
            text = german.pronoun(word, who) if self.language == "de" else english.pronoun(word, who)
        if text is None:
            raise TagError(f"{{{letter}.{word}}}: {letter} has nothing of that name")
        return text

    def _scenery(self, place: Place, key: str) -> str:
        """Something to see, hear or find there; a whole sentence never comes twice, then there is nothing to say."""
        if key in ("sight", "sound", "smell") and all(line in self.used for line in place.scenery[key]):
            return ""
        return self.pick(place.scenery[key])

    def _phrase(self, found: re.Match[str]) -> str:
        role = self.cast[found["role"]]
        noun = role if isinstance(role, Noun) else role.noun if isinstance(role, Place) else None
        words = found["words"].split()
        if words and words[0] == "vor" and noun is not None:
            return german.feared(noun)
        if self.language == "de" and len(words) == 1 and words[0].lower() in ("er", "ihn", "ihm"):
            return self._attribute(found["role"], words[0])
        if isinstance(role, Figure):
            noun = role.kind
            if role.by_name and words[0].lower() in ("der", "den", "dem", "des", "the"):
                return german.genitive(role.name) if words[0].lower() == "des" else role.name
            if self.language == "en" and role.by_name and words == [words[0]] and noun.word.casefold() == role.name.casefold():
                words = [words[0], "proper"]  # "Grandpa was a grandpa" says little
        if noun is None or not words:
            raise TagError(f"{{{found[0]}}}: this role has no noun")
        full = found["full"] == "+"
        try:
            if found["owner"]:
                owner = self.cast.get(found["owner"])
                if not isinstance(owner, Figure):
                    raise TagError(f"{{{found[0]}}}: {found['owner']} owns nothing")
                if self.language == "de":
                    return german.possessed(words[0], words[1:], noun, owner, full=full)
                return f"{english.pronoun(words[0], owner)} " + " ".join([*words[1:], *(noun.adjectives if full else ()), noun.word])
            if self.language == "de":
                return german.phrase(words[0], words[1:], noun, full=full)
            return english.phrase(words[0], words[1:], noun, full=full)
        except ValueError as wrong:
            raise TagError(f"{{{found[0]}}}: {wrong}") from wrong


def _wanted(want: str, form: str, language: str) -> str | None:
    """What somebody wants, as they say it themselves (`ich`, `me`) or as what they can then do (`skill`)."""
    if form == "ich":
        return re.sub(r"\b(?:sein|ihr)(e|en|em|er|es|)\b", r"mein\1", want)
    if form == "me":
        return re.sub(r"\b(?:him|her|them)sel(?:f|ves)\b", "myself", re.sub(r"\b(?:his|her|their)\b", "my", want))
    if form == "mine":
        return _wanted(_wanted(want, "skill", language) or want, "me", language)
    if form == "skill":
        return re.sub(r"\blernen$|^(?:learn )?(?:how )?to |^learn ", "", want).strip() or want
    return None


@dataclass
class Sentence:
    """One finished unit. group: as in `script.Unit`, made unique to its storylet; None must be told."""

    text: str
    group: str | None
    words: int
    template: str = ""
    beat: str = ""
    scene: str = ""


def sentences(script: Script, key: str, pen: Pen, beat: str = "") -> list[list[Sentence]]:
    """All that a storylet can say to this cast, paragraph by paragraph. Raises: TagError."""
    told: list[list[Sentence]] = []
    for at, paragraph in enumerate(script):
        line: list[Sentence] = []
        for number, unit in enumerate(paragraph):
            template = pen.choose(unit.lines)
            if template is None:
                continue
            text = upper_first(pen.fill(template))
            group = None if unit.group is None else f"{key}/{unit.group or f'{at}.{number}'}"
            if group is None and "short" in pen.flags and all(_SPARED & set(one.flags) for one in unit.lines):
                group = f"{_FIRST if _DEAR & set(unit.lines[0].flags) else ''}{key}/{at}.{number}"
            if text.strip():
                line.append(Sentence(text, group, len(text.split()), template, beat, key))
        if line:
            told.append(line)
    return told


def upper_first(text: str) -> str:
    """The text with a capital as its first letter, also after a quotation mark."""
    for at, letter in enumerate(text):
        if letter.isalpha():
            return text[:at] + letter.upper() + text[at + 1 :]
        if letter.isdigit():
            break
    return text


#: What a scene may lay in of scenery, where it does not part a question from its answer.
_LAID_IN = re.compile(r"^\{P\.[Ss](?:ight|ound|mell)\}")
_CALM = ("open", "go", "rest")


def settled(paragraphs: list[list[Sentence]], most: int) -> list[list[Sentence]]:
    """The paragraphs with at most `most` sentences of scenery laid in, only at calm beats and never beside something spoken."""
    kept: list[list[Sentence]] = []
    left = most
    for paragraph in paragraphs:
        line: list[Sentence] = []
        for at, sentence in enumerate(paragraph):
            if sentence.group is not None and _LAID_IN.match(sentence.template):
                beside = [other.text for other in paragraph[max(0, at - 1) : at + 2] if other is not sentence]
                if not left or sentence.beat not in _CALM or any(re.search("[„“”]", text) for text in beside):
                    continue
                left -= 1
            line.append(sentence)
        if line:
            kept.append(line)
        else:
            kept.append(paragraph[:0])
    return kept


def _apart(line: list[Sentence]) -> list[Sentence]:
    """The sentences of a paragraph without scenery that has come to stand beside something spoken."""
    kept = []
    for at, sentence in enumerate(line):
        beside = "".join(other.text for other in line[max(0, at - 1) : at + 2] if other is not sentence)
        if sentence.group is None or not (_LAID_IN.match(sentence.template) and re.search("[„“”]", beside)):
            kept.append(sentence)
    return kept


def compose(
    paragraphs: list[list[Sentence]], goal: float, rng: random.Random, notions: Sequence[str], pen: Pen, casts: Sequence[Cast]
) -> tuple[list[str], list[tuple[int, str]]]:
    """The paragraphs of the story, with as many of its optional sentences as bring it near `goal` words.

    It is filled in once more, now that it is known what is told, so that nothing is used up in vain.

    notions: words that should stand in several paragraphs; sentences with rare ones are taken first.
    Returns: the paragraphs, and the numbers of those with which a scene ends, each with the beat of that scene.
    """
    taken = _taken(paragraphs, goal, rng, notions, pen)
    pen.used.clear()
    lines: list[str] = []
    ends: list[tuple[int, str]] = []
    scene = beat = ""
    for paragraph, cast in zip(paragraphs, casts, strict=True):
        pen.cast = cast
        told = _apart([s for s in paragraph if s.group is None or s.group in taken])
        told = [_again(s, pen) for s in told]
        if paragraph and paragraph[0].scene != scene:
            ends += [(len(lines) - 1, beat)] if lines else []
            scene, beat = paragraph[0].scene, paragraph[0].beat
        lines += _spoken([s for s in told if s.text])
    return lines, ends


def _taken(paragraphs: list[list[Sentence]], goal: float, rng: random.Random, notions: Sequence[str], pen: Pen) -> set[str]:
    """The groups of optional sentences that are told."""
    groups: dict[str, list[Sentence]] = {}
    words = 0
    for sentence in (sentence for paragraph in paragraphs for sentence in paragraph):
        if sentence.group is None:
            words += sentence.words
        else:
            groups.setdefault(sentence.group, []).append(sentence)
    order = list(groups)
    rng.shuffle(order)
    must = " ".join(s.text for p in paragraphs for s in p if s.group is None).casefold()
    rare = [notion.casefold() for notion in notions if must.count(notion.casefold()) < 5]
    if pen.flags & {"tiny", "big"}:  # what suits the age goes first
        sign = -1 if "big" in pen.flags else 1
        order.sort(key=lambda name: sign * sum(level(s.text) for s in groups[name]) / len(groups[name]))
    order.sort(key=lambda name: not name.startswith(_FIRST) and not any(r in s.text.casefold() for s in groups[name] for r in rare))
    taken: set[str] = set()
    for name in order:
        more = sum(sentence.words for sentence in groups[name])
        if words + more <= goal * 1.03:
            taken.add(name)
            words += more
    return taken


def _again(sentence: Sentence, pen: Pen) -> Sentence:
    text = upper_first(pen.fill(sentence.template))
    return replace(sentence, text=text, words=len(text.split()))


def _spoken(line: list[Sentence]) -> list[str]:
    """One paragraph as printed: whoever begins to speak gets a new one, and so does the telling after a talk."""
    printed: list[list[str]] = []
    talk = False
    for sentence in line:
        speaks = sentence.text[0] in "„“"
        if not printed or speaks or (talk and sentence.words > 7):
            printed.append([])
            talk = False
        printed[-1].append(sentence.text)
        talk = talk or speaks
    return [" ".join(part) for part in printed]


def extent(paragraphs: list[list[Sentence]]) -> tuple[int, int]:
    """The least and the most words that these paragraphs can have."""
    least = sum(s.words for p in paragraphs for s in p if s.group is None)
    return least, sum(s.words for p in paragraphs for s in p)
