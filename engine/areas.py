"""The areas that contribute to one engine, and what they contribute together."""

from __future__ import annotations

from engine.accounts import wiring as accounts
from engine.bundles import wiring as bundles
from engine.deliverables import wiring as deliverables
from engine.executions import wiring as executions
from engine.proposals import wiring as proposals
from engine.qa import wiring as qa
from engine.schedules import wiring as schedules
from engine.second_factor import wiring as second_factor
from engine.secrets import wiring as secrets
from engine.tasks import wiring as tasks
from engine.tokens import wiring as tokens
from engine.watching import wiring as watching
from engine.webhooks import wiring as webhooks
from engine.wiring import Wiring
from engine.worklogs import wiring as worklogs

#: In the order in which they follow a fact up: first what a task hands over and whom it releases, then its
#: bundle, then whether it is looked at again. None relies on another's coming first: ``tests/stories`` run
#: in the reverse order too (product.md, decision 17).
AREAS = (
    accounts,
    secrets,
    second_factor,
    deliverables,
    tasks,
    bundles,
    qa,
    executions,
    watching,
    schedules,
    worklogs,
    proposals,
    tokens,
    webhooks,
)


def join() -> Wiring:
    """Collect what the areas contribute, in their order."""
    wiring = Wiring()
    for area in AREAS:
        area.register(wiring)
    return wiring
