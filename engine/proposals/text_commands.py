"""The commands with which a text is edited whole; what they read from Git, they read beforehand."""

from __future__ import annotations

from pydantic import Field
from pydantic.config import JsonDict

from engine.access import Actor, Permission
from engine.budgets import BYTES_OF_EDITED_TEXT
from engine.command import AnyCommand, Command, Services, command
from engine.errors import StaleWriteError
from engine.inputs import Input
from engine.proposals import drafting, texts
from engine.proposals.overlay import text_of

_WHOLE: JsonDict = {"verbatim": True, "clearable": True}


class OnFile(Input):
    """A file of a draft."""

    #: The draft that changes it.
    proposal_id: str = Field(title="Proposal", min_length=1)
    #: Where it lies, such as `content/task_templates/blog_post.yaml`.
    path: str = Field(title="File", min_length=1, max_length=500)


class WrittenText(OnFile):
    """The whole text of a file."""

    #: What it shall say. Line ends and a byte order mark stay what they are in the file.
    text: str = Field(
        default="", title="Text", max_length=int(BYTES_OF_EDITED_TEXT), json_schema_extra=_WHOLE
    )


class Written(WrittenText):
    """A change of a text that somebody saw."""

    #: The text that was changed. Where the file says something else by now, nothing is overwritten.
    seen: str = Field(default="", title="Text as it was", json_schema_extra=_WHOLE)


class Settled(Written):
    """What became of two versions."""

    #: What the content says now, where the draft catches up with it. Left out: it does not.
    live: str | None = Field(default=None, title="Text that is live", json_schema_extra=_WHOLE)


def _text_now(services: Services, _actor: Actor, request: OnFile) -> str | None:
    drafting.require_place(request.path)
    return text_of(services.content(), request.path)


def _base_now(services: Services, actor: Actor, request: Settled) -> str | None:
    """Return what the draft begins from once it has caught up; None where it does not."""
    if request.live is None:
        return None
    now = _text_now(services, actor, request)
    if texts.shown(now or "") != texts.shown(request.live):
        raise StaleWriteError(
            f"{request.path} was changed in the content meanwhile. Look at both versions, then save again."
        )
    return now


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "proposal write",
        "Change the whole text of a file of a draft.",
        input=Written,
        permission=Permission.PROPOSE,
        run=lambda tx, request: texts.write(
            tx, request.proposal_id, request.path, request.text, seen=request.seen
        ),
        message="Saved.",
    ),
    Command(
        name="proposal settle",
        help="Save what became of two versions of a text.",
        input=Settled,
        permission=Permission.PROPOSE,
        prepare=_base_now,
        run=lambda tx, request, before: texts.settle(
            tx, request.proposal_id, request.path, request.text, seen=request.seen, before=before
        ),
        message=lambda _: "Saved: both versions are in it, as you chose.",
    ),
    command(
        "proposal fork",
        "Keep a text as a draft of its own.",
        input=WrittenText,
        permission=Permission.PROPOSE,
        run=lambda tx, request: texts.fork(tx, request.proposal_id, request.path, request.text),
        message="What you wrote is a draft of its own now; the other one stays as it is.",
    ),
    Command(
        name="proposal add-file",
        help="Have a draft change one file more.",
        input=OnFile,
        permission=Permission.PROPOSE,
        prepare=_text_now,
        run=lambda tx, request, now: texts.add(tx, request.proposal_id, request.path, now),
        message=lambda file: f"The draft changes {file.path} too, as soon as you write something else there.",
    ),
)
