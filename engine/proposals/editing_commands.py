"""The commands of the editor's forms: begin to change a template, and make a form's changes (EDT-01, EDT-03).

On the command line, people change the files themselves: these are of the board.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine.access import Actor, Permission
from engine.catalog.layout import kind_of
from engine.catalog.resolve import merge, unwrap, wrap
from engine.catalog.yaml_reader import YamlDocument, read_yaml
from engine.command import AnyCommand, Command, Services
from engine.errors import BadRequestError, bad_field
from engine.inputs import FilledText, Input, lines
from engine.proposals import beginning, drafting
from engine.proposals.beginning import Beginning
from engine.proposals.editing import Editable, editable, edited
from engine.proposals.models import Proposal, ProposedFile
from engine.proposals.naming import path_of
from engine.proposals.overlay import text_of
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_LONGEST_NAME, _LONGEST_REASON = 200, 500
_LONGEST_DATA = 512 * 1024


class Begin(Input):
    """Which template is to be changed, and for whom: one of the four."""

    #: The template's key.
    template: Annotated[str, Field(min_length=1, max_length=200)]
    #: The key of the partner that has it another way.
    partner: str | None = None
    #: The key of the campaign that has it another way.
    campaign: str | None = None
    #: Why the partner or campaign differs.
    reason: Annotated[str | None, Field(max_length=_LONGEST_REASON, json_schema_extra=lines(2))] = None
    #: The name of a new template that begins as a copy of it.
    new_name: Annotated[str | None, Field(max_length=_LONGEST_NAME)] = None
    #: Change the template itself, for everybody who uses it.
    everybody: bool = False


class Create(Input):
    """What a new template is called, what kind of work it is, and its first tasks."""

    #: What people call it; its key is made from that and never changes.
    name: Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)]
    #: The type of its tasks.
    task_type: Annotated[str, Field(min_length=1, max_length=200)]
    #: One task per line, in order: what is to be done.
    tasks: Annotated[str, Field(min_length=1, max_length=20_000, json_schema_extra=lines(5))]


class Edit(Input):
    """What a form showed of a file of a draft, and what it shall say there; both as JSON."""

    #: The proposal's id.
    proposal_id: FilledText
    #: The file, from the folder that holds `content/` on.
    path: FilledText
    #: The part of the template that was shown.
    seen: Annotated[str, Field(min_length=2, max_length=_LONGEST_DATA, json_schema_extra={"verbatim": True})]
    #: That part as it shall be.
    wanted: Annotated[
        str, Field(min_length=2, max_length=_LONGEST_DATA, json_schema_extra={"verbatim": True})
    ]


def shown(tx: Transaction, content: Content, proposal: Proposal, path: str) -> Editable:
    """Return a file of a proposal as forms show it, with what everybody has below an override.

    Raises:
        BadRequestError: the proposal changes no such file, or takes it away.
        ContentError: no form can show it.
    """
    texts = drafting.texts_of(tx, proposal)
    text = texts.get(path)
    if text is None:
        raise bad_field("path", f"The proposal does not change {path}, or takes it away.")
    return editable(text, path, _base(tx, content, texts, path))


def _base(tx: Transaction, content: Content, texts: Any, path: str) -> dict[str, Any] | None:
    """Return what everybody has below an override; below a campaign's, what its partner has."""
    place = kind_of(path)
    if place is None or place.kind != "override":
        return None
    base = _document(content, texts, path_of(place.name)).data or {}
    if place.level == "campaign" and (campaign := tx.find(Campaign, key=place.scope_key)):
        partner = tx.find_by_key(Partner, campaign[0].partner_id)
        over = path_of(place.name, ("partner", partner.key)) if partner else ""
        change = _document(content, texts, over)
        if change.data:
            found = merge(wrap(YamlDocument("", data=base), "global"), wrap(change, "partner"))
            base = unwrap(found)[0]
    return dict(base)


def _document(content: Content, texts: Any, path: str) -> YamlDocument:
    text = texts[path] if path in texts else text_of(content, path)
    return YamlDocument(path) if text is None else read_yaml(text.encode(), path)


def _prepare_begin(services: Services, _actor: Actor, request: Begin) -> tuple[Content, Beginning]:
    content = services.content()
    chosen = [request.partner, request.campaign, request.new_name, request.everybody or None]
    if sum(one is not None for one in chosen) != 1:
        raise BadRequestError(
            "Say for whom it changes: one partner, one campaign, a new template, or everybody."
        )
    if request.everybody:
        return content, beginning.for_everybody(content, request.template)
    if request.new_name is not None:
        return content, beginning.as_copy(content, request.template, request.new_name)
    level, scope = ("partner", request.partner) if request.partner else ("campaign", request.campaign)
    found = beginning.as_override(content, request.template, level, str(scope), request.reason or "")
    return content, found


def _begin(tx: Transaction, request: Begin, prepared: tuple[Content, Beginning]) -> Proposal:
    content, begun = prepared
    if request.partner and not tx.find(Partner, key=request.partner):
        raise bad_field("partner", f"There is no partner {request.partner}.")
    if request.campaign and not tx.find(Campaign, key=request.campaign):
        raise bad_field("campaign", f"There is no campaign {request.campaign}.")
    return _begun(tx, content, begun)


def _begun(tx: Transaction, content: Content, begun: Beginning) -> Proposal:
    return drafting.begin(
        tx,
        template=begun.template,
        path=begun.path,
        before=begun.before,
        text=begun.text,
        base_commit=content.commit,
        title=begun.title,
        description=begun.why,
    )


def _prepare_create(services: Services, _actor: Actor, request: Create) -> tuple[Content, Beginning]:
    content = services.content()
    name = " ".join(request.name.split())
    return content, beginning.from_nothing(content, name, request.task_type, request.tasks.splitlines())


def _prepare_edit(services: Services, actor: Actor, request: Edit) -> tuple[str, str]:
    """Work out the text before the transaction: it takes as long as the file is large."""
    seen, wanted = _mapping("seen", request.seen), _mapping("wanted", request.wanted)
    content = services.content()
    with services.reading(actor) as tx:
        now = shown(tx, content, drafting.own(tx, request.proposal_id), request.path)
    return now.text, edited(now, request.path, seen, wanted)


def _mapping(field: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_field(field, "is not JSON; open the page again") from error
    if not isinstance(found, dict):
        raise bad_field(field, "is no mapping of fields; open the page again")
    return found


def _edit(tx: Transaction, request: Edit, prepared: tuple[str, str]) -> ProposedFile:
    seen, text = prepared
    return drafting.write(tx, request.proposal_id, request.path, text, seen=seen)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="proposal begin",
        help="Begin to change a template: for a partner, a campaign, as a new template, or for everybody.",
        input=Begin,
        permission=Permission.PROPOSE,
        prepare=_prepare_begin,
        run=_begin,
        message=lambda draft: f"“{draft.title}” is your draft: nobody else sees it until you offer it.",
    ),
    Command(
        name="proposal create",
        help="Begin a new template from its name, a task type and its first tasks.",
        input=Create,
        permission=Permission.PROPOSE,
        prepare=_prepare_create,
        run=lambda tx, _, prepared: _begun(tx, *prepared),
        message=lambda draft: f"“{draft.title}” is your draft: nobody else sees it until you offer it.",
    ),
    Command(
        name="proposal edit",
        help="Make what a form changed in a file of your draft, and leave all else as it is.",
        input=Edit,
        permission=Permission.PROPOSE,
        prepare=_prepare_edit,
        run=_edit,
        message=lambda _: "Saved.",
    ),
)
