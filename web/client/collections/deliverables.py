"""The calls of deliverables; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, File, Unset, in_path
from .ids import DeliverableCommentId, DeliverableId


class Deliverables(Collection):
    """The calls of deliverables."""

    def get(self, deliverable_id: DeliverableId) -> models.Deliverable:
        """Get one: One version of what a task hands over, for its team and for the partner whom it was shown
           to.

        Args:
            deliverable_id: Its id, in any of its forms.
        """
        return self._get(
            models.Deliverable, f"/api/deliverables/{in_path(deliverable_id, 'deliverable_id')}", {}
        )

    def comment(
        self,
        deliverable_id: DeliverableId,
        *,
        body: str,
        line: int | Unset | None = UNSET,
        page: int | Unset | None = UNSET,
        quote: str | Unset | None = UNSET,
        visible_in_portal: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.DeliverableComment]:
        """Leave a remark on a version, or on a line, a page or words of it.

        Args:
            deliverable_id: The version's id.
            body: Markdown works, and @name calls somebody.
            line: The line of a text that is meant, from 1.
            page: The page of a document that is meant, from 1.
            quote: The words that are meant.
            visible_in_portal: The partner may read it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.DeliverableComment,
            "POST",
            f"/api/deliverables/{in_path(deliverable_id, 'deliverable_id')}/comment",
            {
                "body": body,
                "line": line,
                "page": page,
                "quote": quote,
                "visible_in_portal": visible_in_portal,
            },
            key=idempotency_key,
        )

    def list_comments(
        self, deliverable_id: DeliverableId, *, limit: int | None = None
    ) -> Listing[models.DeliverableComment]:
        """List: The remarks on one version that you may read, oldest first.

        Args:
            deliverable_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.DeliverableComment,
            "comments",
            f"/api/deliverables/{in_path(deliverable_id, 'deliverable_id')}/comments",
            {},
            limit,
        )

    def get_comment(
        self, deliverable_id: DeliverableId, deliverable_comment_id: DeliverableCommentId
    ) -> models.DeliverableComment:
        """Get one: The remarks on one version that you may read, oldest first.

        Args:
            deliverable_id: Its id, in any of its forms.
            deliverable_comment_id: Its id, in any of its forms.
        """
        return self._get(
            models.DeliverableComment,
            f"/api/deliverables/{in_path(deliverable_id, 'deliverable_id')}/comments/{in_path(deliverable_comment_id, 'deliverable_comment_id')}",
            {},
        )

    def content(self, deliverable_id: DeliverableId) -> IO[bytes]:
        """Get the file: One version of what a task hands over, for its team and for the partner whom it was
           shown to.

        The file is open for reading; close it.

        Args:
            deliverable_id: Its id, in any of its forms.
        """
        return self._file(f"/api/deliverables/{in_path(deliverable_id, 'deliverable_id')}/content")

    def list_history(
        self, deliverable_id: DeliverableId, *, limit: int | None = None
    ) -> Listing[models.HistoryEntry]:
        """List: All that happened, oldest first: who did what, and what changed by it.

        Args:
            deliverable_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.HistoryEntry,
            "history",
            f"/api/deliverables/{in_path(deliverable_id, 'deliverable_id')}/history",
            {},
            limit,
        )

    def resubmit(
        self,
        deliverable_id: DeliverableId,
        *,
        artifact_id: str | Unset | None = UNSET,
        file: File | Unset = UNSET,
        meta: Mapping[str, Any] | Unset = UNSET,
        task_id: str | Unset | None = UNSET,
        then: Literal["hand_over", "resubmit"] | Unset = UNSET,
        url: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Deliverable]:
        """Hand over the version after a judged one; `task show` prints the id, `task submit` asks again.

        Args:
            deliverable_id: The id of the version that was judged; `task show` prints it.
            artifact_id: The id of a file that the task has already.
            file: The finished work itself: a file to upload.
            meta: Facts about it by name; a text is read as the type of its fact, an empty one takes the fact
                away.
            task_id: The task that it must belong to, where that is known.
            then: Only hand it over, or ask for its approval at once.
            url: Where the finished work is, with https:// in front; empty takes the address away.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Deliverable,
            "POST",
            f"/api/deliverables/{in_path(deliverable_id, 'deliverable_id')}/resubmit",
            {"artifact_id": artifact_id, "meta": meta, "task_id": task_id, "then": then, "url": url},
            files={"file": file},
            key=idempotency_key,
        )
