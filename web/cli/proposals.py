"""``workbench proposal ...``: changes of templates that people write on the board, and offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done
    from engine.proposals.models import Proposal
    from engine.proposals.service import CaughtUp

_WHICH = ("open", "mine", "decided")


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - proposals are listed without the registry

    return makers("proposal", {"proposal catch-up": _caught_up}, _changed)


@click.group("proposal", cls=Registered, registered=_registered)
def proposal() -> None:
    """Changes of templates: list, show, offer, withdraw, revert, as a patch."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [proposal]


@proposal.command("list")
@click.option("--which", type=click.Choice(_WHICH), default="open", help="Which of those that you see.")
@click.option("--template", metavar="KEY", help="Those of one template.")
@click.pass_obj
def list_proposals(session: Session, which: str, template: str | None) -> None:
    """List the proposals that you see: what is open, those changed last first."""
    from engine.proposals import queries  # noqa: PLC0415 - as above

    with session.reading() as tx:
        found = queries.list_all(tx, queries.Which(which), template=template)
    rows = [
        [
            one.proposal.proposal_id,
            one.proposal.state.value,
            one.proposal.template_id,
            one.author_name,
            one.proposal.title or "no title yet",
        ]
        for one in found
    ]
    said = table(rows, ["id", "state", "template", "author", "what"]) if rows else "There are none."
    session.answer([one.as_json() for one in found], said)


@proposal.command("show")
@click.argument("proposal_id", metavar="ID")
@click.pass_obj
def show(session: Session, proposal_id: str) -> None:
    """Print a proposal: where it stands, and what it changes for the people who do the work."""
    from engine.catalog.diff import report  # noqa: PLC0415 - as above
    from engine.proposals import comparing, forges, preparing, queries  # noqa: PLC0415 - as above

    workbench, actor = session.workbench, session.actor
    found = preparing.read(workbench, actor, proposal_id)
    with session.reading() as tx:
        [listed] = queries.listed(tx, [found.proposal])
    compared = comparing.compared(workbench, actor, found) if found.proposal.is_open else None
    page = forges.page_of_proposal(workbench.settings, found.proposal)
    data = {
        **listed.as_json(),
        "page": page,
        "moved": [file.path for file in found.moved],
        "problems": [one.as_detail() for one in compared.problems] if compared else [],
        "diff": report.as_json(compared.changes) if compared else None,
    }
    one = found.proposal
    lines = [
        f"{one.title or 'A draft without a title'} ({one.state.value}), of {listed.author_name}",
        f"Template: {one.template_id}",
        *(f"File: {path}" for path in listed.paths),
        *([f"Branch: {one.branch}"] if one.branch else []),
        *([f"Pull request: {page}"] if page else []),
        *([f"Not pushed: {one.problem}"] if one.problem else []),
        *([f"Changed by others meanwhile: {file.path}" for file in found.moved] if one.is_open else []),
        *(["", *map(str, compared.problems)] if compared and compared.problems else []),
        *(["", report.as_text(compared.changes)] if compared else []),
    ]
    session.answer(data, "\n".join(lines))


@proposal.command("patch")
@click.argument("proposal_id", metavar="ID")
@click.pass_obj
def patch(session: Session, proposal_id: str) -> None:
    """Print a proposal as a patch, which `git am` makes a commit of in any clone."""
    from engine.proposals import patching  # noqa: PLC0415 - as above

    found = patching.patch_of(session.workbench, session.actor, proposal_id)
    session.answer({"patch": found}, found.rstrip("\n"))


def _changed(session: Session, _request: Any, done: Done[Proposal], data: dict[str, Any]) -> None:
    session.answer(data, f"{done.message}\n{done.result.proposal_id}")


def _caught_up(session: Session, _request: Any, done: Done[CaughtUp], data: dict[str, Any]) -> int:
    session.answer(data, done.message)
    return 1 if done.result.conflicts else 0
