"""The last look over a written story: kinds where only names stood, and pronouns where a name is said too often."""

import re
from collections.abc import Sequence

from . import english, german
from .words import Cast, Figure

_ENOUGH = 4
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[^\W\d_])")


def polish(paragraphs: Sequence[str], language: str, cast: Cast, notions: Sequence[str], *, age: str = "") -> list[str]:
    """The paragraphs with the prompt's beings named often enough and without a name at the start of every sentence.

    age: for the smallest listeners (`tiny`) long sentences are taken apart, for older readers (`big`) short ones joined.
    """
    figures = [role for role in (cast.get(letter) for letter in "HFKY") if isinstance(role, Figure)]
    told = list(paragraphs)
    for figure in figures:
        alone = sum(other.kind.word == figure.kind.word for other in figures) == 1
        kin = not alone and "child" in figure.tags  # nobody says "the sister Laura"
        if figure.kind.word in notions and not (figure.by_name or kin):
            told = _kinds(told, language, figure, alone=alone)
    told = [_marks(paragraph, language) for paragraph in told]
    names = [role.name for role in cast.values() if isinstance(role, Figure)]
    told = [_pronouns(paragraph, language, figures, names) for paragraph in told]
    if age == "tiny":
        return [_short(paragraph, language, names) for paragraph in told]
    return [_joined(paragraph, language, figures) for paragraph in told] if age == "big" else told


def _marks(paragraph: str, language: str) -> str:
    """A quoted sentence that the teller goes on after: no full stop before the comma, or a comma for it."""
    if language == "de":
        return paragraph.replace(".“,", "“,")
    return re.sub(r"\.” (?=[a-z])", ",” ", paragraph)


def _kinds(paragraphs: list[str], language: str, figure: Figure, *, alone: bool) -> list[str]:
    """Every other mention by name, where it is the subject for certain, becomes "the dragon".

    alone: nobody else is one; otherwise the name stays ("the rabbit Clover").
    """
    kind = german.phrase("der", (), figure.kind) if language == "de" else english.phrase("the", (), figure.kind)
    if not alone:
        kind = f"{kind} {figure.name}"
    folded = figure.kind.word.casefold()
    count = sum(folded in paragraph.casefold() for paragraph in paragraphs)
    name = re.escape(figure.name)
    said = re.compile(rf"(?<=[“”])(,? \w+ ){name}(?=[.,]| und | and )")
    begins = re.compile(rf"(^|(?<=[.!?] )){name}(?= (?!und |and |war ein|was a)[a-zäöü])")
    for at, paragraph in enumerate(paragraphs):
        if count >= (_ENOUGH if alone else 3) or folded in paragraph.casefold() or at < 1:
            continue
        changed, done = said.subn(rf"\g<1>{kind}", paragraph, count=1)
        if not done:
            changed, done = begins.subn(kind[0].upper() + kind[1:], paragraph, count=1)
        if done:
            paragraphs[at] = changed
            count += 1
    return paragraphs


def _pronouns(paragraph: str, language: str, figures: Sequence[Figure], names: Sequence[str]) -> str:
    """ "Mia saw it. Mia ran." → "Mia saw it. She ran.", only where nobody else can be meant."""
    for figure in figures:
        if figure.pronoun not in ("er", "sie", "he", "she"):
            continue
        others = [name for name in names if name and name != figure.name]
        paragraph = _after_talk(_in_row(paragraph, figure, others), language, figure, others)
    return paragraph


def _in_row(paragraph: str, figure: Figure, others: Sequence[str]) -> str:
    parts = _SENTENCES.split(paragraph)
    subject = figure.pronoun.capitalize()
    taken: set[int] = set()  # "Sie" that stands for her, and not for them
    for at in range(1, len(parts)):
        before, here = parts[at - 1], parts[at]
        told_of = before.startswith(f"{figure.name} ") or at - 1 in taken
        if not here.startswith(f"{figure.name} ") or not told_of or (at - 1 in taken and at - 2 in taken):
            continue
        alone = not any(name in before + here for name in others) and "“" not in before + here
        if alone and re.match("[a-zäöü]", here[len(figure.name) + 1 :]):
            parts[at] = subject + here[len(figure.name) :]
            taken.add(at)
    return " ".join(parts)


def _after_talk(paragraph: str, language: str, figure: Figure, others: Sequence[str]) -> str:
    """ "Mia sat down. “Here,” said Mia." → "… said she" (German: "sagte sie"), and "said Mia. Mia ran." → "said Mia. She ran." """
    name = re.escape(figure.name)
    if language == "de":
        said = rf"([^.!?„“]*[.!?]) („[^“]*“,? \w+ ){name}(?=[.,])"
        row = rf"(“,? \w+ {name}\.) {name}(?= [a-zäöü])"
    else:
        said = rf"([^.!?“”]*[.!?]) (“[^”]*” )(\w+) {name}(?=[.,])"
        row = rf"(” \w+ {name}\.) {name}(?= [a-z])"
    found = re.search(rf"(?:^|(?<=[.!?] )){name} {said}", paragraph)
    if found and not any(other in found[0] for other in others):
        if language == "de":
            text = f"{figure.name} {found[1]} {found[2]}{figure.pronoun}"
        else:
            text = f"{figure.name} {found[1]} {found[2]}{figure.pronoun} {found[3]}"
        paragraph = paragraph[: found.start()] + text + paragraph[found.end() :]
    return re.sub(row, rf"\g<1> {figure.pronoun.capitalize()}", paragraph, count=1)


def _joined(paragraph: str, language: str, figures: Sequence[Figure]) -> str:
    """ "Mia stood up. She went on." → "Mia stood up and went on.", where both are plain statements about the same one."""
    joint = "und" if language == "de" else "and"
    parts = _SENTENCES.split(paragraph)
    at = 0
    while at + 1 < len(parts):
        before, after = parts[at], parts[at + 1]
        for figure in figures:
            if figure.pronoun not in ("er", "sie", "he", "she"):
                continue
            starts = (f"{figure.name} ", f"{figure.pronoun.capitalize()} ")
            if not (before.startswith(starts) and after.startswith(starts)):
                continue
            subject = rf"(?:{re.escape(figure.name)}|{figure.pronoun.capitalize()})"
            first = re.fullmatch(rf"{subject} (?:{_PLAIN})\.", before)
            second = re.fullmatch(rf"{subject} ({_PLAIN})\.", after)
            if first and second and joint not in before.split() + after.split() and not re.match(_MANY[language], second[1]):
                parts[at : at + 2] = [f"{before[:-1]} {joint} {second[1]}."]
                break
        at += 1
    return " ".join(parts)


#: A statement without clauses, from its verb on.
_PLAIN = r"[a-zäöü][^,.:;!?„“”‚‘–…]{3,60}"
#: A verb that cannot be about one alone ("sie liefen"), or no verb.
_MANY = {"de": r"\w+en\b|und\b|war\b|hieß\b", "en": r"and\b|was\b|were\b|had\b|of\b"}

_JOINTS = {"de": "und aber denn doch", "en": "and but so"}
_SUBJECTS = {
    "de": "er sie es niemand jemand da dann man dort jetzt",
    "en": "he she they it there nobody somebody everyone everybody then",
}
_SUBORDINATE = {
    "de": "dass weil wenn als ob obwohl bis damit während nachdem bevor wo was wer wie kaum um sobald jeder welche die der das den dem",
    "en": "if when because that while until as what who which where how though before after since whether like",
}

# "the world looked", not "the sort of friend"
_CLAUSE = {
    "de": r"(?:der|die|das|ein|eine) (?:[a-zäöüß]+ )?[A-ZÄÖÜ]\w+ "
    r"(?:\w+te|\w+ten|war|waren|ging|kam|stand|lag|saß|fiel|blieb|lief|sah|fing|tat|zog|schien)",
    "en": r"(?:the|a|an) (?:[a-z]+ )?[a-z]+ (?:was|were|had|went|came|stood|fell|ran|looked|[a-z]+ed)",
}
_OPENERS = {
    "de": "dass|weil|wenn|als|ob|obwohl|während|nachdem|bevor|wer|wie|sobald",
    "en": "if|when|because|while|as|though|before|after|since|what|whoever",
}


def _short(paragraph: str, language: str, names: Sequence[str]) -> str:
    """Two main clauses that "and" joins become two sentences; what is spoken stays as it is."""
    subjects = "|".join([_CLAUSE[language], *_SUBJECTS[language].split(), *(re.escape(name) for name in names if name)])
    joint = re.compile(rf", ({_JOINTS[language].replace(' ', '|')}) (?=(?:{subjects})\b)")
    bound = re.compile(rf", (?:{_SUBORDINATE[language].replace(' ', '|')})\b|^(?:{_OPENERS[language]})\b", re.IGNORECASE)
    parts = _SENTENCES.split(paragraph)
    for at, part in enumerate(parts):
        found = joint.search(part)
        if not found or re.search("[„“”]", part):
            continue
        before, after = part[: found.start()], part[found.end() :]
        if len(before.split()) >= 3 and len(after.split()) >= 3 and not bound.search(before):
            parts[at] = f"{before}. {found[1].capitalize()} {after}"
    return " ".join(parts)
