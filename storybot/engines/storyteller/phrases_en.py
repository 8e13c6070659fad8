"""English noun phrases and wishes in a reader's text."""

import re
from collections.abc import Sequence
from dataclasses import replace

from . import english
from .content import Content, Entry
from .found import Found, words
from .words import Noun

_DETERMINERS = words("""
    a an the his her their my our your its this that some two three four many no every
""")
_NOBODY = {"nobody", "somebody", "everybody", "anybody", "everyone", "anyone", "someone"}
#: After these a noun may stand without an article.
_TAKES = words("with without about like likes love loves hate hates eat eats drink drinks sell sells collect collects")
_MANY = {"two", "three", "four", "some", "many"}
_PREPOSITIONS = words("""
    in on at inside under beneath aboard through near into to by behind above across over with of about from for
    like beyond underneath around without as
""")
_FRAME = re.compile(
    r"^(?:the|a) (?:story|tale) (?:of|about) (?=how|why)|^(?:the|one) (?:night|day|morning|evening|summer|winter|year) (?:(?:when|that|on which) )?"
    r"(?=(?:the|an?|all|my|our|every\w*|nobody|it|nothing|[^\W\d_]+[’']s)\b)",
    re.IGNORECASE,
)


def opened(text: str, content: Content) -> str:
    """The text without what only introduces it: "The night (that) the lighthouse went dark" is a story of the lighthouse."""
    return _FRAME.sub("", text)


def chunk(tokens: Sequence[str], content: Content) -> list[Found]:
    """The noun phrases of a text, in order."""
    lists = content.lists
    stop = set(lists["stop"].split()) | _PREPOSITIONS
    verbs = set(" ".join(lists["verbs"].values()).split()) - set(content.nouns)
    names = set(" ".join(lists["names"].values()).split())
    found: list[Found] = []
    at = 0
    while at < len(tokens):
        token, folded = tokens[at], tokens[at].casefold()
        before = tokens[at - 1].casefold() if at else ""
        next_door = (before, folded) == ("next", "door") or tokens[at : at + 2] == ["next", "door"]
        if not token[0].isalpha() or next_door:  # "moves in next door"
            at += 1
            continue
        if before in ("named", "called") and token[0].isupper():
            found = _named(found, token, at)
            at += 1
            continue
        name = re.sub(r"[’']s$", "", token)
        last = found[-1] if found else None
        if last and last.end == at and last.kind in ("being", "thing") and not last.name and token[0].isupper() and folded not in content.nouns:
            found[-1] = replace(last, name=name, kind="being", end=at + 1)
            at += 1
            continue
        if _is_name(name, at, tokens, content, names, stop, verbs):
            found.append(Found(Noun(name, proper=True), "name", start=at, end=at + 1, name=name))
            at += 1
            continue
        if folded == "that" and last and last.end == at:  # "a machine that makes pancakes": a verb comes next
            following = tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
            at += 1 if following in _DETERMINERS else 2
            continue
        determiner = folded if folded in _DETERMINERS else ""
        owned = bool(last and last.end == at and re.search("[’']s$", tokens[at - 1]))
        begin = at + 1 if determiner else at
        clause = at > 1 and tokens[at - 2].casefold() in ("who", "that") and before not in stop | _NOBODY
        end = _words_end(tokens, begin, determiner, content, stop, verbs)
        if not determiner and end > begin and (owned or clause or before in _TAKES):
            determiner = "the"  # "the wizard’s first spell", "a ladybird without spots", "who paints fences"
            while end < len(tokens) and end - begin < 3 and tokens[end][0].isalpha() and tokens[end].casefold() not in stop | verbs:
                end += 1
        if tokens[0].casefold() == "why" and end - begin > 1 and tokens[begin].casefold() in content.nouns:
            end = begin + 1  # "why is the sea salty"
        made = _phrase(tokens[begin:end], determiner, begin, content) if end > begin else None
        if made and (determiner or made.kind or (made.noun.known and made.noun.word)):
            length = made.end - begin
            preposition = before if before in _PREPOSITIONS else ""
            if begin == at and determiner and made.noun.number == "sg" and not made.noun.known:  # "doesn’t like bamboo"
                made, determiner = replace(made, noun=replace(made.noun, bare=not owned)), ""
            found.append(replace(made, start=at, end=begin + length, preposition=preposition, determiner=determiner))
            at = begin + length
        else:
            at = max(at + 1, begin)
    return found


def _words_end(tokens: Sequence[str], begin: int, determiner: str, content: Content, stop: set[str], verbs: set[str]) -> int:
    """Where the words of a noun phrase that begins at `begin` end."""
    end = begin
    while end < len(tokens) and end - begin < 4 and tokens[end][0].isalpha():
        word = tokens[end].casefold()
        if word in stop or word in _NOBODY or word in _DETERMINERS:
            break
        if end > begin and (word in verbs or (not determiner and word not in content.nouns)):
            break
        end += 1
        if re.search("[’']s$", word):
            break
    return end


def _is_name(word: str, at: int, tokens: Sequence[str], content: Content, names: set[str], stop: set[str], verbs: set[str]) -> bool:
    if not word[:1].isupper() or word == "I" or word.casefold() in stop or word.casefold() in _DETERMINERS:
        return False
    if word in names:
        return True
    if word.casefold() in content.nouns or word.casefold() in verbs or lookup(word, content):
        return False
    first = at == 0 or tokens[at - 1] in ".!?:"
    following = tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
    if first:
        return following in verbs or following in ("and", "is", "was", "has", "who", "goes", "went", ",")
    return tokens[at - 1].casefold() not in _DETERMINERS


def _named(found: list[Found], name: str, at: int) -> list[Found]:
    for number in range(len(found) - 1, -1, -1):
        if found[number].kind in ("being", ""):
            found[number] = replace(found[number], name=name, kind="being")
            return found
    return [*found, Found(Noun(name, proper=True), "name", start=at, end=at + 1, name=name)]


def _phrase(words: Sequence[str], determiner: str, begin: int, content: Content) -> Found | None:
    """The longest phrase whose last word is a known noun; else all words, the last as an unknown noun."""
    for end in range(len(words), 0, -1):
        for start in range(end):
            entry = content.nouns.get(" ".join(words[start:end]).casefold())
            if entry and not (entry.kind == "none" and start):
                # a known noun with an unknown one right after it: "fire station keeper" is a keeper
                after = content.nouns.get(words[-1].casefold())
                if end < len(words) and determiner and entry.kind != "being" and len(words) - end == 1 and not (after and after.kind == "none"):
                    continue
                return _known(entry, words, start, end, determiner, begin)
    last = re.sub("[’']s$", "", words[-1])
    entry = lookup(last, content)
    if entry:
        return _known(entry, [*words[:-1], last], len(words) - 1, len(words), determiner, begin)
    if not determiner or last != words[-1]:
        return None
    many = determiner in _MANY or (words[-1].endswith("s") and determiner not in ("a", "an", "every", "this", "that"))
    number = "pl" if many and words[-1].endswith("s") and not words[-1].endswith("ss") else "sg"
    noun = Noun(words[-1], adjectives=tuple(word for word in words[:-1]), number=number, known=False)
    return Found(noun, "", end=begin + len(words), many=number == "pl")


def _known(entry: Entry, words: Sequence[str], start: int, end: int, determiner: str, begin: int) -> Found:
    text = " ".join(words[start:end]).casefold()
    many = text != entry.noun.word.casefold() and text == (entry.noun.plural or english.plural(entry.noun.word))
    noun = replace(entry.noun, adjectives=tuple(words[:start]))
    if many and entry.kind != "being":
        noun = replace(noun, word=text, number="pl")
    elif words[start][0].isupper() and noun.proper:
        noun = replace(noun, word=" ".join(words[start:end]))
    return Found(noun, entry.kind, entry.key, end=begin + end, many=many or determiner in _MANY)


def lookup(token: str, content: Content) -> Entry | None:
    """The entry of a noun, also in the plural or at the end of a compound ("snowdragon", "moon-cat")."""
    folded = token.casefold()
    if folded in content.nouns:
        return content.nouns[folded]
    head, dash, last = token.rpartition("-")
    if dash and last.casefold() in content.nouns:
        entry = content.nouns[last.casefold()]
        return replace(entry, noun=replace(entry.noun, word=f"{head}-{entry.noun.word}"))
    return None


_WANTS = {
    "refuses",
    "refused",
    "refuse",
    "wants",
    "want",
    "wanted",
    "wishes",
    "wished",
    "longs",
    "hopes",
    "dreams",
    "dreamed",
    "learns",
    "learn",
    "learning",
    "tries",
    "loves",
}
_CANNOT = {"can’t", "can't", "cannot", "couldn’t", "couldn't"}
_ENDS = {".", ",", ";", "!", "?", "but", "because", "so", "and", "until", "before", "when", "while", "although"}


def want(tokens: Sequence[str], content: Content) -> tuple[str, bool, tuple[int, int] | None]:
    """What somebody wants to do: the infinitive phrase, whether they cannot, and where it stands."""
    folded = [token.casefold() for token in tokens]
    for at, word in enumerate(folded):
        begin, cannot, head = at + 1, False, ""
        if word in _CANNOT or (word in ("can", "could") and folded[at + 1 : at + 2] == ["not"]):
            begin, cannot = at + 1 + (word in ("can", "could")), True
        elif word in ("dreams", "dreamed") and folded[at + 1 : at + 2] == ["of"]:
            verb = base(folded[at + 2]) if at + 2 < len(folded) else ""
            if not verb:
                continue
            end = _end(folded, at + 3)
            return " ".join([verb, *tokens[at + 3 : end]]), False, (at + 2, end)
        elif word == "rather" and folded[at - 1] in ("would", "’d"):
            begin = at + 1
        elif (word in _WANTS or (word == "like" and folded[at - 1] == "would")) and folded[at + 1 : at + 2] == ["to"]:
            begin = at + 2
            head = "learn to " if word.startswith("learn") else ""
        else:
            continue
        if word == "loves":
            continue
        end = _end(folded, begin)
        if folded[end - 1] in _PREPOSITIONS:  # "nobody wants to play with"
            continue
        if begin < end:
            words = _without_more(list(tokens[begin:end]))
            return head + " ".join(words), cannot, (begin, end)
    return "", False, None


def _without_more(words: list[str]) -> list[str]:
    text = re.sub(r" (?:any ?more|any longer)$", "", " ".join(words))
    return text.split(" ")


def _end(folded: Sequence[str], begin: int) -> int:
    return next((n for n in range(begin, len(folded)) if folded[n] in _ENDS), len(folded))


def base(gerund: str) -> str:
    """The infinitive of an "-ing" form: "flying" → "fly", "swimming" → "swim", "dancing" → "dance"; "" if none."""
    if not gerund.endswith("ing") or len(gerund) < 5:
        return ""
    stem = gerund[:-3]
    if re.search(r"([bdgmnprt])\1$", stem):
        return stem[:-1]
    if re.search(r"(nc|v|[^aeiou][aeiou][kz]|ri[td]|mak|tak|rac|cycl|ang|as|os|us|uil[^d]|explor|ecom)$", stem):
        return stem + "e"
    return stem


def acts(found: Found, folded: Sequence[str]) -> bool:
    """Whether an unknown noun is rather somebody than something: the prompt opens with it and goes on about it."""
    following = folded[found.end] if found.end < len(folded) else ""
    if found.preposition and found.preposition != "about":
        return False
    return found.start <= 3 and following not in ("", ".")


def single(text: str, content: Content) -> Found | None:
    """The noun phrase of a field: "the dark", "spiders", "painting"."""
    tokens = re.findall(r"[^\W_]+(?:[-’'][^\W_]+)*", text)
    if not tokens or len(tokens) > 5:
        return None
    determiner = tokens[0].casefold() if tokens[0].casefold() in _DETERMINERS else ""
    rest = tokens[1:] if determiner else tokens
    if not rest:
        return None
    entry = content.nouns.get(" ".join(rest).casefold())
    if entry:
        return replace(_known(entry, rest, 0, len(rest), determiner, 0), determiner=determiner)
    made = _phrase(rest, determiner or "the", 0, content)
    if made is None or made.end != len(rest):
        return None
    plural = rest[-1].endswith("s") and not rest[-1].endswith("ss")
    noun = replace(
        made.noun, number="pl" if plural or made.many else made.noun.number, bare=made.noun.bare or (not determiner and not plural and not made.kind)
    )
    return replace(made, noun=noun, determiner=determiner)
