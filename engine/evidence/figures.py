"""The figures of a template's tasks and steps, in one of its revisions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from statistics import mean
from typing import Any

from engine.plurals import plural

#: With fewer runs a figure is said to be small.
FEW = 10


@dataclass(frozen=True)
class Share:
    """In how many of how many runs something was so."""

    count: int
    of: int

    @property
    def part(self) -> float:
        """The count as a part of the whole, 0 to 1; 0 of none."""
        return self.count / self.of if self.of else 0.0

    def __str__(self) -> str:
        """Return it in words: ``14 of 15 runs``."""
        return f"{self.count} of {plural(self.of, 'run')}"


@dataclass(kw_only=True)
class StepFigures:
    """What became of a step in the closed runs of its task."""

    ref: str
    title: str
    runs: int = 0
    ticked: int = 0
    left_out: int = 0

    @property
    def not_needed(self) -> Share:
        """How often it was left out, or, as nothing asked for it, not done."""
        return Share(self.runs - self.ticked, self.runs)


@dataclass(kw_only=True)
class TaskFigures:
    """What became of a task of the template."""

    ref: str
    title: str
    #: Made, whatever became of it since.
    runs: int = 0
    started: int = 0
    completed: int = 0
    skipped: int = 0
    cancelled: int = 0
    #: Of the completed ones, those with a first deadline.
    promised: int = 0
    on_time: int = 0
    #: Of each completed run with a first deadline: working days that it took, and that the template gave.
    days: list[tuple[int, int]] = field(default_factory=list)
    #: Why it was skipped, in the template's words.
    skip_reasons: Counter[str] = field(default_factory=Counter)
    #: Closed runs that waited at all, and for whom or what; and that asked for help.
    waited: int = 0
    waited_for: Counter[str] = field(default_factory=Counter)
    asked_for_help: int = 0
    #: Runs of which a version was judged, and of which the first was sent back.
    judged: int = 0
    rejected: int = 0
    rejected_first: int = 0
    #: Runs that owed proof and gave it, and those that gave it after the first deadline.
    proven: int = 0
    proven_late: int = 0
    #: Runs with a checklist of three steps or more, and those in which all were ticked at one go.
    with_steps: int = 0
    ticked_at_one_go: int = 0
    scores: list[int] = field(default_factory=list)
    steps: list[StepFigures] = field(default_factory=list)

    def step(self, ref: str) -> StepFigures:
        """Return the figures of a step; of one that the template has not, figures that nobody reads."""
        for step in self.steps:
            if step.ref == ref:
                return step
        return StepFigures(ref=ref, title="")

    @property
    def closed(self) -> int:
        """Runs that were completed or skipped: those that tell whether it is needed."""
        return self.completed + self.skipped

    @property
    def over(self) -> Share:
        """How often it took longer than the template gives."""
        return Share(sum(took > given for took, given in self.days), len(self.days))

    @property
    def took(self) -> float | None:
        """The working days that it took, on average; None without such runs."""
        return mean(took for took, _ in self.days) if self.days else None

    @property
    def given(self) -> float | None:
        """The working days that the template gave, on average; None without such runs."""
        return mean(given for _, given in self.days) if self.days else None

    @property
    def is_few(self) -> bool:
        """Whether so few runs are closed that nothing follows from them."""
        return self.closed < FEW

    def as_json(self) -> dict[str, Any]:
        """Return the figures as ``content evidence --json`` prints them."""
        counted = ("runs", "started", "completed", "skipped", "cancelled", "promised", "on_time")
        more = ("waited", "asked_for_help", "judged", "rejected", "rejected_first", "proven", "proven_late")
        steps = ("with_steps", "ticked_at_one_go")
        return {
            "ref": self.ref,
            "title": self.title,
            **{name: getattr(self, name) for name in (*counted, *more, *steps)},
            "took_days": self.took,
            "given_days": self.given,
            "over": self.over.count,
            "skip_reasons": dict(self.skip_reasons),
            "waited_for": dict(self.waited_for),
            "scores": self.scores,
            "steps": [vars(step) for step in self.steps],
        }


@dataclass(kw_only=True)
class RevisionFigures:
    """What became of the runs of one revision of a template, for everybody or as overridden for somebody."""

    closure_hash: str
    commit: str | None
    name: str
    pinned_at: datetime
    #: For whom overrides are in it, by level and key, such as ``("partner", "acme")``; empty for everybody.
    overridden: tuple[tuple[str, str], ...] = ()
    bundles: int = 0
    completed: int = 0
    tasks: list[TaskFigures] = field(default_factory=list)

    @property
    def whom(self) -> str:
        """For whom overrides are in it, such as ``partner acme``; empty for everybody."""
        return ", ".join(f"{level} {key}" for level, key in self.overridden)

    def task(self, ref: str) -> TaskFigures | None:
        """Return the figures of a task; None where the revision has none of that ref."""
        return next((task for task in self.tasks if task.ref == ref), None)
