"""The beginning of a passage: a heading becomes the story's title, everything else flows at once.

Pure. A passage that goes on after a break is opened by `storybot.engines.resume` instead.
"""

#: A first line longer than this is text, though it begins with `#`.
LONGEST_HEADING = 200
#: What surrounds a title and does not belong to it.
_AROUND = " \t\r#*_\"'“”„‟«»‘’‚`"


class Opening:
    """`feed` until `settled`; `title` is there once a heading has been read."""

    __slots__ = ("_after_heading", "_held", "settled", "title")

    def __init__(self) -> None:
        self._held = ""
        self._after_heading = False
        self.settled = False
        self.title: str | None = None

    def feed(self, text: str) -> str:
        """The text that may flow now: without white space before it, without the heading and its blank lines."""
        if self.settled:
            return text
        self._held = (self._held + text).lstrip()
        if not self._after_heading and self._held.startswith("#"):
            line, newline, rest = self._held.partition("\n")
            if len(line) <= LONGEST_HEADING:
                if not newline:
                    return ""
                self._take(line)
                self._held = rest.lstrip()
        if not self._held:
            return ""
        self.settled = True
        return self._held

    def end(self) -> str:
        """What is left when the model has finished: a lone heading gives its title and no text."""
        if not self.settled and self._held:
            self._take(self._held)
        return ""

    def _take(self, line: str) -> None:
        self._after_heading = True
        self.title = line.strip(_AROUND) or None
