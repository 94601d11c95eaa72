"""From a finished draft on: offer, withdraw, revert, go on editing, catch up, and learn of the merge.

A draft is offered, and may become a draft again; what is offered is merged by others, or withdrawn:

    draft ⇄ proposed → merged
      └────────┴─────→ withdrawn

Nothing here waits for the network: a job brings the remote to what the record says (``jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.access import Permission, require
from engine.audit.models import Action
from engine.errors import ConflictError
from engine.jobs import putting
from engine.jobs.models import Lane
from engine.notifications.models import NotificationKind
from engine.notifications.service import notify
from engine.proposals import drafting
from engine.proposals.merging import merged
from engine.proposals.models import Proposal, ProposalSource, ProposalState, ProposedFile
from engine.proposals.offering import Offerable
from engine.proposals.preparing import Prepared, titled
from engine.transaction import Transaction

#: The kind of job that brings the remote to what a proposal says; tried for about four hours.
PUBLISH = "publish_proposal"
_MOST_ATTEMPTS = 10
_ONE_AT_A_TIME = Lane(name="proposals")


@dataclass(frozen=True)
class CaughtUp:
    """A draft that was brought up to what is live."""

    proposal: Proposal
    #: Files in which others' changes are now, too.
    taken: Sequence[str] = ()
    #: Files in which both changed the same lines: somebody has to choose.
    conflicts: Sequence[str] = field(default=())


def offer(
    tx: Transaction, proposal_id: str, title: str, description: str, offered: Offerable | None
) -> Proposal:
    """Offer a draft for review; one that is offered already is pushed again where the remote lacks it.

    Raises:
        NotFoundError, ForbiddenError: as ``drafting.own``.
        ConflictError: it is merged or withdrawn.
        StaleWriteError: it was changed since its commit was made.
    """
    proposal = drafting.own(tx, proposal_id)
    if proposal.state is ProposalState.PROPOSED:
        if proposal.problem is not None:
            proposal.problem = None
            tx.save(proposal)
            tx.record(Action.PROPOSAL_OFFERED, proposal, f"Has {titled(proposal)} pushed again")
            _put(tx, proposal)
        return proposal
    _require(proposal, ProposalState.DRAFT, "offered")
    if offered is None:
        raise ConflictError(f"{titled(proposal)} has become a draft again meanwhile. Offer it once more.")
    offered.prepared.require_same(tx)
    proposal.title, proposal.description = title, description
    proposal.state, proposal.proposed_at, proposal.problem = ProposalState.PROPOSED, offered.at, None
    proposal.branch, proposal.commit = offered.branch, offered.commit
    proposal.base_commit = offered.prepared.content.commit
    _begin_from(tx, offered.prepared)
    tx.save(proposal)
    tx.record(Action.PROPOSAL_OFFERED, proposal, f"Offered {titled(proposal)}")
    _put(tx, proposal)
    return proposal


def withdraw(tx: Transaction, proposal_id: str) -> Proposal:
    """Take a proposal back: a draft is discarded, and the branch of one that was offered goes, too.

    What a draft says stays its author's, even where it was offered before and was changed since.

    Raises:
        NotFoundError, ForbiddenError: as ``drafting.own``.
        ConflictError: it is merged.
    """
    proposal = drafting.own(tx, proposal_id)
    if proposal.state is ProposalState.WITHDRAWN:
        return proposal
    if proposal.state is ProposalState.MERGED:
        raise ConflictError(f"{titled(proposal)} is merged. Revert it, which proposes what was before.")
    verb = "Discarded" if proposal.state is ProposalState.DRAFT else "Withdrew"
    if proposal.state is ProposalState.DRAFT:
        proposal.proposed_at = None
    proposal.state, proposal.closed_at, proposal.problem = ProposalState.WITHDRAWN, tx.now, None
    tx.save(proposal)
    tx.record(Action.PROPOSAL_WITHDRAWN, proposal, f"{verb} {titled(proposal)}")
    if proposal.branch is not None:
        _put(tx, proposal)
    return proposal


def edit_again(tx: Transaction, proposal_id: str) -> Proposal:
    """Make an offered proposal a draft again; its branch stays, and offering it again adds a commit.

    Raises:
        NotFoundError, ForbiddenError: as ``drafting.own``.
        ConflictError: it is merged or withdrawn.
    """
    proposal = drafting.own(tx, proposal_id)
    if proposal.state is ProposalState.DRAFT:
        return proposal
    _require(proposal, ProposalState.PROPOSED, "edited again")
    proposal.state, proposal.problem = ProposalState.DRAFT, None
    tx.save(proposal)
    tx.record(Action.PROPOSAL_CHANGED, proposal, f"Goes on with {titled(proposal)}")
    return proposal


def catch_up(tx: Transaction, prepared: Prepared) -> CaughtUp:
    """Bring a draft up to what is live: others' lines are taken over, and what both changed is left as it is.

    Raises:
        NotFoundError, ForbiddenError: as ``drafting.own``.
        ConflictError: it is no draft.
        StaleWriteError: it was changed since it was read.
        UnavailableError: Git cannot set two texts against each other.
    """
    proposal = drafting.own(tx, prepared.proposal.proposal_id)
    _require(proposal, ProposalState.DRAFT, "brought up to date")
    prepared.require_same(tx)
    taken: list[str] = []
    conflicts: list[str] = []
    for file in drafting.files_of(tx, proposal):
        live = prepared.live[file.path]
        if live == file.before:
            continue
        text, is_merged = _merged(file.before, file.text, live)
        if not is_merged:
            conflicts.append(file.path)
            continue
        file.before, file.text = live, text
        tx.save(file)
        tx.record(Action.PROPOSAL_CHANGED, file, f"Took over what {file.path} says by now")
        taken.append(file.path)
    if not conflicts and proposal.base_commit != prepared.content.commit:
        proposal.base_commit = prepared.content.commit
        tx.save(proposal)
        tx.record(Action.PROPOSAL_CHANGED, proposal, f"{titled(proposal)} begins from what is live")
    return CaughtUp(proposal, taken, conflicts)


def revert(tx: Transaction, prepared: Prepared) -> Proposal:
    """Begin a draft that takes a merged proposal back, from what is live now, or give the open one of it.

    Raises:
        ForbiddenError: the actor may not propose.
        ConflictError: it is not merged, nothing of it is left, or what it changed was changed again since.
        UnavailableError: Git cannot set two texts against each other.
    """
    require(tx.actor, Permission.PROPOSE, "change templates")
    undone = tx.get(Proposal, prepared.proposal.proposal_id)
    _require(undone, ProposalState.MERGED, "reverted")
    open_one = next((one for one in drafting.drafts_of(tx) if one.reverts == undone.proposal_id), None)
    if open_one is not None:
        return open_one
    texts = _as_before(undone, prepared)
    draft = tx.add(
        Proposal(
            proposal_id=tx.new_id(Proposal),
            workspace_id=tx.workspace_id,
            template_id=undone.template_id,
            title=f"Revert {titled(undone)}",
            description=f"Takes back what {undone.branch or undone.proposal_id} changed.",
            author_id=tx.actor.user_id,
            state=ProposalState.DRAFT,
            source=ProposalSource.REVERT,
            reverts=undone.proposal_id,
            base_commit=prepared.content.commit,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(
        Action.PROPOSAL_BEGUN,
        draft,
        f"Began to revert {titled(undone)}",
        after={"template_id": draft.template_id, "reverts": undone.proposal_id},
    )
    for path, text in texts.items():
        _add(tx, draft, path, before=prepared.live[path], text=text)
    return draft


def published(tx: Transaction, proposal: Proposal, commit: str | None, problem: str | None) -> None:
    """Record what the remote has of a proposal, or why it could not take it, of which its author is told."""
    if (proposal.pushed_commit, proposal.problem) == (commit, problem):
        return
    proposal.pushed_commit, proposal.problem = commit, problem
    tx.save(proposal)
    said = "could not be pushed" if problem else "is at the remote" if commit else "is no more at the remote"
    tx.record(Action.PROPOSAL_PUSHED, proposal, f"{proposal.branch} {said}")


def tell_of_failure(tx: Transaction, proposal: Proposal) -> None:
    """Tell the author why their proposal could not be pushed, once for each time that it was offered."""
    _tell(tx, proposal, f"{titled(proposal)} could not be pushed", proposal.problem, "failed")


def says_all_of(prepared: Prepared) -> bool:
    """Say whether all that a proposal changes is live, whatever else its files say by now.

    Raises:
        UnavailableError: Git cannot set two texts against each other.
    """
    return all(
        _merged(file.before, file.text, live) == (live, True)
        for file in prepared.files
        for live in (prepared.live[file.path],)
    )


def mark_merged(tx: Transaction, proposal_id: str) -> Proposal:
    """Record that what a proposal says is live, and tell its author; once."""
    proposal = tx.get(Proposal, proposal_id)
    if proposal.state is not ProposalState.PROPOSED:
        return proposal
    proposal.state, proposal.closed_at, proposal.problem = ProposalState.MERGED, tx.now, None
    tx.save(proposal)
    tx.record(Action.PROPOSAL_MERGED, proposal, f"{titled(proposal)} is merged")
    said = "What is started from now on is made from it. Running work keeps what it has."
    _tell(tx, proposal, f"{titled(proposal)} is merged", said, "merged")
    return proposal


def _tell(tx: Transaction, proposal: Proposal, title: str, line: str | None, what: str) -> None:
    notify(
        tx,
        user_ids=[proposal.author_id],
        kind=NotificationKind.PROPOSAL,
        title=title,
        lines=[line] if line else [],
        key=f"proposal_{what}:{proposal.proposal_id}:{proposal.commit}",
    )


def _as_before(undone: Proposal, prepared: Prepared) -> dict[str, str | None]:
    """Return what files say without what a merged proposal changed, as far as that is something else."""
    found: dict[str, str | None] = {}
    for file in prepared.files:
        text, is_merged = _merged(file.text, file.before, prepared.live[file.path])
        if not is_merged:
            raise ConflictError(
                f"{file.path} was changed again since {titled(undone)} was merged, in the same lines. "
                "Edit the template as it is now instead."
            )
        if text != prepared.live[file.path]:
            found[file.path] = text
    if not found:
        raise ConflictError(f"Nothing of {titled(undone)} is left in what is live.")
    return found


def _merged(before: str | None, mine: str | None, live: str | None) -> tuple[str | None, bool]:
    """Return what two versions of a file come to, and whether they come to anything without a choice."""
    if live in (before, mine):
        return mine, True
    if mine == before:
        return live, True
    if before is None or mine is None or live is None:  # one took away or added what the other changed
        return None, False
    text = merged(before, mine, live).text
    return text, text is not None


def _begin_from(tx: Transaction, prepared: Prepared) -> None:
    """Have files begin from what is live: where they do not, they say what is live already."""
    now: Mapping[str, str | None] = prepared.live
    for file in drafting.files_of(tx, prepared.proposal):
        if file.before != now[file.path]:
            file.before = now[file.path]
            tx.save(file)
            tx.record(Action.PROPOSAL_CHANGED, file, f"{file.path} begins from what is live")


def _add(tx: Transaction, draft: Proposal, path: str, *, before: str | None, text: str | None) -> None:
    file = tx.add(
        ProposedFile(
            proposed_file_id=tx.new_id(ProposedFile),
            workspace_id=tx.workspace_id,
            proposal_id=draft.proposal_id,
            path=path,
            before=before,
            text=text,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(Action.PROPOSAL_CHANGED, file, f"Changes {path}", after={"path": path, "text": text})


def _put(tx: Transaction, proposal: Proposal) -> None:
    """Have a job bring the remote to what the proposal says, where there is a remote."""
    if not tx.settings.content_remote:
        return
    putting.put(
        tx,
        PUBLISH,
        args={"proposal_id": proposal.proposal_id},
        key=f"{PUBLISH}:{proposal.proposal_id}:{proposal.revision}",
        not_before=tx.now,
        lane=_ONE_AT_A_TIME,
        max_attempts=_MOST_ATTEMPTS,
    )


def _require(proposal: Proposal, state: ProposalState, what: str) -> None:
    if proposal.state is not state:
        raise ConflictError(f"{titled(proposal)} is {proposal.state.value}, so it is not {what}.")
