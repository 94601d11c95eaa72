"""The command of recipes: starting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.access import Permission
from engine.bundles.warned import look_at
from engine.command import AnyCommand, Command, with_content
from engine.recipes import starting
from engine.recipes.inputs import StartRecipe
from engine.recipes.starting import StartedRecipe
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


def _start(tx: Transaction, request: StartRecipe, content: Content) -> StartedRecipe:
    return starting.start(tx, content, request)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="recipe start",
        help="Start a recipe: its bundle is made, and what a program does in it is queued.",
        input=StartRecipe,
        permission=Permission.START_BUNDLE,
        prepare=with_content,
        run=_start,
        message=lambda started: f"{started.message}{look_at(started.warnings)}",
    ),
)
