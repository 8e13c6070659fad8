"""German words in a sentence: declension of articles, adjectives, nouns, names and pronouns.

A writer writes every phrase as if its noun were masculine ("{einen kleinen T}", "{H.seinem}"): the masculine form
tells the case, and this module puts in the form that the real noun needs.
Source: the declension tables of Duden, Die Grammatik (chapters on article, adjective, noun and pronoun).
"""

import re
from collections.abc import Iterable

from .words import Figure, Noun

CASES = ("nom", "acc", "dat", "gen")
_DER = {
    "nom": {"m": "der", "f": "die", "n": "das", "pl": "die"},
    "acc": {"m": "den", "f": "die", "n": "das", "pl": "die"},
    "dat": {"m": "dem", "f": "der", "n": "dem", "pl": "den"},
    "gen": {"m": "des", "f": "der", "n": "des", "pl": "der"},
}
# Endings of dieser, jeder, welcher …
_STRONG = {
    "nom": {"m": "er", "f": "e", "n": "es", "pl": "e"},
    "acc": {"m": "en", "f": "e", "n": "es", "pl": "e"},
    "dat": {"m": "em", "f": "er", "n": "em", "pl": "en"},
    "gen": {"m": "es", "f": "er", "n": "es", "pl": "er"},
}
# Endings of ein, kein, mein, sein …
_EIN = {
    "nom": {"m": "", "f": "e", "n": "", "pl": "e"},
    "acc": {"m": "en", "f": "e", "n": "", "pl": "e"},
    "dat": {"m": "em", "f": "er", "n": "em", "pl": "en"},
    "gen": {"m": "es", "f": "er", "n": "es", "pl": "er"},
}
# Adjective endings after der-words, after ein-words, and with nothing before them.
_AFTER_DER = {
    "nom": {"m": "e", "f": "e", "n": "e", "pl": "en"},
    "acc": {"m": "en", "f": "e", "n": "e", "pl": "en"},
    "dat": {"m": "en", "f": "en", "n": "en", "pl": "en"},
    "gen": {"m": "en", "f": "en", "n": "en", "pl": "en"},
}
_AFTER_EIN = {
    "nom": {"m": "er", "f": "e", "n": "es", "pl": "en"},
    "acc": {"m": "en", "f": "e", "n": "es", "pl": "en"},
    "dat": {"m": "en", "f": "en", "n": "en", "pl": "en"},
    "gen": {"m": "en", "f": "en", "n": "en", "pl": "en"},
}
_ALONE = {
    "nom": {"m": "er", "f": "e", "n": "es", "pl": "e"},
    "acc": {"m": "en", "f": "e", "n": "es", "pl": "e"},
    "dat": {"m": "em", "f": "er", "n": "em", "pl": "en"},
    "gen": {"m": "en", "f": "er", "n": "en", "pl": "er"},
}
_CONTRACTED = {"im": "in", "am": "an", "zum": "zu", "vom": "von", "beim": "bei"}
_CONTRACTS = {
    ("in", "dem"): "im",
    ("an", "dem"): "am",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
    ("von", "dem"): "vom",
    ("bei", "dem"): "beim",
    ("in", "das"): "ins",
    ("an", "das"): "ans",
}
_PRONOUNS = {
    "er": {"nom": "er", "acc": "ihn", "dat": "ihm", "poss": "sein"},
    "sie": {"nom": "sie", "acc": "sie", "dat": "ihr", "poss": "ihr"},
    "es": {"nom": "es", "acc": "es", "dat": "ihm", "poss": "sein"},
    "pl": {"nom": "sie", "acc": "sie", "dat": "ihnen", "poss": "ihr"},
}
_BY_SLOT = {"m": "er", "f": "sie", "n": "es", "pl": "pl"}
_EIN_WORDS = ("ein", "kein", "mein", "dein", "sein", "ihr", "unser")
_DER_WORDS = ("dies", "jed", "jen", "welch")


def case_of(masculine: str) -> tuple[str, str, str] | None:
    """(family, stem, case) of a determiner in its masculine form; None if it is none.

    Families: `der`, `dies` (dieser, jeder …), `ein` (ein, kein, mein …), `prep` (im, zum, vom …).
    """
    word = masculine.lower()
    if word in _CONTRACTED:
        return "prep", _CONTRACTED[word], "dat"
    for case in CASES:
        if word == _DER[case]["m"]:
            return "der", "", case
        for stem in _EIN_WORDS:
            if word == stem + _EIN[case]["m"]:
                return "ein", stem, case
        for stem in _DER_WORDS:
            if word == stem + _STRONG[case]["m"]:
                return "dies", stem, case
    return None


def stem_of(adjective: str) -> str:
    """The stem of an inflected adjective: "kleinen" → "klein", "leise" → "leis"."""
    return re.sub(r"(?<=..)e[nrsm]?$", "", adjective)


def noun_form(noun: Noun, case: str) -> str:
    """The noun alone in a case: "Drachen", "Hauses", "Kindern"."""
    word = noun.word
    if word.startswith("Paar "):
        return word.replace("Paar", "Paars", 1) if case == "gen" else word
    if noun.number == "pl":
        return word + "n" if case == "dat" and not re.search(r"[nsaiou]$", word) else word
    if noun.proper:
        return genitive(word) if case == "gen" else word
    if noun.weak and case != "nom":
        return word + ("n" if re.search(r"(e|[Nn]achbar|[Bb]auer|[Hh]err)$", word) else "en")
    if case == "gen" and noun.gender in "mn":
        if re.search(r"(s|ß|x|z)$", word):
            return word + "es"
        syllables = len(re.findall(r"[aeiouyäöü]+", word.lower()))
        return word + ("es" if syllables == 1 and not re.search(r"[aeiouyäöü]h?$", word) else "s")
    return word


#: "der größte Kürbis", but not "ein größter".
_ONE_OF_A_KIND = re.compile(r"^(?:größt|kleinst|schönst|höchst|tiefst|ältest|jüngst|schnellst|längst|stärkst|klügst|best|letzt|erst)$")


def phrase(determiner: str, adjectives: Iterable[str], noun: Noun, *, full: bool = False) -> str:
    """A noun phrase from masculine-form words: phrase("einen", ["kleinen"], Katze) → "eine kleine Katze".

    `full` adds the noun's own adjectives. Raises: ValueError if the determiner is none.
    """
    found = case_of(determiner)
    if found is None:
        raise ValueError(f"not a German determiner in its masculine form: {determiner!r}")
    family, stem, case = found
    slot = noun.slot
    before: list[str] = []
    endings = _AFTER_DER
    if noun.proper:
        if family == "prep":
            before.append(stem)
        endings = _ALONE
    elif family == "der":
        before.append(_DER[case][slot])
    elif family == "prep":
        before.append(_contract(stem, _DER["dat"][slot]))
    elif family == "dies":
        before.append(stem + _STRONG[case][slot])
    elif stem == "ein" and (slot == "pl" or noun.bare):
        endings = _ALONE
    else:
        before.append(_ein_form(stem, case, slot))
        endings = _AFTER_EIN
    stems = [stem_of(word) for word in adjectives]
    if full:
        stems += [word for word in noun.adjectives if word not in stems and not (stem == "ein" and _ONE_OF_A_KIND.search(word))]
    inflected = [_inflect(word, endings[case][slot]) for word in stems]
    text = " ".join([*before, *inflected, noun_form(noun, case)])
    return text[0].upper() + text[1:] if determiner[0].isupper() else text


def _ein_form(stem: str, case: str, slot: str) -> str:
    return stem + _EIN[case][slot]


def _inflect(stem: str, ending: str) -> str:
    # Colours and the like ("rosa", "lila") never change.
    return stem if stem.endswith("a") else stem + ending


def _contract(preposition: str, article: str) -> str:
    return _CONTRACTS.get((preposition, article), f"{preposition} {article}")


def contract(preposition: str, noun: Noun, case: str) -> str:
    """Preposition, article and noun with all its adjectives: contract("in", Wald, "dat") → "im Wald"."""
    if noun.proper:
        return f"{preposition} {noun.word}"
    masculine = {"dat": "dem", "acc": "den"}[case]
    article, rest = phrase(masculine, (), noun, full=True).split(" ", 1)
    return f"{_contract(preposition, article)} {rest}"


def feared(noun: Noun) -> str:
    """What somebody is afraid of: "vor Spinnen", "vor dem Feuer"."""
    if noun.number == "pl" or noun.proper:
        stems = [_inflect(stem, "en") for stem in noun.adjectives]
        return " ".join(["vor", *stems, noun_form(noun, "dat")])
    return "vor " + phrase("dem", (), noun, full=True)


def genitive(name: str) -> str:
    """The genitive of a name: "Mias", "Max’", "Lukas’"."""
    return name + ("’" if re.search(r"(s|ß|x|z|ce|S|X|Z)$", name) else "s")


def pronoun(word: str, who: Noun | Figure) -> str | None:
    """The pronoun that `word` (written in its masculine form) is for `who`; None if `word` is no pronoun."""
    lower = word.lower()
    key = who.pronoun if isinstance(who, Figure) else _BY_SLOT[who.slot]
    slot = {"er": "m", "sie": "f", "es": "n", "pl": "pl"}.get(key, "n")
    text: str | None = None
    for case in ("nom", "acc", "dat"):
        if lower == _PRONOUNS["er"][case]:
            text = who.name if key == "name" and isinstance(who, Figure) else _PRONOUNS[key][case]
    if lower in ("der", "den", "dem"):
        case = {"der": "nom", "den": "acc", "dem": "dat"}[lower]
        text = "denen" if (case, slot) == ("dat", "pl") else _DER[case][slot]
    possessive = re.fullmatch(r"sein(e|en|em|er|es|)", lower)
    if possessive:
        text = genitive(who.name) if key == "name" and isinstance(who, Figure) else _PRONOUNS[key]["poss"] + possessive[1]
    if text is None:
        return None
    return text[0].upper() + text[1:] if word[0].isupper() else text


def possessed(determiner: str, adjectives: Iterable[str], noun: Noun, owner: Figure, *, full: bool = False) -> str:
    """ "seinen kleinen Hut" for any owner and any noun; `determiner` is a form of "sein" in the masculine."""
    text = phrase(determiner, adjectives, noun, full=full)
    if owner.pronoun == "name":
        # "Noas kleiner Hut": after a genitive the adjective takes the strong ending.
        case = (case_of(determiner) or ("", "", "nom"))[2]
        stems = [stem_of(word) for word in adjectives] + (list(noun.adjectives) if full else [])
        words = [_inflect(stem, _ALONE[case][noun.slot]) for stem in stems]
        return " ".join([genitive(owner.name), *words, noun_form(noun, case)])
    if owner.pronoun in ("sie", "pl"):
        return ("Ihr" if text[0].isupper() else "ihr") + text[4:]
    return text


_SUFFIXES = (
    (r"(chen|lein|ment|tum|um|nis)$", "n"),
    (r"(ung|heit|keit|schaft|ion|tät|ei|in|ik|ur|enz|anz|ade|ette)$", "f"),
    (r"(er|ling|ig|or|ant|ent|ist|ismus|el|en|eur)$", "m"),
    (r"e$", "f"),
)


def guess_gender(word: str) -> str:
    """The likeliest gender of an unknown noun by its ending (`m` where nothing tells)."""
    for pattern, gender in _SUFFIXES:
        if re.search(pattern, word.lower()):
            return gender
    return "m"
