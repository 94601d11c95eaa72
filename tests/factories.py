"""Short ways to the records that tests start from."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import commands, inputs
from engine.access import Actor
from engine.accounts import actors
from engine.accounts import service as accounts
from engine.accounts.models import SecondFactorKind, User
from engine.app import Workbench
from engine.bundles import instantiate
from engine.bundles.models import Bundle
from engine.bundles.request import NewBundle
from engine.deliverables.models import Approval
from engine.reference import service as reference
from engine.second_factor import service as second_factors
from engine.second_factor.models import SecondFactor
from engine.tasks import create
from engine.tasks.models import Task

PASSWORD = "correct horse battery"

PEOPLE: dict[str, Any] = {
    "employees": [
        {"key": "ana", "name": "Ana Alvarez", "email": "ana@example.com", "roles": ["writer", "producer"]},
        {"key": "ben", "name": "Ben Brandt", "email": "ben@example.com", "roles": ["operator"]},
        {"key": "mara", "name": "Mara Maier", "email": "mara@example.com", "roles": []},
        {"key": "bot", "name": "Crawler", "email": "bot@example.com", "kind": "agent", "roles": ["crawler"]},
    ],
    "partners": [{"key": "acme", "name": "Acme"}, {"key": "globex", "name": "Globex"}],
    "campaigns": [
        {
            "key": "acme_spring",
            "partner": "acme",
            "name": "Acme spring",
            "primary_url": "https://acme.example",
            "people": {"writer": "ana"},
            "attachments": [
                {"label": "Brand guidelines", "url": "https://acme.example/brand", "type": "guidelines"}
            ],
        }
    ],
}

#: e-mail name -> roles of the users that ``make_people`` adds.
USERS = {
    "mara": ["manager"],
    "sam": ["strategist"],
    "ana": ["member"],
    "ben": ["member"],
    "bot": ["agent"],
}


def do(workbench: Workbench, actor: Actor, name: str, /, **given: Any) -> Any:
    """Execute a command as an edge does; return its result."""
    command = commands.get(name)
    return commands.execute(workbench, actor, command, inputs.read(command.input, given)).result


def decide(
    workbench: Workbench, actor: Actor, approval_id: str, outcome: str, feedback: str = "", *, seen: str
) -> Approval:
    """Decide by the command that every edge offers."""
    given = {"outcome": outcome, "feedback": feedback, "seen": seen}
    return do(workbench, actor, "task decide", task_approval_id=approval_id, **given)


def make_people(workbench: Workbench) -> dict[str, Actor]:
    """Load employees, partners and a campaign, add users; return an actor per name."""
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, PEOPLE)
    with workbench.transaction(workbench.operator()) as tx:
        for name, roles in USERS.items():
            accounts.add_user(tx, f"{name}@example.com", name.capitalize(), roles)
        accounts.add_user(tx, "pat@example.com", "Pat", ["partner"], partner="acme")
    with workbench.reading(workbench.system_actor()) as tx:
        users = {user.email.partition("@")[0]: user for user in tx.find(User)}
        return {name: actors.actor_of(tx, users[name]) for name in [*USERS, "pat"]}


def set_up_factor(workbench: Workbench, actor: Actor, name: str = "Phone") -> SecondFactor:
    """Set an app up for somebody, of which nobody knows the secret."""
    with workbench.transaction(actor) as tx:
        setup = second_factors.begin_setup(tx, SecondFactorKind.APP, name, sealed="what the key file sealed")
        return second_factors.add(tx, setup).factor


def make_bundle(
    workbench: Workbench, key: str = "podcast_episode", *, actor: Actor | None = None, **fields: Any
) -> Bundle:
    """Start a template on 27 November 2026, unless told otherwise."""
    content = workbench.content()
    new = NewBundle(template=key, **{"anchor_date": date(2026, 11, 27), **fields})
    with workbench.transaction(actor or workbench.operator()) as tx:
        return instantiate.create(tx, content, new)


def make_task(workbench: Workbench, *, actor: Actor | None = None, **fields: Any) -> Task:
    """Make a task that stands alone."""
    content = workbench.content()
    new = create.NewTask.parse({"title": "Call the printer", "task_type": "untyped", **fields})
    with workbench.transaction(actor or workbench.operator()) as tx:
        return create.create(tx, content, new)
