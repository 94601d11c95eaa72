"""The calls of proposals; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path
from .ids import ProposalId, ProposedFileId


class Proposals(Collection):
    """The calls of proposals."""

    def list(
        self,
        *,
        which: Literal["open", "mine", "decided"] | None = None,
        template: str | None = None,
        limit: int | None = None,
    ) -> Listing[models.ProposalAsRead]:
        """List: Changes of templates that you see, those changed last first.

        Args:
            which: open: your drafts and all that is offered; mine: all of yours; decided.
            template: The key of a template.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.ProposalAsRead,
            "proposals",
            "/api/proposals",
            {"which": which, "template": template},
            limit,
        )

    def create(
        self, *, name: str, task_type: str, tasks: str, idempotency_key: str | None = None
    ) -> Answer[models.Proposal]:
        """Begin a new template from its name, a task type and its first tasks.

        Args:
            name: What people call it; its key is made from that and never changes.
            task_type: The type of its tasks.
            tasks: One task per line, in order: what is to be done.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            "/api/proposals",
            {"name": name, "task_type": task_type, "tasks": tasks},
            key=idempotency_key,
        )

    def begin(
        self,
        *,
        template: str,
        campaign: str | Unset | None = UNSET,
        everybody: bool | Unset = UNSET,
        new_name: str | Unset | None = UNSET,
        partner: str | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Proposal]:
        """Begin to change a template: for a partner, a campaign, as a new template, or for everybody.

        Args:
            template: The template's key.
            campaign: The key of the campaign that has it another way.
            everybody: Change the template itself, for everybody who uses it.
            new_name: The name of a new template that begins as a copy of it.
            partner: The key of the partner that has it another way.
            reason: Why the partner or campaign differs.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            "/api/proposals/begin",
            {
                "campaign": campaign,
                "everybody": everybody,
                "new_name": new_name,
                "partner": partner,
                "reason": reason,
                "template": template,
            },
            key=idempotency_key,
        )

    def from_bundle(
        self, *, bundle_id: str, name: str, idempotency_key: str | None = None
    ) -> Answer[models.Proposal]:
        """Make a template of a bundle as it was done, as a draft.

        Args:
            bundle_id: Its id.
            name: What people call the new template.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            "/api/proposals/from-bundle",
            {"bundle_id": bundle_id, "name": name},
            key=idempotency_key,
        )

    def from_task(
        self,
        *,
        task_id: str,
        whom: Literal["partner", "everybody"] | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Proposal]:
        """Make a task as it was done one of a template, as a draft.

        Args:
            task_id: Its id, its number (12) or its UUID.
            whom: For the partner of its bundle, or for everybody; left out: for the partner where there is
                one.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            "/api/proposals/from-task",
            {"task_id": task_id, "whom": whom},
            key=idempotency_key,
        )

    def suggest(
        self,
        *,
        kind: Literal[
            "too_short",
            "skipped",
            "step_not_needed",
            "sent_back",
            "waited",
            "help_needed",
            "proof_late",
            "at_one_go",
        ],
        task: str,
        template: str,
        campaign: str | Unset | None = UNSET,
        partner: str | Unset | None = UNSET,
        step: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Proposal]:
        """Make the change that something which stands out in the work advises, as a draft.

        Args:
            kind: What stands out, as `content evidence --json` calls it.
            task: The task that it is about, by its name in the template.
            template: The key of the template.
            campaign: The campaign whose override the revision has.
            partner: The partner whose override the revision has; left out where it is for everybody.
            step: The step that it is about, where it is about one.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            "/api/proposals/suggest",
            {
                "campaign": campaign,
                "kind": kind,
                "partner": partner,
                "step": step,
                "task": task,
                "template": template,
            },
            key=idempotency_key,
        )

    def get(self, proposal_id: ProposalId) -> models.ProposalAsRead:
        """Get one: Changes of templates that you see, those changed last first.

        Args:
            proposal_id: Its id, in any of its forms.
        """
        return self._get(models.ProposalAsRead, f"/api/proposals/{in_path(proposal_id, 'proposal_id')}", {})

    def add_file(
        self, proposal_id: ProposalId, *, path: str, idempotency_key: str | None = None
    ) -> Answer[models.ProposedFile]:
        """Have a draft change one file more.

        Args:
            proposal_id: The draft that changes it.
            path: Where it lies, such as `content/task_templates/blog_post.yaml`.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ProposedFile,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/add-file",
            {"path": path},
            key=idempotency_key,
        )

    def catch_up(
        self, proposal_id: ProposalId, *, idempotency_key: str | None = None
    ) -> Answer[models.CaughtUp]:
        """Take over into a draft what others changed in its files since it began.

        Args:
            proposal_id: Its id, as `proposal list` shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.CaughtUp,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/catch-up",
            {},
            key=idempotency_key,
        )

    def edit(
        self,
        proposal_id: ProposalId,
        *,
        path: str,
        seen: str,
        wanted: str,
        idempotency_key: str | None = None,
    ) -> Answer[models.ProposedFile]:
        """Make what a form changed in a file of your draft, and leave all else as it is.

        Args:
            proposal_id: The proposal's id.
            path: The file, from the folder that holds `content/` on.
            seen: The part of the template that was shown.
            wanted: That part as it shall be.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ProposedFile,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/edit",
            {"path": path, "seen": seen, "wanted": wanted},
            key=idempotency_key,
        )

    def edit_again(
        self, proposal_id: ProposalId, *, idempotency_key: str | None = None
    ) -> Answer[models.Proposal]:
        """Make a draft again of what is offered, withdrawn or discarded; offering it adds a commit.

        Args:
            proposal_id: Its id, as `proposal list` shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/edit-again",
            {},
            key=idempotency_key,
        )

    def list_files(
        self, proposal_id: ProposalId, *, limit: int | None = None
    ) -> Listing[models.ProposedFileAsRead]:
        """List: The files that a proposal changes: what each said before, and what it shall say.

        Args:
            proposal_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.ProposedFileAsRead,
            "files",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/files",
            {},
            limit,
        )

    def get_file(
        self, proposal_id: ProposalId, proposed_file_id: ProposedFileId
    ) -> models.ProposedFileAsRead:
        """Get one: The files that a proposal changes: what each said before, and what it shall say.

        Args:
            proposal_id: Its id, in any of its forms.
            proposed_file_id: Its id, in any of its forms.
        """
        return self._get(
            models.ProposedFileAsRead,
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/files/{in_path(proposed_file_id, 'proposed_file_id')}",
            {},
        )

    def fork(
        self,
        proposal_id: ProposalId,
        *,
        path: str,
        text: str | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Proposal]:
        """Keep a text as a draft of its own.

        Args:
            proposal_id: The draft that changes it.
            path: Where it lies, such as `content/task_templates/blog_post.yaml`.
            text: What it shall say. Line ends and a byte order mark stay what they are in the file.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/fork",
            {"path": path, "text": text},
            key=idempotency_key,
        )

    def offer(
        self, proposal_id: ProposalId, *, description: str, title: str, idempotency_key: str | None = None
    ) -> Answer[models.Proposal]:
        """Offer a draft for review: a commit of yours on a branch of its own, which alone is pushed.

        Args:
            proposal_id: Its id, as `proposal list` shows it.
            description: What the work showed, and for whom it is better; Markdown.
            title: What it does, in one line.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/offer",
            {"description": description, "title": title},
            key=idempotency_key,
        )

    def revert(
        self, proposal_id: ProposalId, *, idempotency_key: str | None = None
    ) -> Answer[models.Proposal]:
        """Begin a draft that takes a merged proposal back, from what is live now.

        Args:
            proposal_id: Its id, as `proposal list` shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/revert",
            {},
            key=idempotency_key,
        )

    def settle(
        self,
        proposal_id: ProposalId,
        *,
        path: str,
        live: str | Unset | None = UNSET,
        seen: str | Unset = UNSET,
        text: str | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.ProposedFile]:
        """Save what became of two versions of a text.

        Args:
            proposal_id: The draft that changes it.
            path: Where it lies, such as `content/task_templates/blog_post.yaml`.
            live: What the content says now, where the draft catches up with it. Left out: it does not.
            seen: The text that was changed. Where the file says something else by now, nothing is
                overwritten.
            text: What it shall say. Line ends and a byte order mark stay what they are in the file.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ProposedFile,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/settle",
            {"live": live, "path": path, "seen": seen, "text": text},
            key=idempotency_key,
        )

    def withdraw(
        self, proposal_id: ProposalId, *, idempotency_key: str | None = None
    ) -> Answer[models.Proposal]:
        """Discard a draft, or take back what is offered; its branch goes, too.

        Args:
            proposal_id: Its id, as `proposal list` shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Proposal,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/withdraw",
            {},
            key=idempotency_key,
        )

    def write(
        self,
        proposal_id: ProposalId,
        *,
        path: str,
        seen: str | Unset = UNSET,
        text: str | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.ProposedFile]:
        """Change the whole text of a file of a draft.

        Args:
            proposal_id: The draft that changes it.
            path: Where it lies, such as `content/task_templates/blog_post.yaml`.
            seen: The text that was changed. Where the file says something else by now, nothing is
                overwritten.
            text: What it shall say. Line ends and a byte order mark stay what they are in the file.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ProposedFile,
            "POST",
            f"/api/proposals/{in_path(proposal_id, 'proposal_id')}/write",
            {"path": path, "seen": seen, "text": text},
            key=idempotency_key,
        )
