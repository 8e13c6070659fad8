"""The things that a story talks about: nouns, figures and places, as plain values.

They know nothing of templates; `german` and `english` turn them into words in a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Noun:
    """One common noun with the adjectives that belong to it.

    word: singular nominative (the plural where `number` is `pl`). gender: `m`, `f` or `n` (German only).
    adjectives: German stems ("golden"), English words. bare: takes no indefinite article ("fire", "Berlin").
    proper: takes no article at all. known: it stands in the word list of its language.
    """

    word: str
    gender: str = "n"
    plural: str = ""
    weak: bool = False
    number: str = "sg"
    adjectives: tuple[str, ...] = ()
    bare: bool = False
    proper: bool = False
    known: bool = True

    @property
    def slot(self) -> str:
        """Which column of a declension table it takes: `m`, `f`, `n` or `pl`."""
        return "pl" if self.number == "pl" else self.gender


@dataclass(frozen=True)
class Figure:
    """Someone in the story.

    pronoun: `er`, `sie`, `es`, `he`, `she`, `they`, `it`, or `name` where only the name may be used.
    by_name: "the dragon" would be odd (a child, a companion without a kind): the name stands instead.
    manner: how they speak and move: `say`, `go`, `does`, `joy`, `fright`, each some predicates.
    """

    name: str
    kind: Noun
    pronoun: str
    by_name: bool = False
    manner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Place:
    """Somewhere: its noun, three phrases (`in`, `to`, `from`) and its scenery (sentences and phrases by key)."""

    noun: Noun
    phrases: Mapping[str, str]
    scenery: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


Role = Noun | Figure | Place | str
Cast = dict[str, Role]
