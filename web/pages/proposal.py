"""One proposal: what it changes, what is wrong with it, what it touches, and where it goes next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.access import Actor
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.catalog.diff import report
from engine.catalog.diff.wording import Style
from engine.catalog.problems import Problem
from engine.migration.impact import BundleImpact
from engine.migration.matrix import Verdict
from engine.proposals import comparing, forges, preparing, queries, taken_out
from engine.proposals.comparing import Compared
from engine.proposals.models import Proposal, ProposalSource, ProposalState
from engine.proposals.queries import Listed
from engine.reminders.schedule_diff import ScopeSchedule, due_of
from web.pages import proposals, text_diff
from web.pages.text_diff import DiffRow

#: So many sentences, bundles and dates are told of one thing; more is for `content review`.
MOST_LINES, MOST_BUNDLES, MOST_DATES, MOST_TAKEN_OUT = 40, 10, 12, 20


#: A name as files have it, that does not stand in backticks already.
_KEY = re.compile(r"(?<![`\w@/.#-])[a-z]+(?:_[a-z0-9]+)+(?![`\w@/-])")


def keyed(text: str) -> str:
    """Return a sentence with the names that are a file's own in backticks."""
    return _KEY.sub(r"`\g<0>`", text)


@dataclass(frozen=True)
class FilePart:
    """One file that it changes."""

    path: str
    #: ``new``, ``gone`` or ``changed``.
    state: str
    rows: Sequence[DiffRow]
    #: What its author wrote otherwise, a sentence each.
    said: Sequence[str] = ()
    #: Whether somebody else changed it since.
    has_moved: bool = False


@dataclass(frozen=True)
class WorkPart:
    """What the work of one template gets otherwise."""

    name: str
    key: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Date:
    """One task that is due on another day."""

    task: str
    occasion: str
    whose: str
    before: str
    after: str


@dataclass(frozen=True)
class Touched:
    """A running bundle that somebody has to look at before it can follow."""

    impact: BundleImpact
    title: str
    needs: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ProposalPage:
    """One proposal as it is shown."""

    proposal: Proposal
    author_name: str
    template_name: str
    #: Whether its template is in what is live.
    is_live: bool
    is_own: bool
    files: Sequence[FilePart]
    #: Whether all that it says is live word for word.
    is_nothing: bool
    work: Sequence[WorkPart] = ()
    problems: Sequence[Problem] = ()
    #: How many bundles have each verdict; None where too many run to say it here.
    counts: Sequence[tuple[str, int]] | None = ()
    touched: Sequence[Touched] = ()
    dates: Sequence[Date] = ()
    #: Where its branch becomes a pull request; None where the address tells no such page.
    forge_page: str | None
    has_remote: bool
    #: What it takes back, and what takes it back.
    reverts: Proposal | None
    reverted_by: Proposal | None
    #: Lines of a draft made from work in which something was taken out: file, line, text.
    taken_out: Sequence[tuple[str, int, str]]
    #: Other open proposals of the same template.
    others: Sequence[Listed] = field(default=())

    @property
    def title(self) -> str:
        """What it is called."""
        return self.proposal.title or f"A change of {self.template_name}"

    @property
    def chip(self) -> tuple[str, str, str]:
        """How it stands: word, tone and mark."""
        return proposals.chip_of(self.proposal)

    @property
    def moved(self) -> list[str]:
        """The files that somebody else changed since it began."""
        return [file.path for file in self.files if file.has_moved]

    @property
    def errors(self) -> list[Problem]:
        """What keeps it from being offered."""
        return [one for one in self.problems if one.is_error]

    @property
    def warnings(self) -> list[Problem]:
        """What is worth a look."""
        return [one for one in self.problems if not one.is_error]

    @property
    def is_pushed(self) -> bool:
        """Whether the remote has what is offered."""
        return self.proposal.pushed_commit is not None and self.proposal.pushed_commit == self.proposal.commit


def load(workbench: Workbench, actor: Actor, proposal_id: str) -> ProposalPage:
    """Return the page of a proposal.

    Raises:
        NotFoundError: there is none, or it is somebody else's draft.
        UnavailableError: the content cannot be read.
    """
    found = preparing.read(workbench, actor, proposal_id)
    proposal = found.proposal
    compared = comparing.compared(workbench, actor, found) if proposal.is_open else None
    with workbench.reading(actor) as tx:
        others = [one for one in queries.open_of(tx, proposal.template_id) if one != proposal]
        reverts = tx.get(Proposal, proposal.reverts) if proposal.reverts else None
        seen = [one for one in tx.find(Proposal, template_id=proposal.template_id) if queries.sees(tx, one)]
        told = _told(compared)
        asked = [one.bundle_id for one in told]
        bundles = {one.bundle_id: one for one in (tx.find(Bundle, bundle_id=asked) if asked else ())}
        listed = queries.listed(tx, others)
    files = [_file(found, compared, path) for path in found.texts]
    taking_back = (one for one in seen if one.reverts == proposal_id)
    is_mine = proposal.author_id == actor.user_id
    return ProposalPage(
        proposal=proposal,
        author_name=found.author.name if found.author else "somebody",
        template_name=proposals.name_of(found.content, proposal.template_id),
        is_live=proposal.template_id in found.content.templates,
        is_own=is_mine,
        files=files,
        taken_out=_taken_out(found),
        is_nothing=found.is_nothing,
        work=_work(compared, files),
        problems=compared.problems if compared else (),
        counts=_counts(compared),
        # A bundle whose record cannot be read is counted, and not named.
        touched=[
            Touched(one, bundles[one.bundle_id].title, _needs(one))
            for one in told
            if one.bundle_id in bundles
        ],
        dates=_dates(compared.schedules if compared else ()),
        forge_page=forges.page_of_proposal(workbench.settings, proposal),
        has_remote=bool(workbench.settings.content_remote),
        reverts=reverts,
        reverted_by=next((one for one in taking_back if one.state is not ProposalState.WITHDRAWN), None),
        others=listed,
    )


def _file(found: preparing.Prepared, compared: Compared | None, path: str) -> FilePart:
    file = next(one for one in found.files if one.path == path)
    state = "new" if file.before is None else "gone" if file.text is None else "changed"
    rows = text_diff.compare((file.before or "").splitlines(), (file.text or "").splitlines())
    said: list[str] = []
    for one in compared.changes.files if compared else ():
        if one.path == path:
            templates = compared.changes.templates if compared else ()
            said = report.sentences_of_file(one, Style.TEXT, templates)
            if one.after is None and file.text is not None:
                said = ["What it changes is told once its text can be read: see what is wrong."]
    moved = found.proposal.is_open and file in found.moved
    return FilePart(path, state, rows, said[:MOST_LINES], has_moved=moved)


def _work(compared: Compared | None, files: Sequence[FilePart]) -> list[WorkPart]:
    """Return what work gets, as far as that is something else than what an author wrote."""
    parts = [
        WorkPart(one.name, one.key, report.lines_of_template(one, Style.TEXT)[:MOST_LINES])
        for one in (compared.changes.templates if compared else ())
    ]
    written = [list(file.said) for file in files]
    return [one for one in parts if one.lines and list(one.lines) not in written]


def _taken_out(found: preparing.Prepared) -> list[tuple[str, int, str]]:
    proposal = found.proposal
    if not proposal.is_open or proposal.source not in (ProposalSource.TASK, ProposalSource.BUNDLE):
        return []
    return [
        (path, number, line.strip())
        for path, text in found.texts.items()
        for number, line in enumerate((text or "").splitlines(), 1)
        if any(word in line for word in taken_out.WORDS)
    ]


def _counts(compared: Compared | None) -> list[tuple[str, int]] | None:
    if compared is None:
        return []
    if compared.impact is None:
        return None
    return [(verdict.words, count) for verdict in Verdict if (count := compared.impact.totals[verdict])]


def _told(compared: Compared | None) -> list[BundleImpact]:
    """Return the bundles that somebody has to look at, the worst first."""
    found = compared.impact.bundles if compared and compared.impact else ()
    asked = [one for one in found if one.verdict in (Verdict.BLOCKED, Verdict.DECISION)]
    return sorted(asked, key=lambda one: -one.verdict.rank)[:MOST_BUNDLES]


def _needs(one: BundleImpact) -> list[str]:
    why = [one.why] if one.why else []
    asked = (found for found in one.findings if found.verdict in (Verdict.BLOCKED, Verdict.DECISION))
    return [
        *why,
        *(f"{found.ref or 'the bundle'}: {found.kind.value}, because {found.why}" for found in asked),
    ]


def _dates(schedules: Sequence[ScopeSchedule]) -> list[Date]:
    found = [
        Date(
            task=moved.after.title,
            occasion=f"{moved.occasion.name}, {moved.occasion.anchor:%a %-d %b %Y}",
            whose=f"{one.name}, for {one.scope}",
            before=due_of(moved.before, moved.zone) if moved.before else "not there",
            after=due_of(moved.after, moved.zone),
        )
        for one in schedules
        for moved in one.moved
    ]
    return [one for one in found if one.before != one.after]
