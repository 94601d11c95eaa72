"""The whole surface as every role, anonymous and deactivated: no mistake of ours, nothing of others' shown.

``make fuzz`` sends 10,000; the wide tests send enough of them to have been everywhere.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.artifacts.models import Artifact
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval, Deliverable
from engine.record import Record
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import notes
from engine.tasks.models import Step, Task
from engine.tokens import service as tokens
from engine.tokens.inputs import MakeToken, RotateToken
from engine.tokens.models import Scope
from engine.verification import verify
from exports import validate, writer
from tests.desk import Desk
from tests.factories import make_bundle, make_task
from tests.fuzzing import Fuzzer
from tests.web.conftest import Visitor
from tests.web.populated import populate
from web import create_app

pytestmark = pytest.mark.wide

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "600"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
#: Words that only the team, and only the other partner, may read.
OF_THE_TEAM, OF_GLOBEX = "Zwillingsfisch", "Quastenflosser"
INSIDE = ("admin", "mara", "ana", "bot")
OUTSIDE = ("pat", "gil", "nobody", "gone")
#: How many requests come with one session, which some of them end.
_SESSION = 15


@dataclass
class Surface:
    """A populated workspace, an application on it, and who asks."""

    workbench: Workbench
    app: Flask
    people: dict[str, Actor]
    #: By the name of the argument that they stand for: records that everybody names, and those of others.
    ids: dict[str, list[str]]
    hidden: dict[str, list[str]]
    #: The cookie of somebody whose account was closed since.
    outlived: Visitor
    #: The API tokens of those who have one.
    secrets: dict[str, str]

    def visitor(self, name: str) -> Visitor:
        if name == "nobody":
            return Visitor(self.app.test_client())
        if name == "gone":
            return self.outlived
        return Visitor.signed_in(self.app, self.people[name].user_id)


@pytest.fixture
def surface(either_workbench: Workbench) -> Surface:
    workbench, people = either_workbench, Desk.set_up(either_workbench).people
    people["admin"] = workbench.operator()
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "gone@example.com", "Gone", ["manager"])
    people["gone"] = workbench.actor_by_email("gone@example.com")
    populate(workbench, people, 2)
    hidden = [
        make_task(
            workbench, actor=people["mara"], title=f"{OF_THE_TEAM} task", description=OF_THE_TEAM
        ).task_id
    ]
    with workbench.transaction(people["mara"]) as tx:
        notes.add(tx, hidden[0], f"{OF_THE_TEAM} note")
    theirs = make_bundle(
        workbench, "blog_post", actor=people["mara"], title=f"{OF_GLOBEX} post", partner="globex",
        parameters={"topic": OF_GLOBEX},
    )  # fmt: skip
    app = create_app(workbench, secret_key="only for tests")
    outlived = Visitor.signed_in(app, people["gone"].user_id)
    secrets = {name: secret_of(workbench, people[name]) for name in (*INSIDE, *OUTSIDE) if name in people}
    with workbench.transaction(workbench.operator()) as tx:
        accounts.change_user(tx, people["gone"].user_id, is_active=False)
    everything = {"task_id": hidden, "bundle_id": [theirs.bundle_id], "other_id": hidden}
    return Surface(workbench, app, people, ids_of(workbench, people), everything, outlived, secrets)


def secret_of(workbench: Workbench, person: Actor) -> str:
    """Return a token with every scope: an admin makes it, and whoever it acts for takes its secret."""
    with workbench.transaction(workbench.operator()) as tx:
        new = MakeToken(user_id=person.user_id, name="program", scopes=list(Scope))
        made = tokens.make(tx, new).token.api_token_id
    with workbench.transaction(person) as tx:
        secret = tokens.rotate(tx, RotateToken(api_token_id=made)).secret
    assert secret is not None
    return secret


def ids_of(workbench: Workbench, people: dict[str, Actor]) -> dict[str, list[str]]:
    """Return the records that requests name; nobody who asks, so that none changes who they are."""
    kinds: dict[str, type[Record]] = {
        "task_id": Task, "bundle_id": Bundle, "deliverable_id": Deliverable, "task_approval_id": Approval,
        "artifact_id": Artifact, "employee_id": Employee, "user_id": User,
    }  # fmt: skip
    asking = {actor.user_id for actor in people.values()} | {actor.employee_id for actor in people.values()}
    with workbench.reading(workbench.operator()) as tx:
        found = {
            name: sorted(
                key
                for record in tx.find(kind)
                if (key := str(getattr(record, name))) not in asking
                and OF_THE_TEAM not in record.model_dump_json()
                and OF_GLOBEX not in record.model_dump_json()
            )
            for name, kind in kinds.items()
        }
        found["ref"] = sorted({step.ref for step in tx.find(Step) if step.ref} | {"draft"})
        found["partner"] = sorted(partner.key for partner in tx.find(Partner))
        found["campaign"] = sorted(campaign.key for campaign in tx.find(Campaign))
    found["other_id"], found["assignee"] = found["task_id"], ["ana", "ben", "nobody"]
    found["key"] = sorted(workbench.content().templates)
    found["name"] = ["lateness", "assignee", "bundle", "qa", "feedback", "kpi"]
    return found


def answers(surface: Surface, names: tuple[str, ...], ids: dict[str, list[str]], count: int) -> Iterator[str]:
    """Send requests as each in turn; yield what is wrong with an answer."""
    statuses: Counter[int] = Counter()
    fuzzer = Fuzzer(surface.app, SEED, ids)
    visitors = {name: surface.visitor(name) for name in names}
    for number in range(count):
        name = names[number % len(names)]
        if number // len(names) % _SESSION == 0:
            visitors[name] = surface.visitor(name)
        visitor, wish = visitors[name], fuzzer.wish()
        headers = wish.options["headers"]
        if name in surface.secrets and wish.path.startswith("/api"):
            headers.setdefault("Authorization", f"Bearer {surface.secrets[name]}")
        if number % 20:
            headers.setdefault("X-CSRF-Token", visitor.token())
        answer = visitor.client.open(wish.path, method=wish.method, **wish.options, buffered=True)
        statuses[answer.status_code] += 1
        sent = f"{name} {wish.method} {wish.path[:200]} {str(wish.options)[:300]}"
        where = f"{number}: {sent} -> {answer.status_code}"
        if answer.status_code >= 500:
            yield where
        yield from (f"{where} shows {word}" for word in foreign(name) if word in answer.text)
        if name in ("nobody", "gone") and answer.status_code == 200 and "OPTIONS" not in wish.method:
            is_open = wish.path.startswith(("/sign-in", "/healthz", "/readyz"))
            yield from () if is_open else (where,)
    print(f"{count} requests as {', '.join(names)}: {dict(sorted(statuses.items()))}")


def faults_of_export(surface: Surface, folder: Path) -> Counter[tuple[str, str, str]]:
    """Return what the check finds; some records of the populated workspace were made by hand."""
    writer.write(surface.workbench, surface.workbench.operator(), folder)
    return Counter((found.rule, found.file, found.message) for found in validate.check(folder))


def foreign(name: str) -> tuple[str, ...]:
    if name in INSIDE:
        return ()
    return (OF_THE_TEAM,) if name == "gil" else (OF_THE_TEAM, OF_GLOBEX)


def test_no_request_makes_a_mistake_of_ours_shows_what_is_of_others_or_breaks_a_record(
    surface: Surface, tmp_path: Path
):
    everything = {name: [*surface.ids.get(name, ()), *surface.hidden.get(name, ())] for name in surface.ids}
    by_hand, half = faults_of_export(surface, tmp_path / "before"), REQUESTS // 2
    found = [*answers(surface, INSIDE, surface.ids, half), *answers(surface, OUTSIDE, everything, half)]
    assert found == []
    with surface.workbench.reading(surface.workbench.operator()) as tx:
        verdict = verify(tx)
    assert verdict.told() == []
    assert verdict.end.count > 100
    assert faults_of_export(surface, tmp_path / "after") - by_hand == Counter()
