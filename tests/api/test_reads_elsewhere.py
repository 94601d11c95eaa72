"""Two workspaces with the same of everything: nothing of one is read in the other, by whatever address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.access import Actor
from engine.reference.models import Partner
from tests.api.elsewhere import MARK, ids_in, twin_of
from tests.api.reading import *  # noqa: F403 - fixtures
from tests.api.reading import address, filled, listed, parents

#: Of content and reports there is one for all: their addresses name no record.
OF_ALL = {"templates", "recipes", "task-types", "reports", "message-settings"}
WHO = ("operator", "mara", "ana", "pat")
#: What names a record in a query.
FILTERS = (
    "tasks?bundle={bundles}",
    "tasks?assignee={employees}",
    "tasks?campaign={campaigns}",
    "bundles?campaign={campaigns}",
    "approvals?task={tasks}",
    "campaigns?partner={partners}",
    "worklogs?campaign={campaigns}",
    "reviews?employee={employees}",
    "reports/late?employee={employees}",
    "reports/feedback?task={tasks}",
    "reports/feedback?deliverable={deliverables}",
)
#: The ledger of what is done by itself is the installation's.
OF_INSTALLATION = {"jobs"}


@pytest.fixture
def both(everybody, populated, subjects):
    """The people of either workspace, and the records to which others belong, by whether they are theirs."""
    elsewhere = twin_of(populated)
    others = {name: _there(actor, elsewhere) for name, actor in everybody.items()}
    of = parents(subjects)
    return everybody, others, of, {path: f"{one}{MARK}" for path, one in of.items()}


def _there(actor: Actor, workspace_id: str) -> Actor:
    moved = {
        "user_id": f"{actor.user_id}{MARK}",
        "employee_id": actor.employee_id and f"{actor.employee_id}{MARK}",
        "partner_id": actor.partner_id and f"{actor.partner_id}{MARK}",
    }
    return replace(actor, workspace_id=workspace_id, **moved)


def test_no_answer_names_a_record_of_the_other_workspace(asking, both):
    here, there, of, of_there = both
    for people, known, is_theirs in ((here, of, False), (there, of_there, True)):
        for who in WHO:
            seen = 0
            for path, resource in listed():
                if path in OF_INSTALLATION:
                    continue
                answer = asking(people[who])(f"{address(resource, known)}?limit=100")
                wrong = {one for one in ids_in(answer.text) if one.endswith(MARK) is not is_theirs}
                assert not wrong, (path, wrong)
                seen += answer.status_code == 200 and bool(answer.json[resource.rows])
            assert seen > 2


def test_an_id_of_the_other_workspace_leads_to_nothing_wherever_it_stands(asking, both):
    """An admin of the other workspace and its members list it; all of this one ask for what they find."""
    here, there, of, of_there = both
    tried = set()
    for path, resource in listed():
        if path in OF_ALL | OF_INSTALLATION or resource.find is None:
            continue
        theirs = set()
        for looker in WHO:
            answer = asking(there[looker])(f"{address(resource, of_there)}?limit=100")
            found = answer.json[resource.rows] if answer.status_code == 200 else ()
            theirs |= {row[resource.key] for row in found[:3]}
        for who in WHO if theirs else ():
            ask = asking(here[who])
            places = [f"{address(resource, known)}/{one}" for known in (of, of_there) for one in theirs]
            answers = {place: ask(place).status_code for place in places}
            assert set(answers.values()) <= {403, 404}, (who, answers)
            tried.add(path)
    assert len(tried) > 15


def test_a_parent_of_the_other_workspace_has_nothing(asking, both):
    here, _, _, of_there = both
    for who in WHO:
        ask = asking(here[who])
        for path, resource in listed():
            if resource.parent is not None:
                there, nowhere = ask(address(resource, of_there)), ask(address(resource, filled()))
                assert there.status_code == nowhere.status_code, path
                assert there.status_code in (403, 404), path


def test_a_filter_by_a_record_of_the_other_workspace_finds_nothing(asking, both, populated):
    here, _, _, of_there = both
    with populated.reading(populated.operator()) as tx:
        partner = tx.find_one(Partner, key="acme")
    of_there = {**of_there, "partners": f"{partner.partner_id}{MARK}"}
    for query in FILTERS:
        answer = asking(here["mara"])(f"/{query.format(**of_there)}")
        assert answer.status_code in (400, 404) or answer.json["total"] == 0, query
        assert not {one for one in ids_in(answer.text) if one.endswith(MARK)} - set(of_there.values())


def test_a_task_number_is_that_of_ones_own_workspace(asking, both):
    here, there, of, of_there = both
    number = asking(here["mara"])(f"/tasks/{of['tasks']}").json["task_number"]
    assert asking(here["mara"])(f"/tasks/{number}").json["task_id"] == of["tasks"]
    assert asking(there["mara"])(f"/tasks/{number}").json["task_id"] == of_there["tasks"]
