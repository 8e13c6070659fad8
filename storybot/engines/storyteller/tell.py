"""From an order to a finished passage: reads the prompt, casts, plans and writes; pure and deterministic."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from storybot import decisions
from storybot.engines.contract import Order

from . import english, fork, outline
from .company import Casting
from .content import Content, Storylet, content
from .director import called
from .echo import described, echoed, lacking, reminded, wanted
from .plan import NoPlan, State, candidates, plan
from .polish import polish
from .realise import Pen, Sentence, compose, extent, sentences, settled
from .recall import recall
from .roles import bully, enter, machine, world_at
from .script import holds, parse
from .task import Task, add_texts, asked_of, cast_of, digest, flags_of, given_names, goal_of, moral_of, part_of, plots_of, task_of, tone_of
from .voice import Voice, fits, misplaced
from .words import Cast

_ATTEMPTS = 60
_TRIES = 22  # so many plans are tried before one with fewer or shorter scenes
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


@dataclass
class _Draft:
    """One try at a passage: the scenes, and what they can say."""

    chosen: list[Storylet]
    made: Casting
    voice: Voice
    pool: dict[str, list[Storylet]]
    fresh: dict[str, list[Storylet]]
    state: State
    following: list[str] = field(default_factory=list)


def _compose(order: Order) -> Tale:
    source = content(order.brief.language)
    brief = order.brief
    task = task_of(order, source)
    goal = goal_of(order, task.part, begun=task.begun)
    key = digest(order, order.variant)
    best: tuple[tuple[bool, bool, bool, int, float], Tale] | None = None
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
            draft = _draft(order, task, source, made, flags, name, rng, extra)
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
        paragraphs, casts, pen = _write(draft, source, task, rng)
        fork_text = ""
        if task.part is not None and not task.part.last:
            fork_text = _fork(draft, source, task, pen, rng)
        room = goal - len(fork_text.split())
        least, most = extent(paragraphs)
        lines = _lines(paragraphs, casts, draft, source, task, pen, rng, room)
        text = "\n\n".join(polish(lines, source.language, pen.cast, made.notions, age=_age(pen.flags)))
        if brief.hero and not task.within:
            text = text.replace(called(brief.hero.name), " ".join(brief.hero.name.split()), 1)
        off = abs(len(text.split()) - room) / goal
        dead_end = task.part is not None and not task.part.last and not fork_text
        elsewhere = bool(asked) and order.variant == 0 and name not in asked
        missing = 0 if task.part else _missing(text, made.notions)
        rank = (dead_end, elsewhere, off > (_STRAY if name in asked else 0.14), missing, off)
        if best is None or rank < best[0]:
            title = "" if task.begun else _title(source, name, made, draft.voice.flags, rng)
            whole = "\n\n".join(part for part in (text, fork_text) if part)
            best = (rank, Tale(title, whole, name, tuple(one.id for one in draft.chosen)))
        if off < 0.1 and not (dead_end or elsewhere or missing):
            break
        extra += _change(least, most, room, strict=written > 2)
        best_off = best[0][4]
        if written == _WRITTEN // 2 and best_off > 0.14 and not (task.within or name in asked):
            failed, extra = failed + 1, 0  # this plot has not the scenes for it
    if best is None:
        raise NoPlan(f"no plot of {brief.language} can be planned")
    return best[1]


def _lines(
    paragraphs: list[list[Sentence]], casts: list[Cast], draft: _Draft, source: Content, task: Task, pen: Pen, rng: random.Random, room: float
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


def _draft(order: Order, task: Task, source: Content, made: Casting, flags: frozenset[str], name: str, rng: random.Random, extra: int) -> _Draft:
    """Plans the scenes of one passage. Raises: NoPlan."""
    if name == "invention":
        machine(source, made, flags, random.Random(f"{task.base}/machine"))
    if name == "trick":
        flags = bully(source, made, flags, random.Random(f"{task.base}/bully"))
    hero = order.brief.hero
    if hero and hero.fears and "own_fear" in flags and name != "fear":
        flags |= {"shy"}
    tight = extra < (-1 if "short" in flags else -2)  # otherwise a scene less is enough
    if "T" in source.plots[name].tags.split():
        flags |= {"matter"}
    flags |= {f"in_{name}"}
    if "D" in flags and name != "unwilling":  # what is refused is told by that plot alone
        flags -= {"D", "W"}
    world = world_at(made.cast["P"], source.lists["absent"])
    told_event = _told_as_news(order, source, made, name)
    flags |= {"event"} if told_event else set()
    voice = Voice(source, flags, rng, asked=bool(tone_of(order, task, source)), terse=min(3, -extra - 1) if tight else 0, world=world)
    pool = candidates(source, name, flags | {name})
    if world:
        there = {beat: [one for one in found if fits(one.id, source, world, flags)] for beat, found in pool.items()}
        pool = {beat: found or pool[beat] for beat, found in there.items()}
    told = set(task.told)
    fresh = {beat: [one for one in found if one.id not in told] or found for beat, found in pool.items()}
    planned = fresh
    first: Storylet | None = None
    following: list[str] = []
    facts = frozenset(fact for one in source.storylets if one.id in told for fact in one.gives.split()) if task.within else frozenset()
    state = State(facts)
    if task.part is None:
        beats = outline.beats(
            order.brief, source, name, begun=task.chapter, wished="Y" in flags and bool(task.wish or "short" not in flags), event=told_event
        )
    else:
        by_part = outline.parts(source, name, order.brief.length, chapter=task.part.chapter)
        beats = by_part[task.part.at]
        following = [] if task.part.last else by_part[task.part.at + 1]
        if task.within:
            first = next((one for key in task.chosen for found in pool.values() for one in found if one.id == key), None)
        if "Y" in flags and (task.wish or (not task.begun and order.brief.length != "short")):
            beats = ["wish", *beats[1:]] if task.within else [*beats, "wish"]
        kept_back = {one.id for one in fresh.get("rest", ()) if one.id in source.choices and rng.random() < 0.6}
        kept_back = kept_back if len(fresh.get("rest", ())) > len(kept_back) else set()
        # Some scenes are kept for the reader's choice: they do not fill a passage up.
        planned = fresh | {"rest": [one for one in fresh.get("rest", ()) if one.id not in kept_back]}
    if flags & {"L", "shy"}:  # what the hero likes and fears matters where it counts
        at = next((n for n, beat in enumerate(beats) if beat in ("turn", "win")), 0)
        beats[at:at] = ["spark?"] if at else []
    _spare(beats, (source.plots[name].spare.split() if task.part is None else ["rest"]) * 8, extra)
    terse = voice.core_words if tight else None
    try:
        likes = voice.likes if voice.tone else None
        chosen = plan(planned, beats, rng, terse=terse, strict=tight and extra < -2, likes=likes, state=state, first=first)
    except NoPlan:
        if not (task.within or world):
            raise
        if world:
            pool = candidates(source, name, flags | {name})
        chosen = plan(pool, beats, rng, terse=terse, state=state)  # better a scene once more than no story
    for one in chosen:
        state = state.after(one)
    return _Draft(chosen, made, voice, pool, fresh, state, following)


def _told_as_news(order: Order, source: Content, made: Casting, name: str) -> bool:
    """Whether what the prompt says happens has to be told before the plot begins: the plot does not tell it by itself."""
    if not made.flags & {"E", "J"} or "premise" in source.plots[name].tags.split():
        return False
    return name not in asked_of(order, source)[:1] or "J" in made.flags or ("thingy" in made.flags and name not in ("lost", "fear"))


def _spare(beats: list[str], spare: Sequence[str], extra: int) -> None:
    """Adds beats where a passage is too short, takes some out where it is too long."""
    at = next(
        (n for n, beat in enumerate(beats) if beat in ("pay?", "low", "spark?", "turn", "win") and n),
        len(beats) - 1 if "end" in beats else len(beats),
    )
    for number in range(min(extra, len(spare))):
        beats.insert(at, spare[number] + "?")
    if extra < -1 and "spark?" in beats:
        beats.remove("spark?")
    for _ in range(-extra):
        loose = next((beat for beat in ("rest", "go", "low", "trial", "try", "clue", "rest?", "low?") if beat in beats), None)
        if loose:
            beats.remove(loose)


def _fork(draft: _Draft, source: Content, task: Task, pen: Pen, rng: random.Random) -> str:
    told = [*task.told, *(one.id for one in draft.chosen)]
    offered = fork.options(draft.fresh, draft.following, draft.state, told, source, draft.voice.flags, rng)
    if len(offered) < 2:  # better a scene once more than no way on
        offered = fork.options(draft.pool, draft.following, draft.state, told[-len(draft.chosen) :], source, draft.voice.flags, rng)
    return fork.lines(offered, source, pen)


def _missing(text: str, notions: Sequence[str]) -> int:
    """How many of the prompt's notions stand in fewer than three paragraphs."""
    paragraphs = text.casefold().split("\n\n")
    return sum(sum(notion.casefold() in paragraph for paragraph in paragraphs) < 3 for notion in notions)


def _write(draft: _Draft, source: Content, task: Task, rng: random.Random) -> tuple[list[list[Sentence]], list[Cast], Pen]:
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
