"""Employees, partners and campaigns, one at a time: added, changed, made inactive (R20, REF-04)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, OwnWorkError, StaleWriteError
from engine.reference import service as reference
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from tests.factories import PEOPLE, do, make_people
from tests.told import saved


@pytest.fixture
def operator(either_workbench: Workbench) -> Actor:
    return either_workbench.operator()


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def read(workbench: Workbench, kind: type[Any], key: str) -> Any:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find_one(kind, key=key)


def events(workbench: Workbench) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, order_by=("seq",))


def test_somebody_is_added_and_changed_field_by_field_and_each_change_is_told(either_workbench, operator):
    do(
        either_workbench,
        operator,
        "employee add",
        key="zoe",
        name="Zoe Zimmer",
        email="Zoe@Example.com ",
        roles=["writer", ""],
    )
    zoe = read(either_workbench, Employee, "zoe")
    assert (zoe.name, zoe.email, zoe.kind, zoe.roles, zoe.training, zoe.is_active) == (
        "Zoe Zimmer", "zoe@example.com", "human", ["writer"], False, True,
    )  # fmt: skip
    changes: dict[str, Any] = {
        "name": "Zoe Z.", "email": "z@example.com", "kind": "agent", "roles": ["editor"], "training": True,
    }  # fmt: skip
    for name, value in changes.items():
        before = getattr(read(either_workbench, Employee, "zoe"), name)
        do(either_workbench, operator, "employee update", employee_id="zoe", **{name: value})
        last = events(either_workbench)[-1]
        assert (last.before, last.after) == ({name: before}, {name: value})
    do(either_workbench, operator, "employee update", employee_id=zoe.employee_id, email="", roles=[])
    assert (read(either_workbench, Employee, "zoe").email, read(either_workbench, Employee, "zoe").roles) == (
        None,
        [],
    )


def test_a_campaign_is_added_and_changed_and_its_people_one_by_one(either_workbench, people):
    mara = people["mara"]
    do(either_workbench, mara, "partner add", key="initech", name="Initech")
    given = {"partner": "initech", "name": "Autumn", "people": {"writer": "ana", "operator": "ben"}}
    do(either_workbench, mara, "campaign add", key="autumn", **given)
    ids = {key: read(either_workbench, Employee, key).employee_id for key in ("ana", "ben")}
    assert read(either_workbench, Campaign, "autumn").people == {"writer": ids["ana"], "operator": ids["ben"]}
    changed = {"primary_url": "https://initech.example", "people": {"operator": "", "editor": "ben"}}
    do(either_workbench, mara, "campaign update", campaign_id="autumn", **changed)
    autumn = read(either_workbench, Campaign, "autumn")
    assert autumn.people == {"writer": ids["ana"], "editor": ids["ben"]}
    assert autumn.primary_url == "https://initech.example"
    moved = {"partner": "acme", "primary_url": "", "name": "Autumn leaves"}
    do(either_workbench, mara, "campaign update", campaign_id="autumn", **moved)
    autumn = read(either_workbench, Campaign, "autumn")
    assert (autumn.primary_url, autumn.name) == (None, "Autumn leaves")
    assert autumn.partner_id == read(either_workbench, Partner, "acme").partner_id


def test_material_is_attached_and_taken_off_with_its_times_kept(either_workbench, people, clock):
    mara, one = (
        people["mara"],
        {"campaign_id": "acme_spring", "label": "Tone", "url": "https://acme.example/t"},
    )
    made = do(either_workbench, mara, "campaign attach", category="Content", **one)
    assert made.category == "content", "spelled like the task types' own"
    with pytest.raises(ConflictError, match="attached to Acme spring already"):
        do(either_workbench, mara, "campaign attach", category="content", **one)
    clock.advance(days=1)
    off = {"campaign_id": "acme_spring", "attachment_id": made.attachment_id}
    do(either_workbench, mara, "campaign detach", **off)
    with either_workbench.reading(mara) as tx:
        kept = tx.get(CampaignAttachment, made.attachment_id)
    assert (kept.removed_at - kept.added_at).days == 1
    with pytest.raises(ConflictError, match="taken off Acme spring already"):
        do(either_workbench, mara, "campaign detach", **off)


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a key twice": ("employee add", {"key": "ana", "name": "Another"}, "'ana' is Ana Alvarez already"),
    "a key of a partner twice": ("partner add", {"key": "acme", "name": "Acme"}, "'acme' is Acme already"),
    "no key": ("employee add", {"key": "Ana Alvarez", "name": "Ana"}, "small letters"),
    "no role": ("employee add", {"key": "zoe", "name": "Zoe", "roles": ["Lead Writer"]}, "small letters"),
    "no partner": ("campaign add", {"key": "c", "name": "C", "partner": "x"}, "there is no partner 'x'"),
    "no person": (
        "campaign update",
        {"campaign_id": "acme_spring", "people": {"writer": "x"}},
        r"people\.writer: there is no employee 'x'",
    ),
    "no address": (
        "campaign update",
        {"campaign_id": "acme_spring", "primary_url": "javascript:alert(1)"},
        "not an address",
    ),
    "no category": (
        "campaign attach",
        {"campaign_id": "acme_spring", "label": "L", "url": "https://x.example", "category": "Contnet"},
        "no task type has the category",
    ),
    "internal material": (
        "campaign attach",
        {"campaign_id": "acme_spring", "label": "L", "url": "https://x.example", "type": "internal FYI"},
        "what is internal is shown to nobody",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_changed(either_workbench, people, operator, case: str):
    command, given, why = REFUSED[case]
    before = events(either_workbench)
    with pytest.raises(BadRequestError, match=why):
        do(either_workbench, operator, command, **given)
    assert events(either_workbench) == before


def test_people_are_an_admins_and_partners_a_managers_too_by_file_and_one_by_one(either_workbench, people):
    """Definitions, section 4; the same rule refuses either way (R20)."""
    mara, ana = people["mara"], people["ana"]
    for command, given in (
        ("employee add", {"key": "zoe", "name": "Zoe"}),
        ("employee update", {"employee_id": "ben", "name": "Benjamin"}),
        ("employee deactivate", {"employee_id": "ben"}),
        ("employee activate", {"employee_id": "ben"}),
    ):
        with pytest.raises(ForbiddenError, match="admin"):
            do(either_workbench, mara, command, **given)
    document = {"employees": [{"key": "zoe", "name": "Zoe"}]}
    with pytest.raises(ForbiddenError, match="may not add or change employees"):
        do(either_workbench, mara, "reference load", document=document)
    assert read(either_workbench, Employee, "zoe") is None
    for command, given in (
        ("partner add", {"key": "initech", "name": "Initech"}),
        ("campaign update", {"campaign_id": "acme_spring", "name": "Spring"}),
        ("campaign deactivate", {"campaign_id": "acme_spring"}),
        ("employee hand-over", {"employee_id": "ben"}),
    ):
        with pytest.raises(ForbiddenError):
            do(either_workbench, ana, command, **given)
        do(either_workbench, mara, command, **given)


def test_an_admin_changes_nothing_of_themselves_that_says_what_they_may_judge(
    either_workbench, people, operator
):
    do(either_workbench, operator, "user add", email="olga@example.com", name="Olga", role=["admin"])
    do(either_workbench, operator, "employee add", key="olga", name="Olga", email="olga@example.com")
    olga = either_workbench.actor_by_email("olga@example.com")
    for change in ({"email": "o@example.com"}, {"roles": ["writer"]}, {"kind": "agent"}, {"training": True}):
        with pytest.raises(OwnWorkError, match="ask another admin"):
            do(either_workbench, olga, "employee update", employee_id="olga", **change)
    do(either_workbench, olga, "employee update", employee_id="olga", name="Olga O.")
    assert read(either_workbench, Employee, "olga").name == "Olga O."


def test_another_address_makes_nobody_somebody_else(either_workbench, people, operator):
    """S3: Ana stays Ana when her address goes to Ben, by a command as by a file."""
    do(either_workbench, operator, "user add", email="zoe@example.com", name="Zoe", role=["member"])
    do(either_workbench, operator, "employee add", key="zoe", name="Zoe", email="zoe@example.com")
    zoe = read(either_workbench, Employee, "zoe").employee_id
    do(either_workbench, operator, "employee update", employee_id="zoe", email="z@example.com")
    do(either_workbench, operator, "employee update", employee_id="ben", email="zoe@example.com")
    with either_workbench.reading(operator) as tx:
        assert tx.find_one(User, email="zoe@example.com").employee_id == zoe


def test_two_who_change_the_same_record_do_not_overwrite_each_other(either_workbench, people, operator):
    revision = read(either_workbench, Partner, "acme").revision
    given = {"partner_id": "acme", "revision": revision}
    do(either_workbench, operator, "partner update", name="Acme Inc.", **given)
    with pytest.raises(StaleWriteError):
        do(either_workbench, operator, "partner update", name="Acme Ltd.", **given)


@pytest.mark.parametrize(
    ("kind", "key", "field"),
    [
        (Employee, "ben", "employee_id"),
        (Partner, "acme", "partner_id"),
        (Campaign, "acme_spring", "campaign_id"),
    ],
)
def test_what_is_made_inactive_stays_so_when_a_file_names_it_until_it_is_made_active(
    either_workbench, people, operator, kind: type[Any], key: str, field: str
):
    noun = kind.__name__.lower()
    do(either_workbench, operator, f"{noun} deactivate", **{field: key})
    with either_workbench.transaction(operator) as tx:
        counts = reference.load(tx, PEOPLE).counts
    assert {table: found["updated"] for table, found in counts.items()} == dict.fromkeys(counts, 0)
    assert not read(either_workbench, kind, key).is_active
    with pytest.raises(ConflictError, match="is not active already"):
        do(either_workbench, operator, f"{noun} deactivate", **{field: key})
    do(either_workbench, operator, f"{noun} activate", **{field: key})
    assert read(either_workbench, kind, key).is_active
    with pytest.raises(ConflictError, match="is active already"):
        do(either_workbench, operator, f"{noun} activate", **{field: key})


def test_a_file_gives_no_role_of_a_campaign_to_who_left_but_leaves_one_that_they_have(
    either_workbench, people, operator
):

    with either_workbench.transaction(operator) as tx:
        ana = tx.find_one(Employee, key="ana")
        ana.is_active = False
        saved(tx, ana)
        assert reference.load(tx, PEOPLE).counts["campaigns"]["unchanged"] == 1
    [campaign] = PEOPLE["campaigns"]
    document = {"campaigns": [{**campaign, "people": {"writer": "ana", "editor": "ana"}}]}
    with pytest.raises(BadRequestError, match=r"people\.editor: Ana Alvarez is not active any more"):
        do(either_workbench, operator, "reference load", document=document)
