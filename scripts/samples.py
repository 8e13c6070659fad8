"""Writes docs/samples: fifteen stories a language by the storyteller in the box, of all tones, age bands and lengths.

`python scripts/samples.py` writes them anew; with `--check` it only says whether they are current.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from storybot.brief import AgeBand, Brief, Companion, Hero, Language, Length
from storybot.engines.contract import Order
from storybot.engines.storyteller.tell import tell

FOLDER = Path(__file__).parent.parent / "docs" / "samples"


class Sample(NamedTuple):
    """What one sample is asked for."""

    prompt: str
    age_band: AgeBand
    length: Length
    tone: str
    hero: Hero | None = None
    companions: tuple[Companion, ...] = ()
    place: str | None = None
    moral: str | None = None
    seed: int = 1


_MIA = Hero(name="Mia", pronouns="sie", age=6, likes=("Dinosaurier",), fears=("Spinnen",), traits=("mutig",))
_JONAS = Hero(name="Jonas", pronouns="er", age=8, likes=("Sterne",), looks="eine Zahnlücke und eine grüne Mütze")
_POPPY = Hero(name="Poppy", pronouns="she", age=6, likes=("dinosaurs",), fears=("spiders",), traits=("brave",))
_NOOR = Hero(name="Noor", pronouns="they", age=8, likes=("stars",), looks="one missing tooth and a green cap")

SAMPLES: dict[Language, tuple[Sample, ...]] = {
    "de": (
        Sample("Der kleine Igel kann nicht schlafen", "3-5", "short", "sanft"),
        Sample("Eine Ente sucht ihren gelben Stiefel", "3-5", "short", "lustig", seed=2),
        Sample("Ein Bär baut eine Rakete", "3-5", "medium", "abenteuerlich"),
        Sample("Ein Drache, der Angst vor Feuer hat", "6-8", "short", "lustig", hero=_MIA),
        Sample("Ein Gespenst, das sich vor Menschen fürchtet", "6-8", "short", "gruselig"),
        Sample("Mia findet im Wald einen goldenen Schlüssel", "6-8", "medium", "magisch", hero=_MIA),
        Sample("Zwei Piraten suchen einen Schatz auf einer Insel", "6-8", "medium", "abenteuerlich", hero=_JONAS),
        Sample("Ein einsamer Roboter auf dem Mond", "6-8", "long", "sanft"),
        Sample("Wer hat den Apfelkuchen gestohlen?", "9-12", "short", "lustig", companions=(Companion(name="Leo"), Companion(name="Ida"))),
        Sample("Im Schloss spukt es", "9-12", "medium", "gruselig", moral="Mut"),
        Sample("Ein Fuchs und ein Hase streiten um eine Laterne", "9-12", "medium", "sanft", moral="Teilen"),
        Sample("Das Rennen der Papierboote", "9-12", "long", "abenteuerlich", hero=_JONAS, place="Hamburg"),
        Sample("Eine Uhrmacherin verliert ihre Zeit", "adult", "short", "magisch"),
        Sample("Der letzte Leuchtturmwärter und ein Wal", "adult", "medium", "sanft"),
        Sample("Ein Haus am Ende der Straße", "adult", "long", "gruselig", seed=3),
    ),
    "en": (
        Sample("The little hedgehog can't sleep", "3-5", "short", "gentle"),
        Sample("A duck is looking for her yellow boot", "3-5", "short", "funny", seed=2),
        Sample("A bear builds a rocket", "3-5", "medium", "adventurous"),
        Sample("A dragon who is afraid of fire", "6-8", "short", "funny", hero=_POPPY),
        Sample("A ghost who is afraid of people", "6-8", "short", "spooky"),
        Sample("Poppy finds a golden key in the forest", "6-8", "medium", "magical", hero=_POPPY),
        Sample("Two pirates looking for treasure on an island", "6-8", "medium", "adventurous", hero=_NOOR),
        Sample("A lonely robot on the moon", "6-8", "long", "gentle"),
        Sample("Who stole the apple pie?", "9-12", "short", "funny", companions=(Companion(name="Leo"), Companion(name="Ida"))),
        Sample("Something is haunting the castle", "9-12", "medium", "spooky", moral="courage"),
        Sample("A fox and a hare quarrel about a lantern", "9-12", "medium", "gentle", moral="sharing"),
        Sample("A race of paper boats", "9-12", "long", "adventurous", hero=_NOOR, place="Bristol"),
        Sample("A watchmaker loses her watch", "adult", "short", "magical"),
        Sample("The last lighthouse keeper and a whale", "adult", "medium", "gentle"),
        Sample("A house at the end of the road", "adult", "long", "spooky", seed=3),
    ),
}


def rendered() -> dict[Path, str]:
    """What the folder should hold: text by path."""
    found: dict[Path, str] = {}
    for language, samples in SAMPLES.items():
        for number, sample in enumerate(samples, 1):
            found[FOLDER / language / f"{number:02}.md"] = _page(language, sample)
    return found


def _page(language: Language, sample: Sample) -> str:
    brief = Brief(
        prompt=sample.prompt,
        language=language,
        age_band=sample.age_band,
        length=sample.length,
        tone=sample.tone,
        hero=sample.hero,
        companions=sample.companions,
        place=sample.place,
        moral=sample.moral,
    )
    tale = tell(Order(generation_id="sample", trace_id="sample", brief=brief, action="begin", seed=sample.seed))
    asked = [f"“{sample.prompt}”", f"age {sample.age_band}", sample.length, sample.tone]
    asked += [f"hero {sample.hero.name}"] if sample.hero else []
    asked += [f"with {one.name}" for one in sample.companions]
    asked += [value for value in (sample.place, sample.moral) if value]
    return f"# {tale.title}\n\n<!-- {', '.join(asked)}; plot {tale.plot}, {len(tale.text.split())} words -->\n\n{tale.text}\n"


def main() -> int:
    options = argparse.ArgumentParser(description="Write docs/samples anew.")
    options.add_argument("--check", action="store_true", help="only say whether they are current")
    chosen = options.parse_args()
    wanted = rendered()
    old = set(FOLDER.glob("*/*.md")) - set(wanted)
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if chosen.check:
        if stale or old:
            print(f"docs/samples is not current: run make samples ({len(stale) + len(old)} files).")
        return int(bool(stale or old))
    for path in old:
        path.unlink()
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    print(f"Wrote {len(stale)} of {len(wanted)} stories.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
