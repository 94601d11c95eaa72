"""Two workspaces with the same of everything: nothing of one is read in the other, by whatever address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.access import Actor
from tests.api.elsewhere import MARK, ids_in, twin_of
from tests.api.reading import *  # noqa: F403 - fixtures
from tests.api.reading import address, filled, listed, parents
from web.api.resources import RESOURCES

#: Of content and reports there is one for all: their addresses name no record.
OF_ALL = {"templates", "task-types", "reports", "message-settings"}
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


@pytest.mark.parametrize("who", ["operator", "mara", "ana", "pat"])
def test_no_answer_names_a_record_of_the_other_workspace(asking, both, who):
    here, there, of, of_there = both
    for people, known, is_theirs in ((here, of, False), (there, of_there, True)):
        seen = 0
        for path, resource in listed():
            if path in OF_INSTALLATION:
                continue
            answer = asking(people[who])(f"{address(resource, known)}?limit=100")
            wrong = {one for one in ids_in(answer.text) if one.endswith(MARK) is not is_theirs}
            assert not wrong, (path, wrong)
            seen += answer.status_code == 200 and bool(answer.json[resource.rows])
        assert seen > 2


@pytest.mark.parametrize("who", ["operator", "mara", "ana", "pat"])
def test_an_id_of_the_other_workspace_leads_to_nothing_wherever_it_stands(asking, both, who):
    here, there, of, of_there = both
    tried = set()
    for path, resource in listed():
        if path in OF_ALL | OF_INSTALLATION or resource.find is None:
            continue
        for looker in ("operator", who):
            answer = asking(there[looker])(f"{address(resource, of_there)}?limit=100")
            for row in answer.json[resource.rows] if answer.status_code == 200 else ():
                ask, theirs = asking(here[who]), row[resource.key]
                found = [ask(f"{address(resource, known)}/{theirs}") for known in (of, of_there)]
                assert {one.status_code for one in found} <= {403, 404}, (path, found[0].text)
                tried.add(path)
    assert len(tried) > 15


@pytest.mark.parametrize("who", ["operator", "mara", "ana", "pat"])
def test_a_parent_of_the_other_workspace_has_nothing(asking, both, who):
    here, _, _, of_there = both
    ask = asking(here[who])
    for path, resource in listed():
        if resource.parent is not None:
            there, nowhere = ask(address(resource, of_there)), ask(address(resource, filled()))
            assert there.status_code == nowhere.status_code, path
            assert there.status_code in (403, 404), path


@pytest.mark.parametrize(
    "query",
    [
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
    ],
)
def test_a_filter_by_a_record_of_the_other_workspace_finds_nothing(asking, both, populated, query):
    here, _, _, of_there = both
    with populated.reading(populated.operator()) as tx:
        partner = next(iter(tx.find(RESOURCES["partners"].record)))
    of_there = {**of_there, "partners": f"{partner.partner_id}{MARK}"}
    answer = asking(here["mara"])(f"/{query.format(**of_there)}")
    assert answer.status_code in (400, 404) or answer.json["total"] == 0
    assert not {one for one in ids_in(answer.text) if one.endswith(MARK)} - set(of_there.values())


def test_a_task_number_is_that_of_ones_own_workspace(asking, both):
    here, there, of, of_there = both
    number = asking(here["mara"])(f"/tasks/{of['tasks']}").json["task_number"]
    assert asking(here["mara"])(f"/tasks/{number}").json["task_id"] == of["tasks"]
    assert asking(there["mara"])(f"/tasks/{number}").json["task_id"] == of_there["tasks"]
