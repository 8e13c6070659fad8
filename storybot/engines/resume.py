"""How a passage goes on after a break: the first new words are fitted to the text that is already kept.

A model that is asked to go on exactly where a text stops often starts again from the beginning, repeats the last
words, says the broken-off word whole, or leaves out the space. `Seam` puts that right. It is pure: text goes in as
it comes and what may be appended comes out, holding back only while the right place is still undecided. The result
does not depend on how the text was cut into pieces. Engines that write through a language model use it.
"""

import re

#: So many characters of the end, said again, are a repetition and no coincidence.
LEAST_OVERLAP = 12
#: So many characters of the beginning, said again and then left, mean that the model tells another story.
LEAST_RESTART = 40
#: How far back from the end a repetition is looked for, in characters.
OVERLAP_WINDOW = 8000
#: A heading longer than this is text.
LONGEST_HEADING = 200
#: A first word longer than this is not waited for.
_LONGEST_WORD = 64

_HEADING = re.compile(r"#(?=[ \t\n])[^\n]*\n")
_LAST_WORD = re.compile(r"\w+\Z")
_FIRST_WORD = re.compile(r"\w+")
_CLOSING = frozenset(".,;:!?…)]}’”%")
_OPENING = frozenset("([{„‚‘¿¡/")
_DASHES = frozenset("-–—")
_APOSTROPHES = frozenset("'’")
#: Signs that open in one language or place and close in another.
_TWO_WAY = frozenset('"“«»*')
_VOWELS = frozenset("aeiouyäöüéèáàóòíúåæøœ")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Short words of both languages, which may stand before or after a gap as they are.
_WORDS = _words(
    "a am an and are as at be but by can do for from go had has he her him his how i if in into is it its just me my "
    "no not now of oh on one or our out she so that the their them then there they this to too up us was we were what "
    "when who will with you your ab aber als also am an auch auf aus bei bin bis da dann das dass dem den denn der des "
    "die doch du durch ein eine einem einen einer er es für ganz hat hatte hier ich ihm ihn ihr im in ist ja kam man "
    "mehr mir mit nach nicht noch nun nur ob oder oh ohne sah sehr sein sich sie sind so über um und uns unter vom von "
    "vor war was weil wenn wer wie wir wird wo zu zum zur"
)
#: Ends of words that are no words themselves.
_ENDINGS = _words(
    "ed er ers es est ing ings ly ness ful less ment ments tion tions able ible ous te ten test tet en ern st ung "
    "ungen heit keit lich liche lichen isch ische ischen schaft chen lein sam bar ig ige igen iger s t n d"
)


class WentAstray(Exception):
    """The model began again and then told something else than what is kept."""


class Seam:
    """Fits new text to `written` (not empty): `feed` until `settled`, then text needs no fitting any more.

    heard: other text of the same story (the brief, what came before), to know its words by.
    """

    __slots__ = ("_heard", "_held", "_matched", "_restart", "_tail", "_text", "_written", "settled")

    def __init__(self, written: str, heard: str = "") -> None:
        self._written = written
        self._heard = heard
        # Compared without the white space at its end, which a model may say in another way or not at all.
        self._text = written.rstrip()
        self._tail = self._text[-OVERLAP_WINDOW:]
        self._held = ""
        self._matched = 0
        self._restart = True
        self.settled = False

    def feed(self, text: str) -> str:
        """What may be appended to `written` now; "" while that is undecided. Raises: WentAstray."""
        return text if self.settled else self._go_on(text, ended=False)

    def end(self) -> str:
        """What is left when the model has finished. Raises: WentAstray."""
        return "" if self.settled else self._go_on("", ended=True)

    def _go_on(self, text: str, *, ended: bool) -> str:
        self._held += text
        new = self._held.lstrip()
        lead = self._held[: len(self._held) - len(new)]
        if new.startswith("#") and not self._text.startswith("#"):
            # The story's title, said again.
            heading = _HEADING.match(new)
            if heading is None:
                if not ended and "#\t".startswith(new[:2].replace(" ", "\t")) and len(new) <= LONGEST_HEADING:
                    return ""
                if ended and len(new) <= LONGEST_HEADING and new[1:2] != "#":
                    new = ""
            elif heading.end() <= LONGEST_HEADING:
                new, lead = new[heading.end() :].lstrip(), ""
        out = self._fit(new, lead, ended) if new else None
        self.settled = out is not None
        return out or ""

    def _fit(self, new: str, lead: str, ended: bool) -> str | None:
        """What of `new` goes after `written`, `lead` being the white space before it; None while undecided."""
        if self._restart:
            matched = self._match_beginning(new)
            if matched == len(self._text):
                return self._after(new[matched:], ended)
            if matched == len(new) and not ended:
                return None
            self._restart = False
        repeated = self._repeated_end(new, ended)
        if repeated is None:
            return None
        if repeated:
            return self._after(new[repeated:], ended)
        if self._matched >= LEAST_RESTART:
            raise WentAstray
        return self._join(new, lead, ended)

    def _match_beginning(self, new: str) -> int:
        most = min(len(new), len(self._text))
        if new.startswith(self._text[self._matched : most], self._matched):
            self._matched = most
        else:
            while new[self._matched] == self._text[self._matched]:
                self._matched += 1
        return self._matched

    def _repeated_end(self, new: str, ended: bool) -> int | None:
        """How many characters of `new` repeat the end of the text: 0 for none, None while more may do so."""
        found = self._tail.find(new)
        if found >= 0 and found + len(new) < len(self._tail) and not ended:
            return None
        for length in range(min(len(new), len(self._tail)), LEAST_OVERLAP - 1, -1):
            if self._tail.endswith(new[:length]):
                return length
        return 0

    def _after(self, rest: str, ended: bool) -> str | None:
        """What goes after `written` where `rest` is known to follow its last visible character."""
        space = self._written[len(self._text) :]
        if not space:
            return rest if rest or ended else None
        following = rest.lstrip()
        if not following and not ended:
            return None
        return _more_lines(space, rest[: len(rest) - len(following)]) + following

    def _join(self, new: str, lead: str, ended: bool) -> str | None:
        """`new` after `written`, where nothing is repeated: with the white space that belongs between them."""
        space = self._written[len(self._text) :]
        if space:
            return _more_lines(space, lead) + new
        if lead or not self._text:
            return lead + new
        before, after = _LAST_WORD.search(self._text), _FIRST_WORD.match(new)
        if before is None or after is None:
            if len(new) == 1 and new in _DASHES | _APOSTROPHES and not ended:
                return None
            return (" " if _wants_space(self._text, new) else "") + new
        if after.end() == len(new) < _LONGEST_WORD and not ended:
            return None
        fragment, word = before.group(), after.group()
        if word == fragment or (len(fragment) > 1 and word.startswith(fragment) and not _is_word(fragment, self._text)):
            return new[len(fragment) :]
        return ("" if _is_cut(fragment, word, self._text, self._heard) else " ") + new


def _more_lines(space: str, lead: str) -> str:
    """The line ends of `lead` that `space` does not have already; other white space is there once."""
    return "\n" * (lead.count("\n") - space.count("\n"))


def _is_cut(fragment: str, word: str, text: str, heard: str) -> bool:
    """Whether the last letters of `text` and the first new ones are one word, as far as letters can tell."""
    if not (fragment.isalpha() and word.isalpha()) or (fragment[-1].islower() and word[0].isupper()):
        return False
    if _is_word(fragment, text):
        return False
    whole = re.compile(rf"\b{fragment}{word}", re.IGNORECASE)
    return (
        whole.search(text) is not None
        or whole.search(heard) is not None
        or word in _ENDINGS
        or (len(word) < 3 and word.lower() not in _WORDS)
        or not _VOWELS.intersection(word.lower())
        or not _VOWELS.intersection(fragment.lower())
    )


def _is_word(fragment: str, text: str) -> bool:
    """Whether the letters that `text` ends with are a word: a common one, or one that stands elsewhere in it."""
    if fragment.lower() in _WORDS:
        return True
    return re.search(rf"\b{re.escape(fragment)}\b", text[: -len(fragment)]) is not None


def _wants_space(text: str, new: str) -> bool:
    """Whether a space belongs between two texts of which at least one has a sign at the seam."""
    last, first, before_last = text[-1], new[0], text[-2:-1]
    if first in _CLOSING or last in _OPENING:
        return False
    if last in _DASHES:
        return before_last.isspace()
    if first in _DASHES:
        return new[1:2].isspace()
    if first in _APOSTROPHES and new[1:2].isalpha() and last.isalpha():
        return False
    if last in _APOSTROPHES and first.isalpha() and before_last.isalpha():
        return False
    if before_last.isdigit() and last in ".,:" and first.isdigit():
        return False
    paragraph = text[text.rfind("\n") + 1 :]
    if first in _TWO_WAY and _closes(paragraph, first):
        return False
    return last not in _TWO_WAY or _closes(paragraph[:-1], last)


def _closes(paragraph: str, sign: str) -> bool:
    """Whether `sign` after `paragraph` closes what was opened in it, in English or in German quotation."""
    if sign in '"*':
        return paragraph.count(sign) % 2 == 1
    if sign == "“":
        return paragraph.count("„") > paragraph.count("“")
    other = "»" if sign == "«" else "«"
    return paragraph.count(other) > paragraph.count(sign)
