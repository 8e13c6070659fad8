"""German noun phrases and wishes in a reader's text."""

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

from . import german
from .clauses import finite, is_question
from .content import Content, Entry
from .found import Found, words
from .words import Noun

_CONTRACTED = {
    "im": "in",
    "am": "an",
    "zum": "zu",
    "zur": "zu",
    "vom": "von",
    "beim": "bei",
    "ins": "in",
    "ans": "an",
    "aufs": "auf",
    "unterm": "unter",
    "übers": "über",
}
_PREPOSITIONS = words("""
    in auf an unter über bei von zu mit aus vor nach durch hinter neben für gegen um ohne zwischen namens als
""")
_DETERMINERS = words("""
    der die das den dem des ein eine einen einem einer eines kein keine keinen mein meine meinen meinem meiner
    sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer unser unsere zwei drei vier fünf viele alle diese
    dieser dieses diesen
""")
_DATIVE = {"zu", "mit", "von", "bei", "aus", "nach"}
_MANY = {"zwei", "drei", "vier", "fünf", "viele", "alle"}
_FRAME = re.compile(
    r"^(?:die |eine )?Geschichte(?: davon)? ?, (?=wie|warum)|"
    r"^(?:die|der|das|ein|eine) (?:Nacht|Tag|Morgen|Abend|Sommer|Winter|Jahr) ?, (?:in der|an dem|in dem|als|da) ",
    re.IGNORECASE,
)
_OF_MANY = re.compile(r"^((?i:ein|eine|das|der|die) )?([A-ZÄÖÜ]\w{2,}?)(rennen|wettrennen|fest|schule|party|hochzeit|konzert)\b")


def opened(text: str, content: Content) -> str:
    """The text without what only introduces it: „Die Nacht, in der der Leuchtturm erlosch“ is a story of the lighthouse.

    A compound that says who it is of is taken apart: „Ein Schneckenrennen“ is a race of snails.
    """
    text = _FRAME.sub("", text)
    found = _OF_MANY.match(text)
    if not found or content.nouns.get((found[2] + found[3]).casefold()):
        return text
    whose = _plurals(content).get(found[2].casefold(), "")
    return f"{found[1] or ''}{found[3].capitalize()} der {whose}{text[found.end() :]}" if whose else text


@functools.cache
def _plurals(content: Content) -> dict[str, str]:
    """The plural of every being, by what it is at the beginning of a compound ("schnecken", "hasen", "drachen", "hund", "hunde")."""
    found = {}
    for entry in content.nouns.values():
        if entry.kind == "being" and entry.noun.plural:
            for form in (entry.noun.word, entry.noun.plural, entry.noun.plural + "n"):
                found[form.casefold()] = entry.noun.plural
    return found


def chunk(tokens: Sequence[str], content: Content) -> list[Found]:
    """The noun phrases of a text, in order."""
    lists = content.lists
    names = set(lists["names"]["f"].split()) | set(lists["names"]["m"].split()) | set(lists["names"]["n"].split())
    stop = set(lists["stop"].split())
    small = all(token == token.casefold() for token in tokens[1:])
    found: list[Found] = []
    for at, token in enumerate(tokens):
        folded = token.casefold()
        if folded in stop or not token[0].isalpha() or (at and tokens[at - 1].casefold() in ("etwas", "nichts", "viel")):
            continue
        first = at == 0 or tokens[at - 1] in ".!?:"
        before = tokens[at - 1].casefold() if at else ""
        if before in ("namens", "heißt", "heisst", "hieß", "genannt") and token[0].isupper():
            found = _named(found, token, at)
            continue
        entry = lookup(token, content) if token[0].isupper() or small else None
        last = found[-1] if found else None
        after = last if last and last.end == at else None
        owner = after if after and tokens[at - 1].endswith("s") and not after.noun.word.endswith("s") else None  # "Opas Schuppen"
        if owner and not is_question([one.casefold() for one in tokens]):  # one grandfather's, not several grandfathers
            found[-1] = owner = replace(owner, many=False)
        nameless = after and after.kind in ("being", "thing") and not (after.name or owner)
        if last and nameless and token[0].isupper() and (entry is None or token in names):
            found[-1] = replace(last, name=token, kind="being", end=at + 1)
            continue
        named = token[:-1] if token.endswith("s") and token[:-1] in names and tokens[at + 1 : at + 2] and tokens[at + 1][0].isupper() else ""
        if named and not entry:
            found.append(Found(Noun(named, proper=True), "name", start=at, end=at + 1, name=named))
            continue
        if token in names and not (entry and before in _DETERMINERS):
            found.append(Found(Noun(token, proper=True), "name", start=at, end=at + 1, name=token))
            continue
        if entry is None and not token[0].isupper():
            continue
        left, adjectives, determiner = _left(tokens, at, stop)
        preposition = ""
        if left and tokens[left - 1].casefold() in _CONTRACTED:
            preposition, determiner = _CONTRACTED[tokens[left - 1].casefold()], determiner or "dem"
        elif left and tokens[left - 1].casefold() in _PREPOSITIONS:
            preposition = tokens[left - 1].casefold()
        if entry is None and not determiner and not adjectives:
            if owner:
                found.append(_phrase(token, None, "dem" if owner.preposition else "der", adjectives, owner.preposition, left, at))
                continue
            if first and not _next_acts(tokens, at, lists):
                continue
            if preposition in ("in", "nach", "aus"):
                found.append(Found(Noun(token, proper=True, known=False), "place", "", at, at + 1, preposition))
            elif (
                (first or _next_acts(tokens, at, lists))
                and not (preposition and folded.endswith("en"))
                and not folded.endswith(("ung", "heit", "keit", "schaft"))
            ):
                found.append(Found(Noun(token, proper=True), "name", start=at, end=at + 1, name=token))
                continue
        found.append(_phrase(token, entry, determiner, adjectives, preposition, left, at))
    return found


def _named(found: list[Found], name: str, at: int) -> list[Found]:
    for number in range(len(found) - 1, -1, -1):
        if found[number].kind in ("being", "") and found[number].preposition in ("", "von", "mit"):
            found[number] = replace(found[number], name=name, kind="being")
            return found
    return [*found, Found(Noun(name, proper=True), "name", start=at, end=at + 1, name=name)]


def _next_acts(tokens: Sequence[str], at: int, lists: dict[str, dict[str, str]]) -> bool:
    following = tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
    verbs = " ".join(lists["verbs"].values()).split()
    return (
        following in ("und", "ist", "hat", "war", "geht", ",")
        or following in verbs
        or (len(following) > 3 and following.endswith(("t", "te")) and following == tokens[at + 1])
    )


def _left(tokens: Sequence[str], at: int, stop: set[str]) -> tuple[int, list[str], str]:
    """Where the phrase begins, its adjectives as they stand, its determiner."""
    adjectives: list[str] = []
    left = at
    while left and len(adjectives) < 3:
        word = tokens[left - 1]
        folded = word.casefold()
        if folded in _DETERMINERS:
            return left - 1, adjectives, folded
        if folded in stop or folded in _PREPOSITIONS or not re.search(r"(e|en|er|es|em|a)$", folded) or (word[0].isupper() and left != 1):
            break
        adjectives.insert(0, word.lower())
        left -= 1
    return left, adjectives, ""


def _phrase(token: str, entry: Entry | None, determiner: str, adjectives: list[str], preposition: str, left: int, at: int) -> Found:
    stems = tuple(german.stem_of(word) if not word.endswith("a") else word for word in adjectives)
    # "zu seinen Streifen": a dative in -en is one of many, but for the weak ones
    given = preposition in _DATIVE and determiner.endswith("en") and token.endswith("n") and not (entry and entry.noun.weak)
    if entry:
        noun = replace(entry.noun, adjectives=stems)
        many = given or _many(token, noun, determiner, adjectives)
        if many and entry.kind != "being" and noun.number != "pl":
            noun = replace(noun, word=noun.plural, number="pl")
        return Found(noun, entry.kind, entry.key, left, at + 1, preposition, determiner, many=many)
    gender = "pl" if given else _gender(determiner, adjectives) or german.guess_gender(token)
    word = token[0].upper() + token[1:]
    if gender == "pl":
        return Found(Noun(word, number="pl", adjectives=stems, known=False), "", "", left, at + 1, preposition, determiner, many=True)
    noun = Noun(word, gender=gender, adjectives=stems, known=False, bare=not determiner and not adjectives)
    return Found(noun, "", "", left, at + 1, preposition, determiner)


def _many(token: str, noun: Noun, determiner: str, adjectives: list[str]) -> bool:
    plural = noun.plural.casefold()
    if noun.number == "pl":
        return True
    if not plural or token.casefold() not in (plural, plural + "n"):
        return False
    if determiner in _MANY:
        return True
    if plural != noun.word.casefold() and not (noun.weak and determiner in ("den", "einen", "dem", "einem", "des")):
        return determiner not in ("einen", "dem", "einem")
    return not determiner and bool(adjectives) and adjectives[0].endswith("e")


def _gender(determiner: str, adjectives: Sequence[str]) -> str:
    """What article and adjective endings tell of a noun's gender ("" = nothing)."""
    if determiner in _MANY:
        return "pl"
    if determiner.endswith("en") and determiner != "den":
        return "m"
    if determiner in ("der", "den"):
        return "m"
    if determiner in ("das",):
        return "n"
    if determiner == "die" or determiner.endswith("e"):
        return "pl" if determiner == "die" and adjectives and adjectives[0].endswith("en") else "f"
    if determiner.endswith("er"):
        return "f"
    if adjectives and adjectives[0].endswith("es"):
        return "n"
    if adjectives and adjectives[0].endswith("er") and determiner:
        return "m"
    return ""


def lookup(token: str, content: Content) -> Entry | None:
    """The entry of a noun or of the head of a compound ("Feuerdrache" → Drache with its own word)."""
    if token.casefold() in content.nouns:
        return content.nouns[token.casefold()]
    folded = token.lower()  # as long as the token itself: "ß" stays one letter
    for cut in range(2, len(folded) - 2):
        entry = content.nouns.get(folded[cut:].casefold())
        if entry and len(entry.noun.word) > 2 and len(folded) - cut > 3 - (cut > 4):
            head = token[:cut]
            joint = entry.noun.word if head.endswith("-") else entry.noun.word.lower()
            many = entry.noun.plural if head.endswith("-") else entry.noun.plural.lower()
            word = head[0].upper() + head[1:] + joint
            noun = replace(entry.noun, word=word, plural=head[0].upper() + head[1:] + many if many else "")
            return replace(entry, noun=noun)
    return None


_MODAL = ["will", "wollte", "möchte", "mochte", "würde", "kann", "konnte", "darf", "durfte", "muss", "musste", "soll", "sollte", "wünscht"]
_FILLERS = {"so", "sehr", "gern", "gerne", "unbedingt", "nur", "immer", "endlich", "auch", "doch", "nicht", "nie", "einfach", "wieder", "sich"}


def want(tokens: Sequence[str], content: Content) -> tuple[str, bool, tuple[int, int] | None]:
    """What somebody wants to do: the infinitive phrase, whether they cannot, and where it stands."""
    folded = [token.casefold() for token in tokens]
    for at, word in enumerate(folded):
        if word in ("lernt", "lernen", "lernte") and at + 1 < len(folded) and word != "lernen":
            learnt = _wish(tokens, at + 1, _stop(folded, at), " lernen", False, content)
            if learnt[0]:
                return learnt
        if word == "zu" and at + 1 < len(folded) and folded[at + 1].endswith(("en", "ern", "eln")) and folded[at + 1] not in _FILLERS:
            start = max((n for n in range(at) if folded[n] in ".,;!?"), default=-1) + 1
            if start:
                kept = [t for n, t in enumerate(tokens[start : at + 2], start) if n != at]
                more = " lernen" if {"lernt", "lernte"} & set(folded[:at]) else ""
                return _clean(kept, content) + more, False, (start, at + 2)
        if word not in _MODAL or (word == "würde" and "gern" not in " ".join(folded)):
            continue
        cannot = word in ("kann", "konnte", "darf", "durfte") and bool({"nicht", "kein", "keine", "keinen", "nie"} & set(folded))
        if word in ("kann", "konnte", "darf", "durfte", "muss", "musste", "soll", "sollte") and not cannot:
            continue
        start = max((n for n in range(at) if folded[n] in ".,;!?"), default=-1) + 1
        last = at + 1 == len(folded) or folded[at + 1] in ".,;!?" or folded[at + 1] == "und"
        if last and start < at and folded[start] in ("der", "die", "das", "dem", "weil", "dass", "warum", "wie"):
            begin = start + 1
            if folded[start] in ("weil", "dass", "warum", "wie"):
                begin = min(begin + 2, at)
            # "der Angst vor Feuer hat und fliegen will": what comes before is no part of the wish
            begin = max((n + 1 for n in range(begin + 1, at) if folded[n] == "und" and finite(tokens[n - 1], "de")), default=begin)
            return _clean(tokens[begin:at], content), cannot, (begin, at)
        if not last:
            return _wish(tokens, at + 1, _stop(folded, at), "", cannot, content)
    return "", False, None


def _stop(folded: Sequence[str], at: int) -> int:
    ends = {".", ",", ";", "!", "?", "aber", "weil", "obwohl", "und"}
    return next((n for n in range(at + 1, len(folded)) if folded[n] in ends), len(folded))


def _wish(tokens: Sequence[str], begin: int, end: int, more: str, cannot: bool, content: Content) -> tuple[str, bool, tuple[int, int] | None]:
    text = _clean(tokens[begin:end], content)
    if not text or not text.split()[-1].endswith(("en", "ern", "eln", "n")) or text.split()[-1][0].isupper():
        return "", False, None
    return text + more, cannot, (begin, end)


def _clean(tokens: Sequence[str], content: Content) -> str:
    words = list(tokens)
    while words and words[0].casefold() in _FILLERS - {"sich"}:
        words.pop(0)
    kept = [word for word in words if word.casefold() not in ("nicht", "lieber", "mehr", "unbedingt", "kein", "keine", "keinen", "nie")]
    return " ".join(_capital(word, content) for word in kept)


def _capital(word: str, content: Content) -> str:
    entry = content.nouns.get(word.casefold())
    return word[0].upper() + word[1:] if entry and entry.kind in ("being", "thing", "place") else word


def acts(found: Found, folded: Sequence[str]) -> bool:
    """Whether an unknown noun is rather somebody than something: it opens the prompt or a clause is told of it."""
    following = folded[found.end] if found.end < len(folded) else ""
    after = folded[found.end + 1] if found.end + 1 < len(folded) else ""
    if found.preposition or found.noun.bare:
        return False
    opens = found.start <= 2
    return opens and (
        (following == "," and after in ("der", "die", "das", "dem"))
        or following.endswith("t")
        or following in ("und", "ohne", "im", "in", "auf")
        or len(folded) > found.end
    )


def single(text: str, content: Content) -> Found | None:
    """The noun phrase of a field; a bare infinitive becomes a noun ("malen" → "das Malen")."""
    tokens = re.findall(r"[^\W_]+(?:[-’'][^\W_]+)*", text)
    tokens = [token for token in tokens if token.casefold() not in ("sehr", "vor", "zu")]
    if not tokens or len(tokens) > 5:
        return None
    last = tokens[-1]
    entry = lookup(last, content)
    stop = set(content.lists["stop"].split())
    if entry and last[0].islower() and (entry.kind == "none" or last not in (entry.noun.word.casefold(), entry.noun.plural.casefold())):
        entry = None
    if entry is None and last[0].islower() and re.search(r"(en|ern|eln)$", last):
        verb = " ".join(tokens)
        if len(tokens) == 1:
            return Found(Noun(verb.capitalize(), gender="n", bare=True), "force")
        return None
    left, adjectives, determiner = _left(tokens, len(tokens) - 1, stop)
    if left:
        return None
    return _phrase(last[0].upper() + last[1:], entry, determiner, adjectives, "", 0, len(tokens) - 1)
