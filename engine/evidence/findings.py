"""What stands out in the figures, in words, and what the template could say instead (D13); pure.

Only what was so in at least ten runs, and in eight of ten of them, is said at all: fewer runs, or runs that
disagree, say nothing about the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil
from statistics import median
from typing import Any

from engine.evidence.figures import FEW, RevisionFigures, Share, StepFigures, TaskFigures

#: So large a part of the runs must agree.
MOST = 0.8


class Kind(StrEnum):
    """What stands out."""

    TOO_SHORT = "too_short"  #: it takes longer than the template gives
    SKIPPED = "skipped"  #: it is skipped
    STEP_NOT_NEEDED = "step_not_needed"  #: a step is left out, or not ticked
    SENT_BACK = "sent_back"  #: what it hands over is sent back the first time
    WAITED = "waited"  #: it waits for somebody
    HELP_NEEDED = "help_needed"  #: whoever does it has to ask
    PROOF_LATE = "proof_late"  #: its proof comes after the deadline
    AT_ONE_GO = "at_one_go"  #: its steps are ticked at one go, so they guide nobody


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that stands out in one revision."""

    kind: Kind
    #: The task's ref and title in the template.
    task: str
    title: str
    #: The step's ref; None where it concerns the task.
    step: str | None = None
    share: Share
    #: What is so, with its figures.
    words: str
    #: What the template could say instead.
    advice: str
    #: By how many working days a due date should be later; None where that is not the advice.
    days: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as ``content evidence --json`` prints it."""
        return {**vars(self), "kind": self.kind.value, "share": vars(self.share)}


def stand_out(revision: RevisionFigures) -> list[Finding]:
    """Return what stands out in a revision, task by task; of a task that is hardly ever done, only that."""
    found: list[Finding] = []
    for task in revision.tasks:
        most = [finding for finding in _of_task(task) if _is_most(finding.share)]
        found += [one for one in most if one.kind is Kind.SKIPPED] or most
    return found


def named(revision: RevisionFigures, kind: Kind, task: str, step: str | None) -> Finding | None:
    """Return what there is to say of one thing in a revision, whether it stands out or not."""
    figures = revision.task(task)
    found = (one for one in _of_task(figures) if (one.kind, one.step) == (kind, step)) if figures else ()
    return next(iter(found), None)


def _of_task(task: TaskFigures) -> Iterator[Finding]:
    """Yield all that is told of a task, whether it stands out or not."""
    yield _skipped(task, Share(task.skipped, task.closed))
    if task.days:
        yield _too_short(task)
    for step in task.steps:
        yield _step_not_needed(task, step)
    for kind, share, says, advice in _shares(task):
        yield _finding(kind, task, share, f"{says} in {share}.", advice)


def _is_most(share: Share) -> bool:
    return share.of >= FEW and share.part >= MOST


def _shares(task: TaskFigures) -> Iterator[tuple[Kind, Share, str, str]]:
    """Yield what is told of a task by a single share: the kind, the share, what was so, and the advice."""
    name = f"“{task.title}”"
    yield (
        Kind.SENT_BACK,
        Share(task.rejected_first, task.judged),
        f"What {name} hands over was sent back the first time",
        "Say what approvers look for: in its steps, or beside its gold standard.",
    )
    what = next((text for text, _ in task.waited_for.most_common(1) if text), "")
    yield (
        Kind.WAITED,
        Share(task.waited, task.closed),
        f"{name} waited" + (f", mostly for {what}," if what else ""),
        "Ask for it earlier, in a task of its own, or give it the time that it takes.",
    )
    yield (
        Kind.HELP_NEEDED,
        Share(task.asked_for_help, task.closed),
        f"Whoever did {name} had to ask for help",
        "Answer in its instructions what they ask.",
    )
    yield (
        Kind.PROOF_LATE,
        Share(task.proven_late, task.proven),
        f"The proof of {name} came after its deadline",
        "Give it more days, or ask for the proof in a later task.",
    )
    yield (
        Kind.AT_ONE_GO,
        Share(task.ticked_at_one_go, task.with_steps),
        f"All steps of {name} were ticked within a minute",
        "Keep the steps that guide somebody, and drop the others.",
    )


def _too_short(task: TaskFigures) -> Finding:
    took, given = task.took or 0.0, task.given or 0.0
    missing = max(1, ceil(median(took - given for took, given in task.days)))
    words = (
        f"“{task.title}” took longer than the template gives in {task.over}: "
        f"{_days(took)} on average, where it gives {_number(given)}."
    )
    found = _finding(Kind.TOO_SHORT, task, task.over, words, f"Let it be due {_days(missing)} later.")
    return replace(found, days=missing)


def _skipped(task: TaskFigures, share: Share) -> Finding:
    reason = next((text for text, _ in task.skip_reasons.most_common(1) if text), "")
    why = f", mostly because of “{reason}”" if reason else ""
    advice = "Drop it, or make it only where a parameter asks for it."
    return _finding(Kind.SKIPPED, task, share, f"“{task.title}” was skipped in {share}{why}.", advice)


def _step_not_needed(task: TaskFigures, step: StepFigures) -> Finding:
    words = f"The step “{step.title}” of “{task.title}” was not done in {step.not_needed}"
    said = f", and said not to apply in {step.left_out} of them" if step.left_out else ""
    advice = "Drop it, or let it be optional."
    found = _finding(Kind.STEP_NOT_NEEDED, task, step.not_needed, f"{words}{said}.", advice)
    return replace(found, step=step.ref)


def _finding(kind: Kind, task: TaskFigures, share: Share, words: str, advice: str) -> Finding:
    return Finding(kind=kind, task=task.ref, title=task.title, share=share, words=words, advice=advice)


def _days(count: float) -> str:
    said = _number(count)
    return f"{said} working day{'' if said == '1' else 's'}"


def _number(count: float) -> str:
    return f"{count:.1f}".removesuffix(".0")


class Trend(StrEnum):
    """What became of a share: it takes a fifth of the runs to call it anything but the same."""

    BETTER = "better"  #: it is so in fewer runs, by a fifth of them or more
    WORSE = "worse"  #: it is so in more runs, by a fifth of them or more
    SAME = "about the same"  #: less than a fifth of the runs is other


#: So large a part of the runs must be other, to be better or worse.
OTHER = 0.2


@dataclass(frozen=True)
class Comparison:
    """What became of something that stood out in an earlier revision, in newer ones."""

    finding: Finding
    #: The same figure since, of however few runs.
    runs: Share

    @property
    def since(self) -> Share | None:
        """The same figure since; None where too few runs are done to say."""
        return self.runs if self.runs.of >= FEW else None

    @property
    def helped(self) -> bool | None:
        """Whether it stands out no more; None where it cannot be said yet."""
        return None if self.since is None else not _is_most(self.since)

    @property
    def trend(self) -> Trend | None:
        """Whether it is better, worse or the same; None where it cannot be said yet."""
        if self.since is None:
            return None
        fewer = self.finding.share.part - self.since.part
        if abs(fewer) < OTHER - 1e-9:
            return Trend.SAME
        return Trend.BETTER if fewer > 0 else Trend.WORSE

    @property
    def words(self) -> str:
        """What became of it: ``better, and stands out no more: 1 of 12 runs, and 15 of 15 before``."""
        if self.trend is None:
            return f"too few runs to say: {self.runs.of} of the {FEW} that it takes"
        stands, before = "stands out no more" if self.helped else "still stands out", self.finding.share
        return f"{self.trend}, and {stands}: {self.runs}, and {before.count} of {before.of} before"


def since(finding: Finding, newer: Iterable[RevisionFigures]) -> Comparison | None:
    """Return what became of a finding in newer revisions, all their runs counted together.

    None where none of them has what it is about: that was the answer to it.
    """
    shares = [share for one in newer if (share := _share_of(finding, one)) is not None]
    if not shares:
        return None
    return Comparison(finding, Share(sum(one.count for one in shares), sum(one.of for one in shares)))


def compare(earlier: RevisionFigures, newer: RevisionFigures) -> list[Comparison]:
    """Return for all that stood out in a revision what became of it in a newer one (D13).

    What concerns a task or step that the newer one has no more is left out: that was the answer to it.
    """
    return [found for finding in stand_out(earlier) if (found := since(finding, [newer])) is not None]


def _share_of(finding: Finding, revision: RevisionFigures) -> Share | None:
    """Return the share that a finding is about, in another revision; None where it has no such part."""
    if revision.task(finding.task) is None:
        return None
    found = named(revision, finding.kind, finding.task, finding.step)
    if found is None:
        return None if finding.step else Share(0, 0)
    return found.share
