"""Who has API tokens, what a secret lets in, and until when; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from engine.access import Actor, ActorKind, Permission, Scope, may
from engine.accounts import actors
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.audit.models import Event
from engine.catalog.catalog import Catalog
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ScopeMissingError,
    WorkbenchError,
)
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Task
from engine.tasks.queries import list_tasks
from engine.tokens import service
from engine.tokens.models import ApiToken
from tests.factories import do, make_people, make_task
from tests.told import saved


@dataclass
class Office:
    """An admin, the others, and what they do with tokens."""

    workbench: Workbench
    people: dict[str, Actor]

    def make(self, who: str = "bot", **given: object) -> service.Made:
        """Make a token for somebody as the admin; whoever takes a secret themselves does so."""
        asked = {"name": "Program", "user_id": f"{who}@example.com", **given}
        made: service.Made = do(self.workbench, self.workbench.operator(), "token make", **asked)
        if made.secret is None:
            made = self.rotate(made, self.people[who])
        return made

    def rotate(self, made: service.Made, by: Actor, **given: object) -> service.Made:
        rotated: service.Made = do(
            self.workbench, by, "token rotate", api_token_id=made.token.api_token_id, **given
        )
        return rotated

    def whose(self, secret: str | None) -> Actor | None:
        assert secret is not None
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            found = service.find(tx, secret)
        return found.actor if found else None

    def why_not(self, secret: str | None) -> str:
        assert secret is not None
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            found = service.why_not(tx, secret)
        return "nobody's" if found is None else found.code

    def act(self, secret: str | None, name: str, /, **given: object) -> object:
        actor = self.whose(secret)
        assert actor is not None
        return do(self.workbench, actor, name, **given)


@pytest.fixture
def office(either_workbench: Workbench) -> Office:
    return Office(either_workbench, make_people(either_workbench))


@contextmanager
def nothing_changed(office: Office) -> Iterator[None]:
    """A refusal that leaves the chain where it was."""
    before = office.workbench.database.head(office.workbench.workspace.workspace_id).position
    yield
    assert office.workbench.database.head(office.workbench.workspace.workspace_id).position == before


def test_a_secret_lets_in_its_user_with_the_scopes_of_its_token(office: Office):
    made = office.make("mara", scopes=["work"])
    actor = office.whose(made.secret)
    assert actor is not None
    assert (actor.user_id, actor.roles) == (office.people["mara"].user_id, office.people["mara"].roles)
    assert actor.scopes == {Scope.READ, Scope.WORK}
    assert may(actor, Permission.WORK_ALL)
    assert not may(actor, Permission.DECIDE)
    assert office.whose(f"{made.secret}x") is None
    assert office.why_not(f"{made.secret}x") == "nobody's"


def test_only_hashes_of_secrets_are_kept_and_events_tell_none(office: Office):
    made = office.rotate(first := office.make("ana"), office.people["ana"])
    with office.workbench.reading(office.workbench.operator()) as tx:
        kept = [one.model_dump_json() for one in [*tx.find(ApiToken), *tx.find(Event)]]
    for secret in (first.secret, made.secret):
        assert secret is not None
        assert not any(secret in text for text in kept)
    assert made.token.starts_with == made.secret[: service.SHOWN]


def test_only_an_admin_makes_tokens_also_ones_own(office: Office):
    for name in ("mara", "sam", "ana", "bot", "pat"):
        with nothing_changed(office), pytest.raises(ForbiddenError, match="may not let a program act"):
            do(office.workbench, office.people[name], "token make", name="Program")
    own = do(office.workbench, office.workbench.operator(), "token make", name="Program")
    assert own.secret is not None


def test_the_secret_of_another_person_is_shown_to_that_person_alone(office: Office):
    operator = office.workbench.operator()
    made = do(office.workbench, operator, "token make", name="Program", user_id="mara@example.com")
    assert (made.secret, made.token.starts_with) == (None, None)
    with nothing_changed(office), pytest.raises(ForbiddenError, match="Mara's alone"):
        office.rotate(made, operator)
    with nothing_changed(office), pytest.raises(NotFoundError):
        office.rotate(made, office.people["ana"])
    taken = office.rotate(made, office.people["mara"])
    assert office.whose(taken.secret) is not None
    assert taken.token.previous_hash is None
    with nothing_changed(office), pytest.raises(ForbiddenError, match="Mara's alone"):
        office.rotate(made, operator)


def test_the_secret_of_an_agent_is_shown_to_an_admin_and_an_agent_judges_nothing(office: Office):
    made = office.make("bot", scopes=list(Scope))
    assert made.secret is not None
    actor = office.whose(made.secret)
    assert actor is not None
    assert actor.kind is ActorKind.AGENT
    judges = (Permission.DECIDE, Permission.JUDGE, Permission.DECIDE_AS_PARTNER)
    assert not any(may(actor, one) for one in judges)
    task = make_task(office.workbench, actor=office.people["mara"])
    with nothing_changed(office), pytest.raises(ForbiddenError):
        office.act(made.secret, "qa flag", task_id=task.task_id, reason="manual")
    assert office.rotate(made, office.workbench.operator()).secret is not None


def test_a_token_ends_after_its_days_and_not_before(office: Office):
    made = office.make("bot", days=1)
    office.workbench.clock.advance(hours=23, minutes=59)
    assert office.whose(made.secret) is not None
    office.workbench.clock.advance(minutes=1)
    assert office.whose(made.secret) is None
    assert office.why_not(made.secret) == "TOKEN_EXPIRED"
    with nothing_changed(office), pytest.raises(ConflictError, match="is over"):
        office.rotate(made, office.workbench.operator())


def test_a_token_ends_after_ninety_days_unless_it_is_said_and_a_year_is_the_most(office: Office):
    made = office.make("bot")
    assert made.token.expires_at - office.workbench.clock.now() == timedelta(days=90)
    for days in (0, 366):
        with nothing_changed(office), pytest.raises(BadRequestError, match="days"):
            office.make("bot", name="Long", days=days)
    office.make("bot", name="Long", days=365)


def test_a_rotated_secret_goes_on_for_the_overlap_beside_the_new_one(office: Office):
    old = office.make("ana")
    new = office.rotate(old, office.people["ana"])
    assert office.whose(old.secret) == office.whose(new.secret) is not None
    office.workbench.clock.advance(hours=24)
    assert office.whose(old.secret) is None
    assert office.why_not(old.secret) == "TOKEN_EXPIRED"
    assert office.whose(new.secret) is not None
    assert new.token.expires_at == old.token.expires_at


def test_an_overlap_lasts_a_week_at_most_and_none_ends_the_old_secret_at_once(office: Office):
    old = office.make("ana")
    with nothing_changed(office), pytest.raises(BadRequestError, match="overlap"):
        office.rotate(old, office.people["ana"], overlap_hours=169)
    new = office.rotate(old, office.people["ana"], overlap_hours=0)
    assert office.whose(old.secret) is None
    newest = office.rotate(new, office.people["ana"], overlap_hours=168)
    # Of two secrets before, the older one is nobody's any more.
    assert office.why_not(old.secret) == "nobody's"
    assert office.whose(new.secret) == office.whose(newest.secret) is not None


def test_no_overlap_outlasts_the_token(office: Office):
    old = office.make("ana", days=1)
    office.rotate(old, office.people["ana"], overlap_hours=168)
    office.workbench.clock.advance(hours=24)
    assert office.whose(old.secret) is None


def test_revoking_ends_both_secrets_and_a_repeat_changes_nothing(office: Office):
    old = office.make("ana")
    new = office.rotate(old, office.people["ana"])
    do(office.workbench, office.people["ana"], "token revoke", api_token_id=old.token.api_token_id)
    assert (office.whose(old.secret), office.whose(new.secret)) == (None, None)
    assert office.why_not(old.secret) == office.why_not(new.secret) == "TOKEN_REVOKED"
    with nothing_changed(office):
        do(office.workbench, office.people["ana"], "token revoke", api_token_id=old.token.api_token_id)


def test_an_admin_revokes_anybodys_token_and_nobody_else_anothers(office: Office):
    made = office.make("ana")
    with nothing_changed(office), pytest.raises(NotFoundError):
        do(office.workbench, office.people["mara"], "token revoke", api_token_id=made.token.api_token_id)
    do(office.workbench, office.workbench.operator(), "token revoke", api_token_id=made.token.api_token_id)
    assert office.whose(made.secret) is None


def test_closing_an_account_ends_its_tokens_and_opening_it_again_revives_none(office: Office):
    made, user = office.make("ana"), {"user_id": office.people["ana"].user_id}
    operator = office.workbench.operator()
    do(office.workbench, operator, "user change", **user, is_active=False)
    assert office.whose(made.secret) is None
    assert office.why_not(made.secret) == "TOKEN_REVOKED"
    with nothing_changed(office), pytest.raises(ConflictError, match="may not sign in"):
        office.make("ana", name="Another")
    do(office.workbench, operator, "user change", **user, is_active=True)
    assert office.whose(made.secret) is None


def test_changed_roles_hold_for_tokens_at_once(office: Office):
    made = office.make("ana", scopes=list(Scope))
    user = {"user_id": office.people["ana"].user_id, "role": ["manager"]}
    do(office.workbench, office.workbench.operator(), "user change", **user)
    actor = office.whose(made.secret)
    assert actor is not None
    assert may(actor, Permission.DECIDE)


def test_a_token_of_another_workspace_lets_nobody_in(office: Office):
    made = office.make("ana")
    elsewhere = actors.system(office.workbench.ids.new("wsp", office.workbench.clock.now()))
    with office.workbench.reading(elsewhere) as tx:
        assert made.secret is not None
        assert service.find(tx, made.secret) is None
        assert service.why_not(tx, made.secret) is None


def test_who_acts_by_a_token_reads_alike_and_does_what_its_scopes_say(office: Office):
    task = make_task(office.workbench, actor=office.people["mara"], assignee="ana")
    reader, worker = office.make("ana", scopes=["read"]), office.make("ana", name="Worker", scopes=["work"])
    for name in ("task start", "task watch"):
        with nothing_changed(office), pytest.raises(ScopeMissingError, match="the scope work"):
            office.act(reader.secret, name, task_id=task.task_id)
    with nothing_changed(office), pytest.raises(ScopeMissingError, match="the scope work"):
        office.act(reader.secret, "task note", task_id=task.task_id, body="Seen")
    office.act(worker.secret, "task start", task_id=task.task_id)
    with office.workbench.reading(office.workbench.operator()) as tx:
        last = tx.find(Event, task_id=task.task_id, order_by=("-seq",))[0]
    assert (last.actor_id, last.actor_name) == (office.people["ana"].user_id, "Ana (token “Worker”)")


@pytest.mark.parametrize("who", ["mara", "sam", "ana", "ben", "bot"])
def test_a_token_that_only_reads_sees_the_tasks_that_its_user_sees(office: Office, who: str):
    for role in (None, "writer", "crawler"):
        task = make_task(office.workbench, actor=office.people["mara"], title=f"For {role}")
        with office.workbench.transaction(office.workbench.operator()) as tx:
            waiting = tx.get(Task, task.task_id)
            waiting.assignee_role = role
            saved(tx, waiting)
    reader = office.whose(office.make(who, scopes=["read"]).secret)
    assert reader is not None
    lists = []
    for actor in (office.people[who], reader):
        with office.workbench.reading(actor) as tx:
            lists.append({row.task_id for row in list_tasks(tx, TaskFilter()).items})
            assert {tx.get(Task, task_id).task_id for task_id in lists[0]} == lists[0]
    assert lists[0] == lists[1]
    assert lists[0] or who == "ben"


def test_a_manager_judges_by_a_token_with_the_scope_alone(office: Office):
    task = make_task(office.workbench, actor=office.people["mara"], assignee="ana")
    for name in ("task start", "task help"):
        words = {"question": "Which printer?"} if name == "task help" else {}
        do(office.workbench, office.people["ana"], name, task_id=task.task_id, **words)
    without, given = office.make("mara"), {"task_id": task.task_id, "body": "The one upstairs."}
    with nothing_changed(office), pytest.raises(ScopeMissingError, match="the scope decide"):
        office.act(without.secret, "task answer", **given)
    office.act(office.make("mara", name="Judge", scopes=["decide"]).secret, "task answer", **given)


@pytest.mark.parametrize("name", ["user password", "feed make", "token rotate", "token make", "user link"])
def test_a_token_without_the_scope_admin_opens_no_other_way_in(office: Office, name: str):
    made = office.make("mara", scopes=["work", "decide", "content"])
    given: dict[str, dict[str, object]] = {
        "user password": {"password": "another horse staple"},
        "feed make": {"kind": "person"},
        "token rotate": {"api_token_id": made.token.api_token_id},
        "token make": {"name": "Another"},
        "user link": {"user_id": "mara@example.com"},
    }
    with nothing_changed(office), pytest.raises(ForbiddenError):
        office.act(made.secret, name, **given[name])


def test_a_user_has_twenty_tokens_at_most_and_one_of_a_name(office: Office):
    for number in range(service.MOST):
        office.make("bot", name=f"Program {number}")
    with nothing_changed(office), pytest.raises(ConflictError, match="has 20 API tokens already"):
        office.make("bot", name="One more")
    made = office.make("ana")
    with nothing_changed(office), pytest.raises(ConflictError, match="has an API token “Program” already"):
        office.make("ana")
    do(office.workbench, office.people["ana"], "token revoke", api_token_id=made.token.api_token_id)
    office.make("ana")


def test_a_token_is_listed_to_its_user_and_to_admins_until_a_month_after_its_end(office: Office):
    office.make("ana", days=1)
    office.make("bot", name="Crawler")

    def listed(who: Actor, *, everybody: bool = False) -> list[str]:
        with office.workbench.reading(who) as tx:
            return [one.name for one in service.listed(tx, everybody=everybody)]

    assert listed(office.people["ana"]) == ["Program"]
    assert listed(office.people["mara"]) == []
    assert listed(office.workbench.operator(), everybody=True) == ["Crawler", "Program"]
    with pytest.raises(ForbiddenError):
        listed(office.people["mara"], everybody=True)
    office.workbench.clock.advance(days=30)
    assert listed(office.people["ana"]) == ["Program"]
    office.workbench.clock.advance(days=1)
    assert listed(office.people["ana"]) == []


def test_a_token_is_good_in_every_process_of_the_store(office: Office, shipped_catalog: Catalog):
    made = office.make("ana")
    settings, clock = office.workbench.settings, office.workbench.clock
    with closing(Workbench(settings, clock=clock, catalog=shipped_catalog)) as other:
        there = Office(other, office.people)
        assert there.whose(made.secret) is not None
        do(other, office.people["ana"], "token revoke", api_token_id=made.token.api_token_id)
    assert office.whose(made.secret) is None


def test_a_person_without_an_account_has_no_token(office: Office):
    with nothing_changed(office), pytest.raises(WorkbenchError, match="Nobody signs in here"):
        do(office.workbench, office.workbench.operator(), "token make", name="P", user_id="x@example.com")
    with office.workbench.transaction(office.workbench.operator()) as tx:
        accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    olga = office.workbench.actor_by_email("olga@example.com")
    assert do(office.workbench, olga, "token make", name="Own").secret is not None
