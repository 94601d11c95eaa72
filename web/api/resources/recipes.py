"""Recipes, which are started by filling in a form, and the tickets of what programs do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from engine.access import Permission, require
from engine.errors import NotFoundError, WorkbenchError
from engine.executions.models import Execution
from engine.recipes import gallery, starting, tickets
from engine.recipes.gallery import RecipeCard
from engine.recipes.tickets import Ticket, TicketFilter
from engine.tasks import lookup
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, counted, cut
from web.api.resources.base import Described, Resource
from web.context import current_workbench

# -- recipes -------------------------------------------------------------------------------


class RecipeList(Listing):
    """Which recipes are listed."""

    category: str | None = Field(None, description="A group of the gallery, such as `reporting`.")


def _cards(tx: Transaction) -> list[RecipeCard]:
    require(tx.actor, Permission.START_BUNDLE, "start a recipe")
    groups = gallery.load(tx, current_workbench().content()).groups
    return sorted((card for _, cards in groups for card in cards), key=_key)


def _key(card: RecipeCard) -> tuple[str]:
    return (card.template.key,)


def _recipes(tx: Transaction, asked: Asked) -> Page:
    category = asked.filters.get("category")
    return cut([card for card in _cards(tx) if category in (None, card.group)], asked, _key)


def _recipe(tx: Transaction, key: str) -> RecipeCard:
    content = current_workbench().content()
    try:
        starting.find_recipe(tx, content, key)
    except WorkbenchError as error:  # whatever is wrong with it, there is none to start
        raise NotFoundError(error.message) from error
    return next(card for card in _cards(tx) if card.template.key == key)


def _cards_told(_: Transaction, cards: Sequence[RecipeCard]) -> Described:
    return [card.as_json() for card in cards]


_TEXT, _OPTIONAL, _NUMBER = schemas.TEXT, schemas.OPTIONAL_TEXT, schemas.NUMBER
RECIPES = Resource(
    name="recipes",
    record=RecipeCard,
    called="Recipe",
    help="The recipes that can be started.",
    find=_recipe,
    list=_recipes,
    describe=_cards_told,
    schema=schemas.shape(
        "A recipe: a template that is started by filling in a form.",
        {
            "key": schemas.said(_TEXT, "What bundles and addresses call it."),
            "name": schemas.said(_TEXT, "What people call it."),
            "category": schemas.said(_TEXT, "The group of the gallery that it stands in."),
            "icon": _OPTIONAL,
            "description": _TEXT,
            "when_to_use": _TEXT,
            "output_format": schemas.said(_OPTIONAL, "What comes out, such as docx."),
            "deliverables": schemas.said(schemas.some(_TEXT), "The types of what is handed over."),
            "parameters": schemas.said(
                schemas.maybe(schemas.OBJECT), "The JSON Schema of what a start asks for; null: nothing."
            ),
            "tasks": schemas.said(_NUMBER, "How many tasks it has."),
            "runs_by_itself": schemas.said(schemas.YES_NO, "Whether a program does its first task."),
            "runs": schemas.said(_NUMBER, "How many of its latest runs by itself are told of here."),
            "runs_succeeded": schemas.said(_NUMBER, "How many of them succeeded."),
            "median_seconds": schemas.said(
                schemas.maybe({"type": "number"}),
                "How long those took that succeeded, from being asked for; null where none did.",
            ),
            "median_days": schemas.said(
                schemas.maybe(_NUMBER), "How long its latest bundles took; null where none is completed."
            ),
        },
    ),
    filters=RecipeList,
    id_field="key",
)

# -- tickets -------------------------------------------------------------------------------


class TicketList(Listing):
    """Which tickets are listed."""

    status: str | None = Field(
        None,
        description="waiting, active, succeeded, failed or cancelled; several with commas. `pending`, "
        "`running` and `completed` are taken for the first three.",
    )
    category: str | None = Field(None, description="A group of the gallery, such as `reporting`.")
    recipe: str | None = Field(None, description="The key of a recipe.")


def _tickets(tx: Transaction, asked: Asked) -> Page:
    wanted = TicketFilter.parse({name: str(value) for name, value in asked.filters.items()})
    wanted = replace(wanted, limit=asked.limit, offset=asked.begin)
    found = tickets.list_tickets(tx, current_workbench().content(), wanted)
    return counted(found.items, found.total, asked)


def _ticket(tx: Transaction, text: str) -> Ticket:
    return tickets.get(tx, current_workbench().content(), lookup.find(tx, text))


def _tickets_told(_: Transaction, found: Sequence[Ticket]) -> Described:
    return [one.as_json() for one in found]


TICKETS = Resource(
    name="tickets",
    record=Task,
    called="Ticket",
    help="What programs do, the newest first, as far as you see it.",
    find=_ticket,
    list=_tickets,
    describe=_tickets_told,
    schema=schemas.shape(
        "A task that a program does, with how far it is and what came out.",
        {
            "task_id": _TEXT,
            "task_number": _NUMBER,
            "title": _TEXT,
            "status": schemas.said(_TEXT, "Where the task stands."),
            "state_class": schemas.said(
                _TEXT, "The same more coarsely, as `status` of the list asks for it."
            ),
            "bundle_id": schemas.said(_OPTIONAL, "What it belongs to; null: it stands alone."),
            "recipe": schemas.said(_OPTIONAL, "The key of its template."),
            "category": schemas.said(_OPTIONAL, "The group of the gallery that its recipe stands in."),
            "parameters": schemas.said(
                schemas.OBJECT, "What its recipe was started with; empty where it stands alone."
            ),
            "last_execution": schemas.said(
                schemas.maybe(schemas.of(Execution)), "The last attempt; null where there was none."
            ),
            "steps_done": _NUMBER,
            "steps_total": schemas.said(_NUMBER, "0 where that is not known."),
            "output_count": schemas.said(_NUMBER, "How many files its runs made."),
            "error_message": schemas.said(_OPTIONAL, "What the last failed run said."),
            "created_at": _TEXT,
        },
    ),
    filters=TicketList,
    item_topics=None,  # no event tells of steps while they run
    list_topics=None,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (RECIPES, TICKETS)}
