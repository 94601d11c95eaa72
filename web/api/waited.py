"""Answers that somebody waits for: given once what was begun is over, or with what is known by then."""

from __future__ import annotations

from typing import Any

from engine.bundles.models import Bundle
from engine.inputs import Input
from engine.recipes import starting, waiting
from engine.recipes.inputs import StartRecipe
from web.api import auth
from web.api.events import taken_place
from web.context import current_actor, current_workbench


def until_over(wanted: Input, data: dict[str, Any]) -> dict[str, Any]:
    """Return an answer as it is at the end of what was begun, where whoever asked waits for that (CNF-18).

    They hold one of the places of the server for those who wait; where none is free it is what it was.

    Raises:
        UnauthorizedError: whoever waited may not ask any more.
        NotFoundError: they do not see any more what they have begun.
    """
    if not isinstance(wanted, StartRecipe) or wanted.is_async or data["work_ticket_id"] is None:
        return data
    workbench = current_workbench()
    with taken_place(waiting.LONGEST_SECONDS) as place:
        if place is None:
            return data
        waiting.wait(workbench, current_actor(), data["bundle_id"], lambda: not place.is_lost())
    auth.identify_again()
    with workbench.reading(current_actor()) as tx:
        found = starting.known(tx, tx.get(Bundle, data["bundle_id"]), [])
    known = {name: value for name, value in found.as_json().items() if name != "warnings"}
    return {**data, **known, "done": {**data["done"], "message": found.message}}
