"""What a proposal changes, in words: what authors wrote, what work gets, running bundles, dates; EDT-04."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.access import Actor
from engine.budgets import BUNDLES_OF_A_PROPOSAL
from engine.catalog.blame import History
from engine.catalog.diff import contents
from engine.catalog.diff.contents import ContentDiff
from engine.catalog.diff.sides import Side
from engine.catalog.git_objects import Blob, FileCommit
from engine.catalog.problems import Problem
from engine.catalog.source import Revision, Source, Versions, blob_id_of
from engine.command import Services
from engine.migration.impact import Impact, impact
from engine.migration.queries import StoredWork
from engine.proposals.checking import new_problems
from engine.proposals.overlay import content_with
from engine.proposals.preparing import Prepared
from engine.reference.campaigns import partner_keys
from engine.reminders import schedule_diff
from engine.reminders.schedule_diff import ScopeSchedule
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_LIVE, _PROPOSED = "what is live", "the proposal"


class ProposedSource:
    """Another source, with the texts of a proposal beside; ``Source`` of both."""

    def __init__(self, source: Source, texts: Iterable[str]) -> None:
        self._source = source
        self._raw = {blob_id_of(raw): raw for text in texts for raw in (text.encode("utf-8"),)}

    def token(self) -> str:
        """Return what changes with either."""
        return f"{self._source.token()} {sorted(self._raw)}"

    def revision(self) -> Revision:
        """Return what the other has now."""
        return self._source.revision()

    def read(self, blobs: Sequence[Blob]) -> dict[str, bytes]:
        """Return the bytes by blob id."""
        others = [blob for blob in blobs if blob.blob_id not in self._raw]
        ours = {blob.blob_id: self._raw[blob.blob_id] for blob in blobs if blob.blob_id in self._raw}
        return ours | (self._source.read(others) if others else {})

    def versions(self, revision: Revision, paths: Set[str]) -> Versions:  # noqa: ARG002
        """Return nothing: no older version stands in for what is proposed."""
        return {}

    def last_commits(self, revision: Revision) -> Mapping[str, FileCommit]:
        """Return those of the other."""
        return self._source.last_commits(revision)

    def commit_holding(self, revision: Revision, blobs: Mapping[str, str]) -> str | None:
        """Return that of the other."""
        return self._source.commit_holding(revision, blobs)

    def scenarios(self, revision: Revision) -> Mapping[str, Blob]:
        """Return those of the other."""
        return self._source.scenarios(revision)

    def history(self, revision: Revision, read_at: Mapping[str, str], others: Set[str]) -> History:
        """Return that of the other."""
        return self._source.history(revision, read_at, others)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What there is to say about a proposal beside what is live."""

    changes: ContentDiff
    #: What is wrong with the content as proposed that is not wrong with what is live, dates that nobody can
    #: keep included.
    problems: Sequence[Problem]
    #: When work is due, before and after, on days that are hard.
    schedules: Sequence[ScopeSchedule]
    #: None where too many bundles run to say it at once, and where it was not asked for.
    impact: Impact | None


def compared(services: Services, actor: Actor, found: Prepared, *, with_work: bool = True) -> Compared | None:
    """Return what a proposal changes; None where the content that is live cannot be read.

    Raises:
        ForbiddenError: the actor does not see all work.
        UnavailableError: the repository cannot be read.
    """
    live = found.content
    if live.source is None or live.revision is None:
        return None
    proposed = content_with(live, found.texts)
    with services.reading(actor) as tx:
        partner_of = partner_keys(tx)
        problems, zone, today = new_problems(tx, live, proposed), tx.workspace_zone, tx.today
        touched = _impact(tx, live, proposed) if with_work else None
    said = [text for text in found.texts.values() if text is not None]
    files = (proposed.revision or live.revision).files
    base = Side(_LIVE, live.source, live.revision)
    head = Side(
        _PROPOSED, ProposedSource(live.source, said), replace(live.revision, commit=None, files=files)
    )
    changes = contents.diff(base, head, partner_of=partner_of)
    schedules = schedule_diff.compare_schedules(changes, zone, today)
    faults = [fault for one in schedules for fault in one.faults]
    if faults:  # some may be there already
        back = contents.diff(head, base, partner_of=partner_of)
        others = schedule_diff.compare_schedules(back, zone, today)
        known = {fault.identity for one in others for fault in one.faults}
        problems += [fault for fault in faults if fault.identity not in known]
    return Compared(changes=changes, problems=sorted(set(problems)), schedules=schedules, impact=touched)


def _impact(tx: Transaction, live: Content, proposed: Content) -> Impact | None:
    work = StoredWork(tx)
    is_few = len(work.bundles()) <= BUNDLES_OF_A_PROPOSAL
    return impact(live, proposed, work) if is_few else None
