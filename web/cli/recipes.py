"""``workbench recipe ...``: what is started by filling in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.access import Permission, require
from engine.recipes import gallery, starting, waiting
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered
from web.format import duration_text

if TYPE_CHECKING:
    from engine.command import Done
    from engine.recipes.gallery import RecipeCard
    from engine.recipes.inputs import StartRecipe
    from engine.recipes.starting import StartedRecipe


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - recipes are listed without the registry

    return makers("recipe", {}, _started, {"recipe start": _typed})


@click.group("recipe", cls=Registered, registered=_registered)
def recipe() -> None:
    """What is started by filling in a form: list, start."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [recipe]


@recipe.command("list")
@click.option("--category", metavar="C", help="Those of one group.")
@click.pass_obj
def list_recipes(session: Session, category: str | None) -> None:
    """List the recipes that can be started, with what comes out and what their latest runs came to."""
    require(session.actor, Permission.START_BUNDLE, "start a recipe")
    content = session.workbench.content()
    with session.reading() as tx:
        groups = gallery.load(tx, content).groups
    cards = [card for name, group in groups if category in (None, name) for card in group]
    rows = [
        [card.template.key, card.group, card.comes_out, _figures(card), card.template.name] for card in cards
    ]
    session.answer(
        {"recipes": [card.as_json() for card in cards], "total": len(cards)},
        lambda: table(rows, ["key", "category", "comes out", "latest runs", "name"]),
    )


def _figures(card: RecipeCard) -> str:
    if card.runs is None:
        return ""
    took = f", about {duration_text(card.runs.seconds)}" if card.runs.seconds is not None else ""
    return f"{card.runs.succeeded} of {card.runs.count} succeeded{took}"


def _typed(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Read the parameters as the recipe's schema has them: JSON unless it says string."""
    from engine.catalog.parameters import parse_texts  # noqa: PLC0415 - as above

    if not given.get("parameters"):
        return given
    content = session.workbench.content()
    with session.reading() as tx:
        whom = {name: given.get(name) for name in ("partner", "campaign")}
        schema = starting.find_recipe(tx, content, given["recipe"], **whom).template.parameters
    return {**given, "parameters": parse_texts(schema, given["parameters"])}


def _started(session: Session, request: StartRecipe, done: Done[StartedRecipe], data: dict[str, Any]) -> int:
    """Print what was started; with ``--wait`` once it is over, and 1 where it did not succeed."""
    found = done.result
    if not request.is_async and found.ticket is not None:
        found = waiting.wait(session.workbench, session.actor, found.bundle.bundle_id)
        data = {**data, **{name: value for name, value in found.as_json().items() if name != "warnings"}}
    session.answer(data, lambda: _page(found, [str(warned) for warned in done.result.warnings]))
    return int(not request.is_async and found.is_unsuccessful)


def _page(found: StartedRecipe, warnings: list[str]) -> str:
    task, one = found.ticket, found.execution
    lines = [f"{found.bundle.title}  ({found.bundle.bundle_id})", found.message]
    if task is not None:
        lines.append(f"ticket {task.task_id}, {task.ticket_state}")
    if one is not None and one.error:
        lines.append(f"! {one.error}")
    if task is not None and task.result_summary:
        lines.append(task.result_summary)
    return "\n".join([*lines, *(f"! {words}" for words in warnings)])
