"""The story of finished work: first version, guidance then, feedback, second version, delivery (AUD-06)."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from engine.access import ActorKind
from engine.audit.models import Action, Event
from engine.bundles import service as bundles
from engine.corrections import undo
from engine.deliverables.models import ApprovalStatus
from engine.errors import NotFoundError
from engine.reference import service as reference
from engine.reports import story
from engine.reports.entries import Kind, kind_of, summary_of
from engine.tasks import assignment, human_review, lifecycle, steps, update
from engine.tasks.models import Task
from tests.factories import PEOPLE, make_task
from tests.reported import FIRST, SECOND, TOO_THIN, Case

#: What happens to people, partners and the workspace, and never to a piece of work.
ABOUT_OTHERS = {
    Action.WORKSPACE_CREATED,
    Action.USER_ADDED,
    Action.USER_CHANGED,
    Action.SIGN_IN_LINK_MADE,
    Action.USER_SIGNED_IN,
    Action.EMPLOYEE_CHANGED,
    Action.PARTNER_CHANGED,
    Action.CAMPAIGN_CHANGED,
}


def test_a_finished_task_tells_versions_guidance_decisions_and_delivery(either_case: Case):
    task = either_case.finished_article()
    told = either_case.ask("mara", story.of_task, task.task_id)
    first, second = told.versions
    assert (told.partner, told.status) == ("Acme", "completed")
    assert (first.address, first.facts["word_count"], first.authors) == (FIRST, 900, ("Ana",))
    assert [item.label for item in first.guidance.attachments] == ["Brand guidelines"]
    assert "tone" in first.guidance.rules
    [rejected] = first.decisions
    assert (rejected.status, rejected.decided_by, rejected.feedback) == (
        ApprovalStatus.REJECTED,
        "Mara",
        TOO_THIN,
    )
    assert rejected.evidence is None
    assert rejected.evidence_failure == "the site did not answer"
    assert rejected.content_hash == first.content_hash
    assert rejected.is_unchanged is True
    assert [item.label for item in rejected.guidance.attachments] == ["Brand guidelines"]
    assert first.delivered_at is None

    assert [item.label for item in second.guidance.attachments] == ["Brand guidelines", "Data sheet"]
    assert second.handed_over_at > second.guidance.attachments[1].added_at > rejected.decided_at
    inside, partner = second.decisions
    assert (inside.source, partner.source) == ("internal", "portal")
    assert (partner.decided_by, partner.partner, partner.feedback) == ("Pat", "Acme", "Just right.")
    assert (partner.evidence.file_name, partner.evidence.url) == ("tent.html", SECOND)
    assert partner.evidence.size_bytes == len(b"<p>Dry for six hours</p>")
    assert partner.evidence.sha256 is not None
    assert partner.evidence.kept_at == partner.decided_at
    assert second.delivered_at == inside.decided_at
    assert partner.decided_at > second.delivered_at
    assert second.changed_after_approval is False


def test_the_entries_are_all_events_of_the_task_in_order_and_the_guideline_in_between(either_case: Case):
    task = either_case.finished_article()
    entries = either_case.ask("mara", story.of_task, task.task_id).entries
    assert [item.seq for item in entries] == sorted(item.seq for item in entries)
    events = either_case.ask("mara", lambda tx: tx.find(Event, task_id=task.task_id))
    own = {item.audit_event_id for item in entries if item.kind is not Kind.GUIDANCE}
    assert own == {event.audit_event_id for event in events}
    [late] = [item for item in entries if item.kind is Kind.GUIDANCE]
    assert (late.action, late.what, late.actor_name) == (
        Action.ATTACHMENT_ADDED,
        "Data sheet attached to Acme spring",
        "Mara",
    )
    places = [item.action for item in entries]
    rejected = places.index(Action.APPROVAL_DECIDED)
    assert (
        rejected
        < places.index(Action.ATTACHMENT_ADDED)
        < len(places) - places[::-1].index(Action.APPROVAL_DECIDED)
    )


def test_an_entry_says_who_what_and_what_changed_in_words(case: Case):
    task = case.finished_article()
    entries = case.ask("mara", story.of_task, task.task_id).entries
    by_action = {item.action: item for item in entries}
    decided = by_action[Action.APPROVAL_DECIDED]
    assert (decided.actor_name, decided.actor_kind, decided.words) == (
        "Pat",
        ActorKind.PARTNER_USER,
        "Just right.",
    )
    assert ("status", "pending", "approved") in [
        (item.field, item.before, item.after) for item in decided.changes
    ]
    copy = next(item for item in decided.changes if item.field == "copy of what was seen")
    assert copy.after == "tent.html"
    question = next(item for item in entries if item.what.startswith("Question on"))
    assert (question.words, question.actor_name) == ("Which of the two tents is meant?", "Ana")
    comment = by_action[Action.DELIVERABLE_COMMENTED]
    assert comment.words == "Say how long it dries."
    assert comment.what.endswith(task.name)
    assert "anchor" in {item.field for item in comment.changes}
    moved = [item.what for item in entries if item.action is Action.TASK_STATUS_CHANGED]
    assert f"{task.name} went from “In progress” to “Approval”" in moved
    text = " ".join(f"{change.before or ''} {change.after}" for item in entries for change in item.changes)
    assert not [mark for mark in ("usr_", "emp_", "tsk_", "dlv_", "{", "None", "null") if mark in text]


def test_changed_fields_are_told_by_their_names_and_values(case: Case):
    task = make_task(case.workbench, actor=case.people["mara"], assignee="ana")
    case.act("mara", assignment.assign, task.task_id, "ben")
    given = {"due_date": "2026-12-04", "tags": ["seo", "urgent"], "planned_minutes": 90}
    case.act("mara", lambda tx: update.update(tx, case.workbench.content(), task.task_id, given))
    entries = case.ask("mara", story.of_task, task.task_id).entries
    changes = {item.field: (item.before, item.after) for entry in entries[1:] for item in entry.changes}
    assert changes["assignee"] == ("Ana Alvarez", "Ben Brandt")
    assert changes["due date"] == ("nothing", "Fri 4 Dec 2026")
    assert changes["tags"] == ("nothing", "seo, urgent")
    assert changes["planned time"] == ("nothing", "1 h 30 min")


def test_where_a_task_stood_is_told_in_the_word_that_pages_have_for_it(case: Case):
    task = make_task(case.workbench, actor=case.people["mara"])
    with case.workbench.transaction(case.people["mara"]) as tx:
        lifecycle.defer(tx, task.task_id, tx.today + timedelta(days=3))
    with case.workbench.transaction(case.people["mara"]) as tx:
        act = tx.find(Event, task_id=task.task_id, action=Action.TASK_STATUS_CHANGED)[0].act_id
        undo.undo(tx, act)
    *_, moved, undone = case.ask("mara", story.of_task, task.task_id).entries
    assert moved.what == f"{task.name} went from “To do” to “Deferred”"
    assert undone.what == f"Undone: {moved.what}"
    assert ("status", "Deferred", "To do") in [(one.field, one.before, one.after) for one in undone.changes]


@pytest.mark.few(18)
@pytest.mark.parametrize("action", sorted(set(Action) - ABOUT_OTHERS))
def test_every_kind_of_event_about_a_task_is_told(case: Case, action: Action):
    task = make_task(case.workbench, actor=case.people["mara"])
    case.act(
        "mara", lambda tx: tx.record(action, tx.get(Task, task.task_id), "Something happened", reason="Why")
    )
    entries = case.ask("mara", story.of_task, task.task_id).entries
    assert len(entries) == 2
    told = entries[-1]
    assert (told.action, told.what, told.words, told.actor_name) == (
        action,
        "Something happened",
        "Why",
        "Mara",
    )
    assert told.kind is kind_of(action)


def test_the_story_of_a_deliverable_has_its_versions_and_nothing_of_other_parts(either_case: Case):
    task = either_case.finished_article()
    row = either_case.newest(task)
    told = either_case.ask("ana", story.of_deliverable, row.deliverable_id)
    assert [item.version_number for item in told.versions] == [1, 2]
    actions = {item.action for item in told.entries}
    assert {
        Action.DELIVERABLE_EDITED,
        Action.APPROVAL_REQUESTED,
        Action.APPROVAL_DECIDED,
        Action.DELIVERABLE_FROZEN,
        Action.DELIVERABLE_CREATED,
        Action.DELIVERABLE_DELIVERED,
        Action.DELIVERABLE_COMMENTED,
        Action.ATTACHMENT_ADDED,
        Action.ARTIFACT_ADDED,
    } <= actions
    assert not {Action.NOTE_ADDED, Action.STEP_COMPLETED, Action.QA_ROLLED} & actions


def test_the_story_of_a_bundle_holds_that_of_each_task(either_case: Case):
    task = either_case.finished_article()
    bundle_id = str(task.bundle_id)
    either_case.act("mara", bundles.set_stage, bundle_id, "announced")
    told = either_case.ask("mara", story.of_bundle, bundle_id)
    of_task = either_case.ask("mara", story.of_task, task.task_id)
    seqs = [item.seq for item in told.entries]
    assert seqs == sorted(set(seqs))
    assert {item.seq for item in of_task.entries} <= set(seqs)
    assert {Action.BUNDLE_CREATED, Action.BUNDLE_STAGE_CHANGED, Action.ATTACHMENT_ADDED} <= {
        item.action for item in told.entries
    }
    whole = either_case.ask("mara", lambda tx: tx.find(Event, bundle_id=bundle_id))
    assert {event.seq for event in whole} <= set(seqs)


def test_guidance_that_was_taken_off_is_told_for_the_time_it_was_there(case: Case):
    task = case.finished_article()
    told = case.ask("mara", story.of_task, task.task_id)
    _, other = case.begin_article()
    case.act("ana", lifecycle.start, other.task_id)
    case.hand_over(other, meta={"word_count": 900, "surfer_score": 61})
    bare = {**PEOPLE["campaigns"][0], "attachments": []}
    case.act("mara", reference.load, {**PEOPLE, "campaigns": [bare]})
    case.decide(other, "rejected", TOO_THIN)
    [version] = case.ask("mara", story.of_task, other.task_id).versions
    assert {item.label for item in version.guidance.attachments} == {"Brand guidelines", "Data sheet"}
    assert version.decisions[0].guidance.attachments == ()
    again = case.ask("mara", story.of_task, task.task_id)
    labels = [[item.label for item in version.guidance.attachments] for version in again.versions]
    assert labels == [[item.label for item in version.guidance.attachments] for version in told.versions]


def test_only_who_sees_the_work_reads_its_story(case: Case):
    task = case.make()
    row = case.newest(task)
    assert case.ask("ana", story.of_task, task.task_id).entries
    for who in ("ben", "pat"):
        with pytest.raises(NotFoundError):
            case.ask(who, story.of_task, task.task_id)
        with pytest.raises(NotFoundError):
            case.ask(who, story.of_deliverable, row.deliverable_id)
    bundle, _ = case.begin_article()
    with pytest.raises(NotFoundError):
        case.ask("pat", story.of_bundle, bundle.bundle_id)


def test_a_review_before_the_run_and_reopened_steps_are_told(case: Case):
    task = make_task(case.workbench, actor=case.people["ana"], requires_human_review=True)
    case.act("ana", steps.add_step, task.task_id, "Look twice")
    case.act("mara", human_review.approve, task.task_id, "Go ahead")
    case.act("mara", steps.complete_step, task.task_id, "added_1")
    case.act("mara", steps.reopen_step, task.task_id, "added_1")
    entries = case.ask("mara", story.of_task, task.task_id).entries
    reviewed = next(item for item in entries if item.action is Action.HUMAN_REVIEW_APPROVED)
    assert (reviewed.kind, reviewed.words) == (Kind.DECISION, "Go ahead")
    assert Action.STEP_REOPENED in {item.action for item in entries}


def test_the_story_as_data_names_everything_in_plain_json(case: Case):
    task = case.finished_article()
    data = case.ask("mara", story.of_task, task.task_id).as_data()
    assert (data["about"], data["title"]) == ("task", task.name)
    assert data["versions"][0]["decisions"][0]["status"] == "rejected"
    assert data["versions"][0]["handed_over_at"].endswith("Z")
    assert data["entries"][0]["action"] == "task_created"
    assert isinstance(data["entries"][0]["changes"], list)


def test_a_completion_says_how_late_it_was_in_the_end_and_by_the_first_deadline(case: Case):
    """T4: a moved deadline makes nothing on time that was promised for earlier."""
    workbench, mara = case.workbench, case.people["mara"]
    now = workbench.clock.now()
    task = make_task(workbench, actor=mara, deadline=(now - timedelta(hours=50)).isoformat())
    with workbench.transaction(mara) as tx:
        changes = {"deadline": (now + timedelta(days=1)).isoformat()}
        update.update(tx, workbench.content(), task.task_id, changes)
    with workbench.transaction(mara) as tx:
        lifecycle.start(tx, task.task_id)
        lifecycle.complete(tx, task.task_id)
    told = case.ask("mara", story.of_task, task.task_id).entries
    said = [(change.field, change.before, change.after) for entry in told for change in entry.changes]
    assert [found for found in said if "deadline" in found[0]][1:] == [
        ("against its deadline", None, "on time"),
        ("against its first deadline", None, "2 days 2 h late"),
    ]


def test_a_completion_by_the_deadline_that_was_never_moved_says_so_once(case: Case):
    workbench, mara = case.workbench, case.people["mara"]
    promised = (workbench.clock.now() + timedelta(minutes=5)).isoformat()
    task = make_task(workbench, actor=mara)
    with workbench.transaction(mara) as tx:
        update.update(tx, workbench.content(), task.task_id, {"deadline": promised})
    with workbench.transaction(mara) as tx:
        lifecycle.start(tx, task.task_id)
    workbench.clock.advance(minutes=40)
    with workbench.transaction(mara) as tx:
        lifecycle.complete(tx, task.task_id)
    told = case.ask("mara", story.of_task, task.task_id).entries
    said = [change for entry in told for change in entry.changes if "deadline" in change.field]
    assert [change.field for change in said] == ["deadline", "against its deadline"]
    assert said[-1].after == "35 min late"


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ("“to_do” from in_progress to to_do", "“to_do” from in progress to to do"),
        ("Post was started for 2026-11-27 with 1 task", "Post was started for Fri 27 Nov 2026 with 1 task"),
        ("#2 “Fly on 2026-12-27” is due on 2026-12-26", "#2 “Fly on 2026-12-27” is due on Sat 26 Dec 2026"),
        ("File report_final.pdf added", "File report_final.pdf added"),
        ("https://a.example/my_page?at=2026-02-01", "https://a.example/my_page?at=2026-02-01"),
        ("Due on 2026-02-30", "Due on 2026-02-30"),
        ("Pasted 2026-11-29 09.10.42.png added", "Pasted 2026-11-29 09.10.42.png added"),
        ("Moved to 2026-11-29 09:10", "Moved to Sun 29 Nov 2026 09:10"),
    ],
)  # fmt: skip
def test_a_sentence_is_told_in_words_and_what_people_named_as_they_wrote_it(summary: str, said: str):
    """D13."""
    assert summary_of(SimpleNamespace(action=Action.TASK_UPDATED, summary=summary, after=None)) == said


def test_a_roll_tells_what_came_of_it_not_which_number_it_was():
    rolled = SimpleNamespace(
        action=Action.QA_ROLLED,
        summary="The die with 20 sides fell on 18 for #7 “Draft for Ana”",
        after={"sides": 20, "result": 18},
    )
    assert (
        summary_of(rolled) == "#7 “Draft for Ana” was not chosen by chance, one in 20, to be looked at again"
    )
