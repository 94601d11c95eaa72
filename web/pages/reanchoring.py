"""The page that moves a bundle's dates: the days it asks for, and what would move and stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.bundles import service
from engine.bundles.dates import DateParameter, Moves
from engine.catalog.calendars import Calendar
from engine.errors import BadRequestError
from engine.transaction import Transaction
from web.pages import bundle_loading
from web.pages.bundle import ChangingPage
from web.pages.parameter_fields import MOMENT_HINT

ANCHOR = "anchor_date"
#: In front of a parameter's name, as the command takes it.
PREFIX = "parameters."


@dataclass(frozen=True)
class DayField:
    """One of the days that the form asks for."""

    #: The name of its input.
    name: str
    label: str
    kind: Literal["date", "text"]
    value: str
    required: bool = False
    hint: str = ""


@dataclass(frozen=True)
class ReanchorPage:
    """The form as it stands now."""

    page: ChangingPage
    fields: list[DayField] = field(default_factory=list)
    #: What would move, once days were sent.
    moves: Moves | None = None
    #: What is wrong with what was sent, by input.
    troubles: Mapping[str, str] = field(default_factory=dict)


def load(
    tx: Transaction, calendars: Mapping[str, Calendar], bundle_id: str, sent: Mapping[str, str]
) -> ReanchorPage:
    """Return the page, with what would move once ``sent`` has an anchor date.

    ``calendars`` are those that there are now, which people may have.

    Raises:
        NotFoundError: there is no such bundle, or the actor may not see it.
        ForbiddenError: days are sent, and somebody else may move them.
        ConflictError: days are sent, and the bundle is closed.
    """
    page = bundle_loading.load_for_reanchoring(tx, bundle_id)
    day = sent.get(ANCHOR)
    if not day and not page.may("REANCHOR"):
        return ReanchorPage(page)
    given = {
        name.removeprefix(PREFIX): text.strip() for name, text in sent.items() if name.startswith(PREFIX)
    }
    now = page.bundle.anchor_date.isoformat()
    try:
        moves = service.reanchor(
            tx,
            bundle_id,
            day or now,
            dry_run=True,
            parameters=given if day else None,
            calendars=calendars,
        )
    except BadRequestError as error:
        unmoved = service.reanchor(tx, bundle_id, now, dry_run=True)
        labels = {parameter.name: parameter.label for parameter in unmoved.date_parameters}
        return ReanchorPage(page, _fields(now, unmoved, sent), None, _troubles(error, labels))
    return ReanchorPage(page, _fields(now, moves, sent), moves if day else None)


def _fields(now: str, moves: Moves, sent: Mapping[str, str]) -> list[DayField]:
    anchor = DayField(ANCHOR, "Anchor date", "date", sent.get(ANCHOR) or now, required=True)
    return [anchor, *(_field(parameter, sent) for parameter in moves.date_parameters)]


def _field(parameter: DateParameter, sent: Mapping[str, str]) -> DayField:
    name = f"{PREFIX}{parameter.name}"
    kind: Literal["date", "text"] = "text" if parameter.is_moment else "date"
    hints = [MOMENT_HINT] if parameter.is_moment else []
    if parameter.default:
        hints.append(f"Emptied, it is {parameter.default} again, its default.")
    value = sent.get(name, parameter.before or "")
    return DayField(name, parameter.label, kind, value, hint=" ".join(hints))


def _troubles(error: BadRequestError, labels: Mapping[str, str]) -> dict[str, str]:
    """Return the messages by input; what belongs to none stands at the anchor date."""
    found = {}
    for detail in error.details or [{"field": ANCHOR, "message": error.message}]:
        name, message = str(detail.get("field") or ANCHOR), str(detail["message"])
        bare = name.removeprefix(PREFIX)
        if bare in labels and message.startswith(bare):
            message = f"{labels[bare]}{message.removeprefix(bare)}"
        found[name if bare in labels else ANCHOR] = message
    return found
