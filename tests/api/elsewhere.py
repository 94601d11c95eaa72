"""A second workspace: a row for each of the first, with other ids, put there by SQL."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import insert, select

from engine.accounts.models import Workspace
from engine.app import Workbench
from engine.entities import RECORD_TYPES

#: Stands behind every id of the second workspace; no id has this letter.
MARK = "U"
_ID = re.compile(r"\b([a-z]{3}_[0-9A-Z]{26})\b")
_UUID = re.compile(r"\b[0-9a-f](?=[0-9a-f]{7}-[0-9a-f]{4}-)")


def twin_of(workbench: Workbench) -> str:
    """Put a second workspace beside the first, with everything that it has; return its id."""
    with workbench.database.write() as connection:
        for record_type in RECORD_TYPES:
            table = workbench.database.sql_table(record_type.spec.table)
            for row in connection.execute(select(table)).mappings().all():
                twin = {name: _moved(name, value) for name, value in row.items() if name != "doc_id"}
                if record_type is Workspace:
                    twin["key"] = f"{row['key']}_elsewhere"
                connection.execute(insert(table).values(twin))
    return workbench.workspace.workspace_id + MARK


def _moved(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    moved = _UUID.sub(MARK, _ID.sub(rf"\1{MARK}", value))
    if name in {"token_hash", "code_hash"}:
        return ("1" if value[0] == "0" else "0") + value[1:]
    return moved


def ids_in(text: str) -> set[str]:
    """Return the ids that a text names, of either workspace."""
    return set(re.findall(rf"\b[a-z]{{3}}_[0-9A-Z]{{26}}{MARK}?\b", text))
