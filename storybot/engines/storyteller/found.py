"""One noun phrase found in a reader's text."""

from dataclasses import dataclass

from .words import Noun


@dataclass(frozen=True)
class Found:
    """A noun phrase. kind: being, thing, place, force, none, name or "" (unknown); key: of the being or setting.

    start, end: token numbers (end excluded). many: "two foxes"; together: "a fox and a hare". name: given in the text ("a dragon named Ember").
    """

    noun: Noun
    kind: str
    key: str = ""
    start: int = 0
    end: int = 0
    preposition: str = ""
    determiner: str = ""
    name: str = ""
    many: bool = False
    pronoun: str = ""
    together: bool = False


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as plain text."""
    return frozenset(text.split())
