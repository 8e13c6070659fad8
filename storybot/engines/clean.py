"""What a language model says before its story: its thinking, a "Sure, here is your story:", a fence. It is taken out of the
stream; a refusal is recognised. Pure, and the result does not depend on how the text was cut into pieces.

Text is held back only while its beginning can still be one of these, and never more than `HOLD` characters of it; a story that
begins with "Sure" or with somebody who is sorry flows unharmed. Once the beginning is over nothing is looked at any more.
"""

import re

#: The longest first line, in characters, that can be a preamble or a refusal.
HOLD = 300
#: How thinking begins in a text, and how it ends. Sources: the chat templates of DeepSeek-R1, QwQ and Qwen3 (<think>), of
#: others that write <thinking> or <reasoning>, and OpenAI's harmony format (channels).
_THINKING = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<reasoning>": "</reasoning>",
    "<|channel|>analysis<|message|>": "<|channel|>final<|message|>",
}
_MOST = max(len(end) for end in _THINKING.values())
_OPENERS = (
    "sure", "of course", "certainly", "absolutely", "okay", "ok", "alright", "great", "here is", "here's", "here’s", "here comes", "below is",
    "gerne", "sehr gern", "natürlich", "na klar", "klar", "selbstverständlich", "alles klar", "hier ist", "hier kommt", "hier folgt",
)  # fmt: skip
_REFUSERS = (
    "i'm sorry", "i’m sorry", "i am sorry", "sorry", "i apologize", "i apologise", "i can't", "i can’t", "i cannot", "i'm unable", "i’m unable",
    "i am unable", "i'm not able", "i’m not able", "i won't", "i won’t", "as an ai", "unfortunately",
    "es tut mir leid", "tut mir leid", "leider", "entschuldigung", "ich kann", "ich darf", "als ki", "als sprachmodell",
)  # fmt: skip
_FENCES = ("```",)
_MAY_BEGIN = (*_THINKING, *_OPENERS, *_REFUSERS, *_FENCES)

_WHAT = (
    r"(?:story|tale|version|chapter|continuation|passage|part|beginning"
    r"|geschichte|märchen|erzählung|fassung|kapitel|fortsetzung|abschnitt|teil|anfang)"
)
_SAYS = (
    r"(?:here(?:['’]s| is| comes| are)|below is|i(?:['’]ll| will| have|['’]ve) (?:write|written|tell|told|continue)|let me (?:write|tell|continue)"
    r"|hier (?:ist|kommt|folgt|sind)|ich (?:schreibe|erzähle|habe|setze))"
)
#: A line of its own that announces the story, with nobody's speech in it.
_PREAMBLE = re.compile(
    rf"(?!sure (?:as|enough)\b)[^\"“”„»«\n]*\b{_SAYS}\b[^\"“”„»«\n.!?]*\b{_WHAT}\w*\b[^\"“”„»«\n.!?]*[:.!…]\**\s*\Z", re.IGNORECASE
)
_CANNOT = (
    r"(?:(?:i|we) (?:can(?:['’]t|not| not)|am unable to|['’]m unable to|am not able to|['’]m not able to|won['’]t|will not|must decline)"
    r"|i['’]m (?:unable|not able) to|(?:ich (?:kann|darf|werde|möchte)|(?:kann|darf|werde|möchte) ich)\b[^.!?]*\b(?:nicht|keine[nmrs]?))"
)
_TASK = (
    r"(?:help|assist|write|create|fulfil+|continue|generate|provide|comply|produce|engage|request|content|story"
    r"|helfen|schreiben|erstellen|erzählen|fortsetzen|unterstützen|erfüllen|anfrage|inhalte?|geschichte)"
)
#: Whoever is quoted is somebody in a story.
_SPEAKS = r"(?!.*\b(?:said|cried|whispered|murmured|sagte|rief|dachte|flüsterte|meinte|murmelte)\b)"
_REFUSAL = re.compile(
    rf"{_SPEAKS}[^\"“”„»«]*{_CANNOT}[^\"“”„»«]*\b{_TASK}\w*\b[^\"“”„»«]*\Z|as an ai\b.*|als (?:ki|sprachmodell)\b.*", re.IGNORECASE | re.DOTALL
)
_SENTENCE = re.compile(r"[.!?…:](?=\s)")
#: Being sorry alone: what for comes in the next sentence.
_SORRY = re.compile(r"(?:(?:i['’]m |i am )?(?:so |very )?sorry|(?:es )?tut mir (?:sehr )?leid|entschuldigung)[.!]\s", re.IGNORECASE)
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})[ \t]*\n")


class Refused(Exception):
    """The model says that it would rather not."""


class Lead:
    """`feed` what comes; what it gives back is the story, as far as it is certain.

    thinks: whether the model was seen thinking. settled: the beginning is over, and text needs no looking at any more.
    """

    __slots__ = ("_end", "_fenced", "_held", "_said", "settled", "thinks")

    def __init__(self) -> None:
        self._held = ""
        self._end = ""  # of the thinking that is under way
        self._fenced = False
        self._said = False  # a preamble was there already
        self.settled = False
        self.thinks = False

    def feed(self, text: str) -> str:
        """The text that may flow now. Raises: Refused."""
        if self.settled:
            return text
        self._held += text
        return self._go_on(ended=False)

    def end(self) -> str:
        """What is left when the model has finished. Raises: Refused."""
        if self.settled and not self._fenced:
            return ""
        out = self._go_on(ended=True)
        self.settled = True
        return out

    def _go_on(self, *, ended: bool) -> str:
        while not self._fenced:
            if self._end:
                before, found, after = self._held.partition(self._end)
                if not found:
                    self._held = "" if ended else before[-_MOST:]
                    return ""
                self._end, self._held = "", after
            held = self._held.lstrip()
            if not held:
                return ""
            took = self._take(held, ended=ended)
            if took is None:
                return ""
            if not took:
                self.settled = not self._fenced
                self._held = "" if self.settled else held
                if self.settled:
                    return held
        return self._unfenced(ended=ended)

    def _take(self, held: str, *, ended: bool) -> bool | None:
        """Whether something was taken off the beginning; None while that is undecided."""
        low = held.lower()
        for begin, end in _THINKING.items():
            if low.startswith(begin):
                self.thinks, self._end, self._held = True, end, held[len(begin) :]
                return True
        if self._said and (rule := _RULE.match(held)):
            self._held = held[rule.end() :]
            return True
        may_be = any(low.startswith(one) or one.startswith(low) for one in _MAY_BEGIN) or (self._said and set(held.strip()) <= {"-", "*", "_"})
        if not may_be:
            return False
        line, newline, rest = held.partition("\n")
        if low.startswith(_FENCES):
            if not newline and not ended:
                return None if len(line) <= HOLD else False
            self._fenced, self._held = True, rest
            return True
        if low.startswith(_OPENERS) and newline and not self._said and len(line) <= HOLD and _PREAMBLE.match(line):
            self._said, self._held = True, rest
            return True
        if low.startswith(_REFUSERS):
            self._look_for_refusal(held, ended=ended)
        if ended or len(held) > HOLD:
            return False
        if low.startswith(_REFUSERS) and not low.startswith(_OPENERS):
            return False if _first(held) else None
        return False if newline else None

    def _look_for_refusal(self, held: str, *, ended: bool) -> None:
        sentence = _first(held) or (held if ended else "")
        if sentence and len(sentence) <= HOLD and _REFUSAL.match(sentence):
            raise Refused

    def _unfenced(self, *, ended: bool) -> str:
        """Text inside a fence: its end may be the closing one, which is waited for."""
        text, self._held = self._held, ""
        bare = text.rstrip("` \t\n")
        if ended:
            return bare if "```" in text[len(bare) :] else text
        self._held = text[len(bare) :]
        return bare


def _first(held: str) -> str:
    """The first sentence that is more than being sorry; "" while it has not ended."""
    sorry = _SORRY.match(held)
    found = _SENTENCE.search(held, sorry.end() if sorry else 0)
    return held[: found.end()] if found else ""
