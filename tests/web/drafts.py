"""A draft of a shipped template, for the tests of its pages."""

from __future__ import annotations

from collections.abc import Callable

from engine.access import Actor
from engine.app import Workbench
from engine.proposals import drafting
from engine.proposals.models import Proposal
from engine.proposals.overlay import text_of

FILE = "content/task_templates/blog_post.yaml"
KEY = "blog_post"


def live_text(workbench: Workbench, path: str = FILE) -> str:
    """Return what a file says in the content."""
    text = text_of(workbench.content(), path)
    assert text is not None
    return text


def drafted(
    workbench: Workbench,
    actor: Actor,
    change: Callable[[str], str] = lambda text: text,
    path: str = FILE,
    key: str = KEY,
) -> str:
    """Begin a draft that changes a file; return its id."""
    before = live_text(workbench, path)
    with workbench.transaction(actor) as tx:
        draft = drafting.begin(
            tx,
            template=key,
            path=path,
            before=before,
            text=change(before),
            base_commit=workbench.content().commit,
        )
        return draft.proposal_id


def texts(workbench: Workbench, actor: Actor, draft: str) -> dict[str, str | None]:
    """Return what the files of a draft say."""
    with workbench.reading(actor) as tx:
        return dict(drafting.texts_of(tx, tx.get(Proposal, draft)))
