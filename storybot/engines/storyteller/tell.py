"""From an order to a finished passage: reads the prompt, casts, plans and writes; pure and deterministic."""

import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from storybot import decisions
from storybot.engines.contract import Order

from . import english, fork
from .company import Casting
from .content import Content, content
from .director import called
from .draft import Draft, drafted
from .echo import described, echoed, lacking, reminded, wanted
from .plan import NoPlan
from .polish import polish
from .realise import Pen, Sentence, compose, extent, sentences, settled
from .recall import recall
from .roles import enter
from .script import holds, parse
from .task import Task, add_texts, asked_of, cast_of, digest, flags_of, given_names, goal_of, moral_of, part_of, plots_of, task_of
from .voice import misplaced
from .words import Cast

_ATTEMPTS = 60
_TRIES = 6  # so many plans are tried before one with fewer or shorter scenes
_MISSED = 6  # so often a plot that the prompt asks for is planned anew before another one is taken
_STRAY = 0.17  # so far a story may be from its length if it tells what the prompt says happens; others 0.14
_TONED = 8  # so many plans are given up that would tell too little in the tone that was asked for
_STUCK = 3  # so often a plan may turn out no longer than before
_WRITTEN = 6  # of these so many are written out; the others are given up as soon as their plan turns out too short or too long


@dataclass(frozen=True)
class Tale:
    """A finished passage and, for a first one, the story's title."""

    title: str
    text: str
    plot: str = ""
    storylets: tuple[str, ...] = ()


def tell(order: Order) -> Tale:
    """The passage that an order asks for; the same order always gives the same passage."""
    if order.told and order.action == "continue" and not order.wish:
        rest = _unfinished(order)
        if rest is not None:
            return Tale("", rest)
    return _compose(order)


def remainder(tale: Tale, order: Order) -> str:
    """What is still to be written after `order.written`, so that the whole passage reads as one."""
    if tale.text.startswith(order.written):
        return tale.text[len(order.written) :]
    source = content(order.brief.language)
    rng = random.Random(digest(order))
    task = Task(base=digest(order), part=None, memory=recall([order.written], given_names(order), source), begun=True)
    made = cast_of(order, task, source)
    pen = Pen(source.language, made.cast, flags_of(order, task, made, source), rng)
    line = pen.fill(pen.pick(source.lists["closings"]))
    whole = re.search(r"[.!?…][“”’\"]?\s*$", order.written)
    return ("\n\n" if whole else " …\n\n") + line


def _unfinished(order: Order) -> str | None:
    """The rest of the last passage, if it is one that this engine was stopped in."""
    last = order.told[-1]
    if last.author != "engine" or decisions.offered(last.text):
        return None
    before = order.told[:-1]
    part = part_of(msgspec.structs.replace(order, told=before))
    complete = len(last.text.split()) > 0.85 * goal_of(order, part, begun=bool(before)) and re.search(r"[.!?…][“”]?\s*$", last.text)
    if complete and (part is None or part.last):
        return None
    said = last.text.rstrip()
    wishes = [None, *(decisions.offered(before[-1].text) if before and part else ())]
    for variant in range(4):
        for wish in wishes:
            again = msgspec.structs.replace(order, told=before, action="begin", variant=variant, wish=wish, written="")
            text = _compose(again).text
            if text.startswith(said) and len(text) - len(said) > 40:
                return text[len(said) :].lstrip()
    return None


def _compose(order: Order) -> Tale:
    source = content(order.brief.language)
    task = task_of(order, source)
    goal = goal_of(order, task.part, begun=task.begun)
    key = digest(order, order.variant)
    best: _Told | None = None
    everybody = cast_of(order, task, source)
    extra = failed = written = tries = stuck = longest = missed = 0
    base_flags = flags_of(order, task, everybody, source)
    names = plots_of(order, task, source, base_flags)
    asked = asked_of(order, source)
    for attempt in range(_ATTEMPTS):
        if written == _WRITTEN:
            break
        rng = random.Random(f"{key}/{attempt}")
        made = everybody.copy()
        flags = base_flags
        add_texts(order, made, source, random.Random(f"{task.base}/texts"))
        moral = moral_of(order, source, rng)
        if moral:
            made.cast["M"] = moral
            flags |= {"M"}
        name = names[((0 if task.within else order.variant) + 5 * failed) % len(names)]
        try:
            draft = drafted(order, task, source, made, flags, name, rng, extra)
        except NoPlan:
            missed += 1
            if name in asked and missed < _MISSED:  # with fewer scenes, rather than another plot
                extra -= missed > 1
            else:
                failed, extra, missed = failed + 1, 0, 0
            continue
        if draft.voice.tone and attempt < _TONED and draft.voice.toned(one.id for one in draft.chosen) < 2:
            continue
        least, most = draft.voice.extent(one.id for one in draft.chosen)
        change = _change(least, most, goal, strict=True)
        stuck += change > 0 and len(draft.chosen) <= longest  # no more scenes to be had
        longest = max(longest, len(draft.chosen))
        if change and attempt < _ATTEMPTS - _WRITTEN and stuck < _STUCK:
            tries += 1
            if change > 0 or tries % _TRIES == 1:
                extra += change
            continue
        written += 1
        told = _told(order, task, source, draft, name, asked, goal, rng)
        if best is None or told.rank < best.rank:
            best = told
        dead_end, elsewhere, _, missing, off = told.rank
        if off < 0.1 and not (dead_end or elsewhere or missing):
            break
        extra += _change(told.least, told.most, told.room, strict=written > 2)
        if written == _WRITTEN // 2 and best.rank[4] > 0.14 and not (task.within or name in asked):
            failed, extra = failed + 1, 0  # this plot has not the scenes for it
    if best is None:
        raise NoPlan(f"no plot of {order.brief.language} can be planned")
    return best.tale


class _Told(NamedTuple):
    """A written passage: the lower its rank, the better; and how many words its scenes could have had in how much room."""

    rank: tuple[bool, bool, bool, int, float]
    tale: Tale
    least: float
    most: float
    room: float


def _told(order: Order, task: Task, source: Content, draft: Draft, name: str, asked: Collection[str], goal: float, rng: random.Random) -> _Told:
    paragraphs, casts, pen = _write(draft, source, task, rng)
    fork_text = ""
    if task.part is not None and not task.part.last:
        fork_text = _fork(draft, source, task, pen, rng)
    room = goal - len(fork_text.split())
    least, most = extent(paragraphs)
    lines = _lines(paragraphs, casts, draft, source, task, pen, rng, room)
    text = "\n\n".join(polish(lines, source.language, pen.cast, draft.made.notions, age=_age(pen.flags)))
    hero = order.brief.hero
    if hero and not task.within:
        text = text.replace(called(hero.name), " ".join(hero.name.split()), 1)
    off = abs(len(text.split()) - room) / goal
    dead_end = task.part is not None and not task.part.last and not fork_text
    elsewhere = bool(asked) and order.variant == 0 and name not in asked
    missing = 0 if task.part else _missing(text, draft.made.notions)
    rank = (dead_end, elsewhere, off > (_STRAY if name in asked else 0.14), missing, off)
    title = "" if task.begun else _title(source, name, draft.made, draft.voice.flags, rng)
    whole = "\n\n".join(part for part in (text, fork_text) if part)
    return _Told(rank, Tale(title, whole, name, tuple(one.id for one in draft.chosen)), least, most, room)


def _lines(
    paragraphs: list[list[Sentence]], casts: list[Cast], draft: Draft, source: Content, task: Task, pen: Pen, rng: random.Random, room: float
) -> list[str]:
    """The paragraphs, with all that the brief and the prompt want to see in them."""
    notions = draft.made.notions
    most = 3 if "long" not in pen.flags else 4
    aim = room * (0.95 if notions else 1)
    told, ends = compose(paragraphs, aim, rng, notions, pen, casts)
    if task.part is not None:
        return told
    for _ in range(2):
        over = sum(len(line.split()) for line in described(told, source.lists["details"], pen)) - room * 1.08
        if over <= 0:
            break
        aim -= over
        told, ends = compose(paragraphs, aim, rng, notions, pen, casts)
    sought = wanted(pen, notions)
    lines = min(most, lacking(told, sought))
    if lines:  # room for what is to be named more often
        aim = min(aim, room * 1.04) - 13 * lines
        told, ends = compose(paragraphs, aim, rng, notions, pen, casts)
    extra = sum(len(line.split()) for line in described(told, source.lists["details"], pen)) - sum(len(line.split()) for line in told)
    told = echoed(told, ends, sought, source.lists["echoes"], pen, most=most, room=room * 1.12 - extra)
    if "L" in pen.flags and not any(one.beat == "spark" for one in draft.chosen):
        told = reminded(told, source.lists["echoes"]["L"], pen)
    return [part for line in described(told, source.lists["details"], pen) for part in line.split("\n\n")]


def _age(flags: frozenset[str]) -> str:
    return "tiny" if "tiny" in flags else "big" if "big" in flags else ""


def _change(least: float, most: float, goal: float, *, strict: bool) -> int:
    """How many scenes more (or fewer) a passage needs that can have `least` to `most` words."""
    if most < goal * 0.95:
        return max(1, round((goal - most) / 85))
    return -1 if least > goal * (1.03 if strict else 1.08) else 0


def _fork(draft: Draft, source: Content, task: Task, pen: Pen, rng: random.Random) -> str:
    told = [*task.told, *(one.id for one in draft.chosen)]
    offered = fork.options(draft.fresh, draft.following, draft.state, told, source, draft.voice.flags, rng)
    if len(offered) < 2:  # better a scene once more than no way on
        offered = fork.options(draft.pool, draft.following, draft.state, told[-len(draft.chosen) :], source, draft.voice.flags, rng)
    return fork.lines(offered, source, pen)


def _missing(text: str, notions: Sequence[str]) -> int:
    """How many of the prompt's notions stand in fewer than three paragraphs."""
    paragraphs = text.casefold().split("\n\n")
    return sum(sum(notion.casefold() in paragraph for paragraph in paragraphs) < 3 for notion in notions)


def _write(draft: Draft, source: Content, task: Task, rng: random.Random) -> tuple[list[list[Sentence]], list[Cast], Pen]:
    """All that the plan can say, and who is who in each paragraph."""
    made, voice = draft.made, draft.voice
    taken: set[str] = set()
    for role in made.cast.values():
        taken |= {getattr(role, "name", ""), getattr(getattr(role, "kind", None), "word", "")}
    if task.within:  # rivals stay who they are
        for storylet in (one for key in task.told for one in source.storylets if one.id == key and "K" in one.cast):
            enter(storylet, "K", made, source, task, set(taken))
    pen = Pen(source.language, made.cast, voice.flags, rng)
    paragraphs: list[list[Sentence]] = []
    casts: list[Cast] = []
    for storylet in draft.chosen:
        telling = voice.telling(storylet.id)
        for role in storylet.cast:
            enter(storylet, role, made, source, task, taken, telling.text)
        told = sentences(telling.script, storylet.id, pen, storylet.beat)
        if voice.world:
            told = [[s for s in line if s.group is None or not misplaced(s.text, source, voice.world)] for line in told]
        paragraphs += told
        casts += [dict(made.cast)] * len(told)
    most = 1 if "short" in voice.flags else 3 if "long" in voice.flags else 2
    return settled(paragraphs, most), casts, pen


def _title(source: Content, plot: str, made: Casting, flags: frozenset[str], rng: random.Random) -> str:
    pen = Pen(source.language, made.cast, flags, rng)
    units = parse("\n".join(source.plots[plot].titles))[0]
    fitting = [unit.lines[0] for unit in units if holds(unit.lines[0].flags, flags)]
    special = [line for line in fitting if line.flags]
    pool = special or fitting
    text = pen.fill(pool[rng.randrange(len(pool))].text)
    if source.language == "en":
        return english.title(text)
    return text[0].upper() + text[1:]
