"""The Proposal: a change of content files that somebody writes and offers for review."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from engine.record import Moment, RecordSpec, Revised


class ProposalState(StrEnum):
    """How far a proposal is."""

    DRAFT = "draft"  #: its author is writing it
    PROPOSED = "proposed"  #: it is offered: a branch holds it, to be reviewed
    MERGED = "merged"  #: what it says is live
    WITHDRAWN = "withdrawn"  #: its author took it back, as a draft or offered


class ProposalSource(StrEnum):
    """What a proposal was begun from."""

    EDITOR = "editor"  #: the editor of templates
    EVIDENCE = "evidence"  #: what the work says about a template
    TASK = "task"  #: a task as it was done
    BUNDLE = "bundle"  #: a bundle as it was done
    REVERT = "revert"  #: a proposal that is to be taken back


class Proposal(Revised):
    """A change of content files, from the first word to the merge."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="proposals",
        key=("proposal_id",),
        prefix="prp",
        promoted=("workspace_id", "state", "author_id", "template_id"),
        indexes=(("workspace_id", "state", "author_id"), ("workspace_id", "template_id", "state")),
        references={"workspace_id": "workspaces", "author_id": "users", "reverts": "proposals"},
    )

    #: The proposal's id: `prp_`, then 26 digits and capitals that sort by the time of making.
    proposal_id: str
    workspace_id: str
    #: The key of the template that it is about, which may be one that it adds.
    template_id: str
    #: What it does, in one line: the subject of its commit.
    title: str = ""
    #: Why: the rest of the commit's message. Suggestions put their figures here.
    description: str = ""
    #: The user who writes it, and whose commit it becomes.
    author_id: str
    #: How far it is, from a draft to the merge.
    state: ProposalState
    #: What it was begun from, such as the editor or a task as it was done.
    source: ProposalSource
    #: What the work said that it answers: a list of objects with `revision` (the `closure_hash`), `kind`,
    #: `task` and `step`. Empty where it answers nothing that was counted.
    answers: list[dict[str, Any]] = []
    #: The proposal that it takes back. Null where it takes none back.
    reverts: str | None = None
    #: The commit whose files it began from. Null where the content is in no commit.
    base_commit: str | None = None
    #: The branch that holds it, such as `proposal/…`. Null while it never was offered.
    branch: str | None = None
    #: The last commit of that branch. Null while there is none.
    commit: str | None = None
    #: The last commit that the remote has. Null where none was pushed.
    pushed_commit: str | None = None
    #: Why it could not be pushed, in words. Null where all is well.
    problem: str | None = None
    #: When it was last offered. Null while it never was, and where it was discarded as a draft.
    proposed_at: Moment | None = None
    #: When it was merged or withdrawn. Null while it is open.
    closed_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it is still to be decided."""
        return self.state in (ProposalState.DRAFT, ProposalState.PROPOSED)


class ProposedFile(Revised):
    """One content file that a proposal changes, adds or takes away."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="proposed_files",
        key=("proposed_file_id",),
        prefix="prf",
        promoted=("workspace_id", "proposal_id", "path"),
        unique=(("proposal_id", "path"),),
        references={"workspace_id": "workspaces", "proposal_id": "proposals"},
    )

    #: The id of the row: `prf_`, then 26 digits and capitals that sort by the time of making.
    proposed_file_id: str
    workspace_id: str
    #: The proposal that changes it.
    proposal_id: str
    #: Where it lies, from the folder that holds `content/` on.
    path: str
    #: What it said when the change began, or when it last caught up. Null where it was not there.
    before: str | None = None
    #: What it shall say. Null takes it away.
    text: str | None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
