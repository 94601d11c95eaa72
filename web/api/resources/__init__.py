"""What the API reads: one resource for each kind of record, by the path of its addresses.

Whoever sees what is decided by the functions that the board asks too; no resource has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from web.api.resources import (
    beginning,
    bundles,
    content,
    deliverables,
    exports,
    outputs,
    own,
    people,
    proposals,
    qa,
    recipes,
    reminders,
    reports,
    schedules,
    tasks,
    tokens,
    track,
    webhooks,
    worklogs,
)
from web.api.resources.base import Resource

_FAMILIES = (
    tasks,
    outputs,
    track,
    bundles,
    deliverables,
    content,
    people,
    schedules,
    reminders,
    worklogs,
    reports,
    proposals,
    qa,
    recipes,
    own,
    tokens,
    exports,
    beginning,
    webhooks,
)
#: ``tasks``, ``tasks/notes``: what follows ``/api/``, ids left out.
RESOURCES: Mapping[str, Resource] = {
    path: one for family in _FAMILIES for path, one in family.RESOURCES.items()
}
