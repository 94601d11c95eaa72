"""Plays scenario files, and tells where something else happened than they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.catalog.content import Content
from engine.catalog.problems import Problem, ProblemCode
from engine.catalog.scenarios import Scenario, Step, read_length, read_moment
from engine.catalog.yaml_reader import Path
from engine.clock import in_zone
from engine.config import Settings
from engine.errors import WorkbenchError
from engine.scenarios import expecting, moving, passing
from engine.scenarios.checking import subjects_of
from engine.scenarios.exercised import Exercised, Possibility, exercised
from engine.scenarios.files import Script
from engine.scenarios.stage import Stage, Stages

#: As long may a scenario last: whoever has it played waits for all that comes meanwhile.
_LONGEST = timedelta(days=3653)


@dataclass(frozen=True)
class Played:
    """What came of one scenario."""

    path: str
    key: str
    name: str
    #: Where something else happened; empty where all was as it says.
    failures: tuple[Problem, ...]
    #: What of the template it has put to the test.
    exercised: frozenset[Possibility]


@dataclass
class _Play:
    """One scenario while it is played."""

    script: Script
    stage: Stage
    failures: list[Problem] = field(default_factory=list)
    seen: Exercised = field(default_factory=Exercised)

    def fail(self, path: Path, words: str) -> None:
        at = in_zone(self.stage.clock.now(), self.stage.zone)
        said = f"“{self.stage.scenario.name}”, {at:%Y-%m-%d %H:%M}: {words}"
        self.failures.append(failure(self.script, path, said))


class _EndedError(Exception):
    """The scenario cannot go on: what follows would be about something else."""


def failure(script: Script, path: Path, message: str) -> Problem:
    """Return the failure of what is written at a path of a scenario file."""
    return script.document.report(ProblemCode.SCENARIO_FAILED, path, message)


def play_all(scripts: Iterable[Script], content: Content, settings: Settings) -> Iterator[Played]:
    """Play the scenarios of files that can be read, each in a store of its own.

    ``settings`` give the team's rules, such as whether people may decide on their own work; their store is
    not touched.
    """
    with Stages(content, settings) as stages:
        for script in scripts:
            if script.item is None or not script.is_playable:
                continue
            for number, scenario in enumerate(script.item.scenarios):
                yield _play(script, scenario, ("scenarios", number), stages)


def _play(script: Script, scenario: Scenario, path: Path, stages: Stages) -> Played:
    with ExitStack() as opened:
        try:
            stage = opened.enter_context(
                stages.set_for(scenario, script.key, *subjects_of(script.place, scenario))
            )
        except WorkbenchError as error:  # the actors or the template cannot be had so
            found = failure(script, path, f"“{scenario.name}” cannot begin: {error.message}")
            return Played(script.path, script.key, scenario.name, (found,), frozenset())
        return play_on(script, stage, path)


def play_on(script: Script, stage: Stage, path: Path) -> Played:
    """Play the scenario of a stage from its start to its end; ``path`` is where the file has it."""
    play = _Play(script, stage)
    with suppress(_EndedError):
        passing.begin(stage)
        with _refusing(play, stage.scenario.refused, path, "The start"):
            moving.start(stage)
        for number, step in enumerate(stage.scenario.steps):
            _play_step(play, (*path, "steps", number), step)
    seen = exercised(stage, play.seen)
    return Played(script.path, script.key, stage.scenario.name, tuple(play.failures), seen)


def _play_step(play: _Play, path: Path, step: Step) -> None:
    if step.at is not None or step.after is not None:
        _move_clock(play, path, step)
    if step.verb is not None:
        what = f"{step.verb}: {step.subject}" if step.subject is not None else step.verb
        with _refusing(play, step.refused, (*path, step.verb), what, step.subject):
            moving.move(play.stage, step)
    if step.expect is not None:
        for miss in expecting.misses(play.stage, step.expect):
            play.fail((*path, "expect", *miss.path), miss.message)


def _move_clock(play: _Play, path: Path, step: Step) -> None:
    stage = play.stage
    now, where = stage.clock.now(), (*path, "after" if step.after is not None else "at")
    begun = _read(stage, stage.scenario.now)
    until: datetime | None
    try:
        until = now + read_length(step.after) if step.after else _read(stage, str(step.at))
    except OverflowError:
        until = None  # no calendar goes on so long
    if until is not None and until < now:
        play.fail(where, "the step lies before the one above it: time does not go back.")
        raise _EndedError
    if until is None or until - begun > _LONGEST:
        play.fail(where, "a scenario lasts ten years at most.")
        raise _EndedError
    try:
        passing.pass_until(stage, until)
    except WorkbenchError as error:
        play.fail(where, error.message)
        raise _EndedError from error


def _read(stage: Stage, moment: str) -> datetime:
    return read_moment(moment, stage.anchor, stage.zone)


@contextmanager
def _refusing(
    play: _Play, expected: str | None, path: Path, what: str, subject: object = ""
) -> Iterator[None]:
    """Hold what comes of a block against whether it is to be refused.

    Raises:
        _EndedError: it is not as the scenario says.
    """
    try:
        yield
    except WorkbenchError as error:
        play.seen.refused(error, subject)
        if expected is not None and _is_refused_so(error, expected):
            return
        wanted = f"expected the refusal {expected}, found" if expected else "refused:"
        play.fail(path, f"{what}: {wanted} {error.code}: {error.message}")
        raise _EndedError from error
    if expected is not None:
        play.fail(path, f"{what}: expected to be refused ({expected}), but it was done.")
        raise _EndedError


def _is_refused_so(error: WorkbenchError, expected: str) -> bool:
    codes = {error.code, *(str(detail.get("code")) for detail in error.details)}
    said = [error.message, *(str(detail.get("message")) for detail in error.details)]
    return expected in codes or any(expected.lower() in words.lower() for words in said)
