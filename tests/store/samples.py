"""Two declared tables and a row, for tests and for the processes they start (so without pytest)."""

from __future__ import annotations

import json
from typing import Any

from engine.store import Row, TableSpec

#: A table with every kind of column.
THINGS = TableSpec(
    name="things",
    key=("room", "thing_id"),
    columns={
        "room": "text",
        "thing_id": "text",
        "colour": "text",
        "number": "integer",
        "done": "boolean",
        "weight": "real",
    },
    indexes=(("room", "colour"), ("room", "number")),
    unique=(("number",),),
)
LEDGER = TableSpec(name="ledger", key=("entry_id",), columns={"entry_id": "text"}, append_only=True)


def thing(number: int | None, **values: Any) -> Row:
    """Return a row of ``things`` that is complete without ``values``."""
    given = {
        "room": "hall",
        "thing_id": f"t{number}",
        "colour": "red",
        "number": number,
        "done": False,
        "weight": 1.5,
        **values,
    }
    return given, json.dumps(given)
