"""What is handed over, what a new version keeps, and in which words it is refused (DLV-05, DLV-12)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole
from engine.audit.models import Action, Event
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.errors import BadRequestError, ConflictError, FrozenVersionError, StaleWriteError
from engine.tasks.models import ItemSource, TaskStatus
from tests.engine.conftest import NOW, Bench
from tests.engine.deliverables.rounds import (
    BOTH,
    INTERNAL,
    PORTAL,
    ask,
    decide_all,
    rows,
    with_deliverable,
)
from tests.told import saved

BLOB, OTHER = Blob("a" * 64, 1200), Blob("b" * 64, 7)
TWO = "https://docs.example/2"
APPROVED_AS_SHOWN = (
    "“draft” was approved as it was shown: whether the partner sees it stays. "
    "Add another deliverable for what they are to see."
)


def change(bench: Bench, task_id: str, *, by: str = "mara", **fields) -> Deliverable:
    """Set fields of the newest version directly."""
    with bench.writing(by) as tx:
        row = tx.get(Deliverable, rows(bench, task_id)[-1].deliverable_id)
        for name, value in fields.items():
            setattr(row, name, value)
        saved(tx, row)
    return row


def edit(bench: Bench, task_id: str, *, by: str = "ana", **fields) -> Deliverable:
    with bench.writing(by) as tx:
        return versions.edit(tx, rows(bench, task_id)[-1].deliverable_id, **fields)


def next_version(bench: Bench, task_id: str, *, by: str = "ana", **fields) -> Deliverable:
    with bench.writing(by) as tx:
        return versions.new_version(tx, rows(bench, task_id)[-1].deliverable_id, **fields)


def judged(bench: Bench, outcome: str = "rejected", approval: dict = INTERNAL, **fields) -> str:
    """Make a task of Ana's whose draft was judged, and return its id."""
    task_id = with_deliverable(bench, approval, "draft")
    if fields:
        change(bench, task_id, **fields)
    ask(bench, task_id)
    decide_all(bench, task_id, outcome, "Shorter.")
    return task_id


def last(bench: Bench, task_id: str, action: Action) -> Event:
    return [event for event in bench.events(task_id) if event.action is action][-1]


def refused(bench: Bench, kind: type[Exception], act, *given, **fields) -> str:
    state = bench.state()
    with pytest.raises(kind) as caught:
        act(bench, *given, **fields)
    assert bench.state() == state
    return caught.value.message


def test_a_new_version_begins_with_facts_of_its_own_and_keeps_what_it_is_a_version_of(bench: Bench):
    """Facts of the judged one would say of the new one what nobody said of it (T1, DLV-12)."""
    schema = {"word_count": "integer"}
    task_id = judged(
        bench,
        meta_schema=schema,
        meta={"word_count": 900},
        authors=["usr_writer"],
        artifact_id="art_1",
        sha256="c" * 64,
        delivered_at=NOW,
        description="The text",
    )
    bench.clock.advance(hours=1)
    made = next_version(bench, task_id, by="ana", url=TWO)
    one, two = rows(bench, task_id)
    assert (one.meta, one.authors[0], one.sha256) == ({"word_count": 900}, "usr_writer", "c" * 64)
    assert one.created_by == bench.actors["mara"].user_id
    assert two == made
    now = NOW + timedelta(hours=1)
    assert two.model_dump() == one.model_dump() | {
        "deliverable_id": two.deliverable_id,
        "version_number": 2,
        "previous_deliverable_id": one.deliverable_id,
        "deliverable_url": TWO,
        "artifact_id": None,
        "sha256": None,
        "meta": {},
        "authors": [bench.actors["ana"].user_id],
        "frozen_at": None,
        "delivered_at": None,
        "created_by": bench.actors["ana"].user_id,
        "created_at": now,
        "updated_at": now,
        "revision": 1,
    }


@pytest.mark.parametrize(("outcome", "after"), [("rejected", False), ("approved_pending_changes", True)])
def test_a_new_version_is_told_with_what_it_is_and_whether_it_came_after_an_approval(
    bench: Bench, outcome: str, after: bool
):
    task_id = judged(bench, outcome)
    bench.change(task_id, bundle_id="bnd_1")
    two = next_version(bench, task_id, url=TWO, meta={"pages": 3})
    event = last(bench, task_id, Action.DELIVERABLE_CREATED)
    assert event.after == {
        "ref": "draft",
        "version_number": 2,
        "deliverable_url": TWO,
        "sha256": None,
        "meta": {"pages": 3},
        "post_decision_change": after,
    }
    label = ", changed after approval" if after else ""
    assert event.summary == f"“draft”, version 2 of {bench.task(task_id).name} handed over{label}"
    assert event.bundle_id == "bnd_1"
    assert two.post_decision_change is after


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "https://docs.example/draft"),
        ({"url": TWO}, TWO),
        ({"blob": BLOB, "file_name": "two.pdf"}, None),
        ({"blob": BLOB, "file_name": "two.pdf", "url": TWO}, TWO),
    ],
)
def test_an_outside_document_keeps_its_address_unless_something_else_is_handed_over(
    bench: Bench, given, address
):
    task_id = judged(bench)
    assert next_version(bench, task_id, **given).deliverable_url == address
    assert rows(bench, task_id)[-1].authors == [bench.actors["ana"].user_id]


def test_a_version_with_nothing_to_look_at_is_none(bench: Bench):
    task_id = judged(bench)
    state = bench.state()
    with pytest.raises(BadRequestError) as caught:
        next_version(bench, task_id, url=" ")
    assert caught.value.message == "url: give the address or the file of the new version."
    assert bench.state() == state


def test_a_new_version_follows_the_newest_that_was_judged_and_no_other(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    name = bench.task(task_id).name
    assert refused(bench, ConflictError, next_version, task_id, url=TWO) == (
        "“draft”, version 1 was not judged yet: change it in place."
    )
    ask(bench, task_id)
    assert refused(bench, ConflictError, next_version, task_id, url=TWO) == (
        f"Task {name} is with its approvers. Wait for them, or withdraw the request first."
    )
    decide_all(bench, task_id, "rejected", "No.")
    [first] = rows(bench, task_id)
    next_version(bench, task_id, url=TWO)
    with pytest.raises(ConflictError) as caught, bench.writing("ana") as tx:
        versions.new_version(tx, first.deliverable_id, url=TWO)
    assert caught.value.message == "“draft”, version 1 is not the newest: go on from version 2."


@pytest.mark.parametrize("act", [edit, next_version])
def test_a_task_that_is_over_hands_nothing_over(bench: Bench, act):
    task_id = judged(bench)
    bench.change(task_id, status=TaskStatus.CANCELLED, closed_at=NOW)
    assert refused(bench, ConflictError, act, task_id, url=TWO) == (
        f"Task {bench.task(task_id).name} is “Cancelled”: what it hands over cannot be changed any more."
    )


def test_a_judged_version_never_changes(bench: Bench):
    task_id = judged(bench)
    assert refused(bench, FrozenVersionError, edit, task_id, url=TWO) == (
        "“draft”, version 1 was judged and never changes. Hand over a new version."
    )


def test_what_is_edited_is_told_and_what_is_not_given_stays(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.change(task_id, bundle_id="bnd_1")
    edit(bench, task_id, meta={"pages": 3})
    edit(bench, task_id, url=TWO)
    edit(bench, task_id)
    [row] = rows(bench, task_id)
    assert (row.deliverable_url, row.meta) == (TWO, {"pages": 3})
    event = last(bench, task_id, Action.DELIVERABLE_EDITED)
    assert event.summary == f"“draft”, version 1 of {bench.task(task_id).name} changed"
    assert event.bundle_id == "bnd_1"


def test_a_file_is_kept_as_what_the_task_hands_over(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.change(task_id, bundle_id="bnd_1")
    edit(bench, task_id, blob=BLOB, file_name="drafts/two.pdf", content_type="application/pdf")
    [row] = rows(bench, task_id)
    with bench.reading() as tx:
        kept = tx.get(Artifact, row.artifact_id)
    assert (row.sha256, row.deliverable_url) == (BLOB.sha256, "https://docs.example/draft")
    assert (kept.role, kept.type, kept.label) == (ArtifactRole.OUTPUT, "text", "draft")
    assert (kept.file_name, kept.content_type) == ("two.pdf", "application/pdf")
    assert (kept.sha256, kept.size_bytes) == (BLOB.sha256, 1200)
    with bench.reading() as tx:
        [tie] = tx.find(ArtifactLink, artifact_id=row.artifact_id)
    assert (tie.task_id, tie.bundle_id) == (task_id, "bnd_1")


def test_a_file_of_a_new_version_is_kept_as_it_came(bench: Bench):
    task_id = judged(bench)
    row = next_version(bench, task_id, blob=BLOB, file_name="two.pdf", content_type="application/pdf")
    with bench.reading() as tx:
        kept = tx.get(Artifact, row.artifact_id)
    assert (kept.file_name, kept.content_type) == ("two.pdf", "application/pdf")


def test_who_has_looked_at_an_earlier_revision_changes_nothing(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    [row] = rows(bench, task_id)
    refused(bench, StaleWriteError, edit, task_id, url=TWO, revision=row.revision - 1)
    assert edit(bench, task_id, url=TWO, revision=row.revision).deliverable_url == TWO


def test_what_approvers_look_at_keeps_its_name_and_who_sees_it(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    edit(bench, task_id, blob=BLOB, file_name="a.pdf")
    edit(bench, task_id, blob=BLOB, file_name="b.pdf")
    ask(bench, task_id)
    name = bench.task(task_id).name
    assert refused(bench, ConflictError, edit, task_id, blob=BLOB, file_name="c.pdf") == (
        f"{name} is with its approvers, and “draft”, version 1 holds this very file already. "
        "Withdraw the request first."
    )
    edit(bench, task_id, blob=OTHER, file_name="d.pdf")
    change(bench, task_id, source=ItemSource.AD_HOC)
    assert refused(bench, ConflictError, edit, task_id, visible_in_portal=False) == (
        f"{name} is with its approvers, and whether the partner sees “draft”, version 1 cannot change now. "
        "Withdraw the request first."
    )
    edit(bench, task_id, visible_in_portal=True)


def test_approvers_are_not_left_with_nothing_to_judge(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    assert refused(bench, ConflictError, edit, task_id, url=" ") == (
        "“draft”, version 1 is with its approvers: give another address, or withdraw the request first."
    )
    edit(bench, task_id, blob=BLOB, file_name="a.pdf", url=TWO)
    edit(bench, task_id, url="")
    [row] = rows(bench, task_id)
    assert (row.deliverable_url, row.sha256) == (None, BLOB.sha256)
    edit(bench, task_id, url="")


def test_a_version_that_a_decision_asked_for_is_not_taken_back(bench: Bench):
    task_id = judged(bench)
    next_version(bench, task_id, url=TWO)
    assert refused(bench, ConflictError, edit, task_id, url="") == (
        "“draft”, version 2 follows a version that was judged, and so is judged, too: give another address."
    )


def test_a_first_version_may_be_taken_back_before_anybody_is_asked(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    edit(bench, task_id, url="")
    edit(bench, task_id, url="")
    assert not rows(bench, task_id)[0].is_submitted


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "“draft”, version 1 comes from the template, which says whether the partner sees it."),
        (
            {"source": ItemSource.AD_HOC, "delivered_at": NOW},
            "“draft” was delivered to the partner already: it cannot be hidden any more.",
        ),
        (
            {"source": ItemSource.AD_HOC, "post_decision_change": True},
            APPROVED_AS_SHOWN,
        ),
    ],
)
def test_whether_the_partner_sees_it_is_settled_by_template_delivery_and_approval(
    bench: Bench, fields, words: str
):
    task_id = with_deliverable(bench, PORTAL, "draft")
    change(bench, task_id, **fields)
    assert refused(bench, ConflictError, edit, task_id, visible_in_portal=False) == words
    assert edit(bench, task_id, visible_in_portal=True).visible_in_portal


def test_what_an_earlier_version_showed_the_partner_stays_shown(bench: Bench):
    task_id = judged(bench, source=ItemSource.AD_HOC, delivered_at=NOW)
    next_version(bench, task_id, url=TWO)
    assert "was delivered" in refused(bench, ConflictError, edit, task_id, visible_in_portal=False)


def test_whose_work_it_is_grows_with_everybody_who_gave_content_to_it(bench: Bench):
    task_id = with_deliverable(bench, BOTH, "draft")
    ana, mara, olga = (bench.actors[name].user_id for name in ("ana", "mara", "olga"))
    assert rows(bench, task_id)[0].authors == [ana]
    edit(bench, task_id, by="mara", url="https://docs.example/draft", meta={})
    assert rows(bench, task_id)[0].authors == [ana], "nothing was given to it"
    edit(bench, task_id, by="mara", meta={"pages": 3})
    edit(bench, task_id, by="olga", blob=BLOB, file_name="a.pdf")
    edit(bench, task_id, by="ana", url=TWO)
    assert rows(bench, task_id)[0].authors == [ana, mara, olga]


def test_whoever_changes_nothing_is_none_of_its_authors(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    change(bench, task_id, authors=[])
    edit(bench, task_id, by="mara")
    assert rows(bench, task_id)[0].authors == []
    task_id = judged(bench)
    next_version(bench, task_id, url=TWO)
    edit(bench, task_id, by="mara")
    assert rows(bench, task_id)[-1].authors == [bench.actors["ana"].user_id]


def test_what_is_handed_over_by_its_address_on_this_board_stays_the_work_of_those_who_did_it(bench: Bench):
    other = judged(bench)
    bench.change(other, worked_by=["emp_other"])
    change(bench, other, authors=["usr_other"], sha256="c" * 64)
    address = f"/deliverables/{rows(bench, other)[0].deliverable_id}/file"
    task_id = with_deliverable(bench, INTERNAL, "draft")
    row = edit(bench, task_id, by="mara", url=address)
    assert row.deliverable_url == address
    assert row.authors == [bench.actors[name].user_id for name in ("ana", "mara")] + ["usr_other"]
    assert "emp_other" in bench.task(task_id).worked_by


def test_an_address_of_this_board_that_may_show_something_else_is_not_handed_over(bench: Bench):
    """S4."""
    task_id = with_deliverable(bench, INTERNAL, "draft", "photo")
    draft, photo = rows(bench, task_id)
    change(bench, task_id)
    with pytest.raises(BadRequestError) as caught, bench.writing("ana") as tx:
        versions.edit(tx, draft.deliverable_id, url=f"/deliverables/{photo.deliverable_id}/file")
    assert caught.value.details[0]["field"] == "url"


def test_who_brought_the_same_bytes_before_is_one_of_its_authors(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft", "copy")
    copy, draft = rows(bench, task_id)
    with bench.writing("mara") as tx:
        versions.edit(tx, copy.deliverable_id, blob=BLOB, file_name="a.pdf")
    with bench.writing("ana") as tx:
        row = versions.edit(tx, draft.deliverable_id, blob=BLOB, file_name="b.pdf")
    assert set(row.authors) == {bench.actors[name].user_id for name in ("ana", "mara")}


def test_work_that_is_handed_over_before_it_began_is_its_assignees(bench: Bench):
    task_id = bench.make(assignee="ana")
    bench.parts(task_id, {"ref": "draft", "type": "text"})
    assert bench.task(task_id).worked_by == []
    edit(bench, task_id, url=TWO)
    assert bench.task(task_id).worked_by == [bench.employee_id("ana")]


def test_facts_are_held_against_their_definition_once_something_is_handed_over(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"ref": "draft", "type": "text", "meta_schema": {"pages": "integer", "at": "url"}})
    edit(bench, task_id, by="mara", meta={"pages": "many"})
    with pytest.raises(BadRequestError) as caught:
        edit(bench, task_id, by="mara", url=TWO, meta={"pages": "many", "at": 5})
    assert [detail["field"] for detail in caught.value.details] == ["meta.at", "meta.pages"]
    assert [detail["message"] for detail in caught.value.details] == [
        "5 is not of type 'string'",
        "'many' is not of type 'integer'",
    ]
    assert caught.value.message == (
        "The facts about “draft” do not fit. meta.at: 5 is not of type 'string'. "
        "meta.pages: 'many' is not of type 'integer'."
    )


def test_facts_that_do_not_fit_are_refused_with_a_first_file_too(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"ref": "draft", "type": "text", "meta_schema": {"pages": "integer"}})
    fields = {"blob": BLOB, "file_name": "a.pdf", "meta": {"pages": "many"}}
    assert "do not fit" in refused(bench, BadRequestError, edit, task_id, by="mara", **fields)


def test_facts_have_a_limit(bench: Bench):
    [row] = rows(bench, with_deliverable(bench, INTERNAL, "draft"))
    versions.check_meta(row, {"x": "y" * (50_000 - len("{'x': ''}"))})
    with pytest.raises(BadRequestError) as caught:
        versions.check_meta(row, {"x": "y" * (50_001 - len("{'x': ''}"))})
    assert caught.value.message == "meta: all facts together have at most 50000 characters."
    assert caught.value.details[0]["field"] == "meta"


def test_a_worker_adds_what_the_template_does_not_have(bench: Bench):
    task_id = bench.make(assignee="ana")
    bench.change(task_id, bundle_id="bnd_1")
    with bench.writing("ana") as tx:
        row = versions.add(tx, task_id, "photo", type=" photo_set ", required=True, visible_in_portal=True)
    assert [row] == rows(bench, task_id)
    assert row.model_dump(exclude_defaults=True) == {
        "deliverable_id": row.deliverable_id,
        "workspace_id": bench.workspace_id,
        "task_id": task_id,
        "ref": "photo",
        "type": "photo_set",
        "source": ItemSource.AD_HOC,
        "visible_in_portal": True,
        "created_by": bench.actors["ana"].user_id,
        "created_at": NOW,
        "updated_at": NOW,
    }
    event = last(bench, task_id, Action.DELIVERABLE_CREATED)
    assert event.after == {"ref": "photo", "type": "photo_set", "required": True}
    assert event.summary == f"Deliverable “photo” added to {bench.task(task_id).name}"
    assert event.bundle_id == "bnd_1"
    with bench.writing("ana") as tx:
        other = versions.add(tx, task_id, "note", type="n" * 96, description=" " + "x" * 4999)
    assert (other.description, other.required, other.visible_in_portal) == ("x" * 4999, False, False)


NAME = "give a short name of lower-case letters, digits and _, and a type"


@pytest.mark.parametrize(
    ("ref", "more", "field", "words"),
    [
        ("Photo", {}, "ref", NAME),
        ("photo", {"type": " "}, "ref", NAME),
        ("photo", {"type": "t" * 96}, "ref", NAME),
        ("photo", {"description": "x" * 5001}, "description", "at most 5000 characters are kept"),
        ("draft", {}, "ref", "task {} has a deliverable 'draft' already; choose another name"),
    ],
)
def test_what_is_added_needs_a_name_of_its_own_and_a_type(
    bench: Bench, ref: str, more: dict, field: str, words: str
):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    with pytest.raises(BadRequestError) as caught, bench.writing("ana") as tx:
        versions.add(tx, task_id, ref, **{"type": "photo", **more})
    [detail] = caught.value.details
    assert (detail["field"], detail["message"]) == (field, words.format(bench.task(task_id).name))


def test_two_tasks_may_have_deliverables_of_one_name(bench: Bench):
    with_deliverable(bench, INTERNAL, "photo")
    task_id = bench.make(assignee="ana")
    with bench.writing("ana") as tx:
        assert versions.add(tx, task_id, "photo", type="photo").ref == "photo"
