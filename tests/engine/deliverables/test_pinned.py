"""A decision is made on bytes that stay: on the disk, and behind an address of the board (S4, S9)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.artifacts import intake
from engine.deliverables import actions, approvals, decisions, versions
from engine.deliverables.models import Approval, Deliverable
from engine.errors import BadRequestError, CompletionRefusedError, StaleVersionError, UnavailableError
from engine.tasks import facts, lifecycle
from engine.tasks.models import Task
from tests import judged
from tests.factories import decide, make_bundle, make_people
from tests.told import saved


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


def with_file(workbench: Workbench, people: dict[str, Actor], text: bytes) -> tuple[Task, Deliverable]:
    """Let Ana hand over a file that waits for nobody yet."""
    task, row = judged.begin(workbench, people["mara"])
    got = intake.receive(workbench.blobs, io.BytesIO(text), "draft.txt", 1000)
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
        row = versions.edit(
            tx, row.deliverable_id, blob=got.blob, file_name=got.file_name, content_type=got.content_type
        )
    return task, row


def file_of(workbench: Workbench, row: Deliverable) -> Path:
    assert row.sha256
    path = workbench.blobs.path(row.sha256)
    path.chmod(0o600)
    return path


def refuse(workbench: Workbench, people: dict[str, Actor], row: Deliverable, url: str) -> str:
    with pytest.raises(BadRequestError) as caught, workbench.transaction(people["ana"]) as tx:
        versions.edit(tx, row.deliverable_id, url=url)
    assert caught.value.details[0]["field"] == "url"
    return caught.value.message


def test_an_address_of_the_board_that_may_show_something_else_is_not_handed_over(workbench, people):
    _, row = judged.begin(workbench, people["mara"])
    _, other = with_file(workbench, people, b"One")
    _, outside = judged.begin(workbench, people["mara"])
    for url, why in {
        "/board": "is a page of this board",
        f"/tasks/{row.task_id}": "is a page of this board",
        "/deliverables/dlv_UNKNOWN/view": "leads to no version",
        f"/deliverables/{other.deliverable_id}/view": "it may still change",
        f"/deliverables/{outside.deliverable_id}/file": "without a stored file",
        "/artifacts/art_UNKNOWN": "leads to no stored file",
    }.items():
        assert why in refuse(workbench, people, row, url), url


#: How the same record is reached: other hosts, a folder in front, escapes that the server takes apart.
WHOLE = (
    "http://127.0.0.1:8000{}",
    "https://board.example.com{}",
    "https://example.com/our/board{}?whole=1",
    "https://board.example.com/%2E/x/..{}#part",
    "https://board.example.com/{}",
)


@pytest.mark.few(2)
@pytest.mark.parametrize("shape", WHOLE)
def test_a_whole_address_of_the_board_is_no_way_to_hand_over_what_may_change(workbench, people, shape: str):
    task, row = judged.begin(workbench, people["mara"])
    bundle = make_bundle(workbench)
    _, other = with_file(workbench, people, b"One")
    version = f"/deliverables/{other.deliverable_id}"
    escaped = version.replace("deliverables", "%64eliverables")
    for path, why in {
        f"{version}/view": "it may still change",
        f"{escaped}/file": "it may still change",
        f"{version}/compare": "is a page of this board",
        f"/tasks/{row.task_id}": "is a page of this board",
        f"/tasks/{task.task_uuid}": "is a page of this board",
        f"/tasks/{str(task.task_uuid).upper()}/story": "is a page of this board",
        f"/qa/{row.task_id}": "is a page of this board",
        f"/bundles/{bundle.bundle_id}/story": "is a page of this board",
        f"/sign-in?next={version}/view": "is a page of this board",
        f"/sign-in?next={version.replace('/', '%2F')}%2Fview": "is a page of this board",
    }.items():
        assert why in refuse(workbench, people, row, shape.format(path)), path
    waiting = judged.hand_over(
        workbench, people["ana"], task, row, shape.format(f"/artifacts/{other.artifact_id}")
    )
    with workbench.reading(people["mara"]) as tx:
        seen = judged.seen(workbench, waiting)
        found = decisions.check(tx, waiting.task_approval_id, "approved", seen=seen)
    assert (found.sha256, found.outside_address) == (other.sha256, None), "the decision is about these bytes"


def test_an_address_of_another_board_is_one_of_elsewhere(workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    url = "https://other.example/deliverables/dlv_01AAAAAAAAAAAAAAAAAAAAAAAA/view"
    waiting = judged.hand_over(workbench, people["ana"], task, row, url)
    with workbench.reading(people["mara"]) as tx:
        seen = judged.seen(workbench, waiting)
        assert decisions.check(tx, waiting.task_approval_id, "approved", seen=seen).outside_address == url


def test_a_judged_version_and_a_stored_file_may_be_handed_over_by_address(workbench, people):
    task, other = with_file(workbench, people, b"One")
    decide(
        workbench,
        people["mara"],
        judged.ask(workbench, people["ana"], task).task_approval_id,
        "approved",
        seen=other.content_hash,
    )
    for url in (f"/deliverables/{other.deliverable_id}/view", f"/artifacts/{other.artifact_id}"):
        mine, row = judged.begin(workbench, people["mara"])
        waiting = judged.hand_over(workbench, people["ana"], mine, row, url)
        given = decide(
            workbench,
            people["mara"],
            waiting.task_approval_id,
            "approved",
            seen=judged.seen(workbench, waiting),
        )
        assert given.is_positive


@pytest.mark.parametrize("shown", ["version", "file"])
@pytest.mark.parametrize("sources", [("portal",), ("internal", "portal")])
def test_a_partner_is_asked_about_nothing_that_leads_to_what_they_may_not_see(
    workbench, people, shown: str, sources: tuple[str, ...]
):
    """Every edge says before which file it is, and what to do; nobody else is asked in vain."""
    other = approved_inside(workbench, people)
    task, row = judged.begin(workbench, people["mara"], sources)
    path = {
        "version": f"/deliverables/{other.deliverable_id}/view",
        "file": f"/artifacts/{other.artifact_id}",
    }[shown]
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
        versions.edit(tx, row.deliverable_id, url=f"https://board.example{path}")
    with pytest.raises(CompletionRefusedError) as caught, workbench.transaction(people["ana"]) as tx:
        approvals.request(tx, task.task_id)
    [told] = [one["message"] for one in caught.value.details]
    what = {"version": f"{other.name} of {named(workbench, other)}", "file": "the file “draft”"}[shown]
    assert told == f"{row.name} leads to {what}, which the partner may not see: hand over the file itself."
    with workbench.reading(people["ana"]) as tx:
        read = tx.get(Task, task.task_id)
        assert told in [one.message for one in facts.blockers(tx, read)]
        assert "request_approval" not in [item.name for item in actions.allowed(tx, read) if item.is_primary]
    with workbench.transaction(people["ana"]) as tx:
        versions.edit(tx, row.deliverable_id, url=judged.DRAFT)
    assert judged.ask(workbench, people["ana"], task).source == sources[0]


def test_a_partner_judges_by_its_address_what_they_were_shown(workbench, people):
    pat = people["pat"]
    source, other = with_file(workbench, people, b"One")
    with workbench.transaction(people["mara"]) as tx:
        saved(tx, approved_by(tx.get(Task, source.task_id), "portal"))
    first = judged.ask(workbench, people["ana"], source)
    assert judged.decide(workbench, pat, first, "approved").is_positive
    task, row = judged.begin(workbench, people["mara"], ("portal",))
    waiting = judged.hand_over(
        workbench, people["ana"], task, row, f"/deliverables/{other.deliverable_id}/view"
    )
    assert judged.decide(workbench, pat, waiting, "approved").is_positive


def approved_inside(workbench: Workbench, people: dict[str, Actor]) -> Deliverable:
    """Return a version with a file that Mara approved and no partner was shown."""
    task, other = with_file(workbench, people, b"One")
    with workbench.transaction(people["mara"]) as tx:
        versions.edit(tx, other.deliverable_id, visible_in_portal=False)
    judged.decide(workbench, people["mara"], judged.ask(workbench, people["ana"], task), "approved")
    return other


def approved_by(task: Task, *sources: str) -> Task:
    task.approval = {"required": True, "sources": list(sources)}
    return task


def named(workbench: Workbench, row: Deliverable) -> str:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, row.task_id).name


def test_what_was_handed_over_before_that_rule_is_not_judged_while_it_may_change(workbench, people):
    _, other = with_file(workbench, people, b"One")
    task, row = judged.begin(workbench, people["mara"])
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    with workbench.transaction(people["mara"]) as tx:
        old = tx.get(Deliverable, row.deliverable_id)
        old.deliverable_url = f"/deliverables/{other.deliverable_id}/view"
        saved(tx, old)
    seen = judged.seen(workbench, waiting)
    with pytest.raises(StaleVersionError, match="it may still change"):
        decide(workbench, people["mara"], waiting.task_approval_id, "approved", seen=seen)
    assert still_open(workbench, waiting)


@pytest.mark.parametrize("is_gone", [True, False])
@pytest.mark.parametrize("by_address", [True, False])
def test_nobody_decides_on_bytes_that_are_gone_or_changed_on_the_disk(
    workbench, people, *, is_gone: bool, by_address: bool
):
    task, row = with_file(workbench, people, b"What Mara saw")
    waiting = judged.ask(workbench, people["ana"], task)
    if by_address:
        decide(workbench, people["mara"], waiting.task_approval_id, "approved", seen=row.content_hash)
        task, other = judged.begin(workbench, people["mara"])
        address = f"/deliverables/{row.deliverable_id}/view"
        waiting = judged.hand_over(workbench, people["ana"], task, other, address)
    seen = judged.seen(workbench, waiting)
    path = file_of(workbench, row)
    if is_gone:
        path.unlink()
    else:
        path.write_bytes(b"What nobody saw")
    with pytest.raises(UnavailableError, match="changed on the disk"):
        decide(workbench, people["mara"], waiting.task_approval_id, "approved", seen=seen)
    assert still_open(workbench, waiting)


def test_changed_bytes_are_not_handed_out_even_after_they_were_once(workbench, people):
    _, row = with_file(workbench, people, b"As it was kept")
    assert row.sha256
    with workbench.blobs.open(row.sha256) as stream:
        assert stream.read() == b"As it was kept"
    path = file_of(workbench, row)
    path.write_bytes(b"As it is now..")
    with pytest.raises(UnavailableError, match="is not what was kept"):
        workbench.blobs.open(row.sha256)
    path.write_bytes(b"As it was kept")
    with workbench.blobs.open(row.sha256) as stream:
        assert stream.read() == b"As it was kept"


def still_open(workbench: Workbench, approval: Approval) -> bool:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Approval, approval.task_approval_id).is_open
