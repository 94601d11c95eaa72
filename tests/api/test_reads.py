"""What GET answers: whom it shows what, in which shape, and as what it answers what is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from engine.artifacts.models import Artifact
from engine.bundles import describe
from engine.bundles.models import Bundle
from engine.executions.models import Execution
from engine.jobs import putting
from engine.jobs.models import Lane
from engine.qa.models import QaReview
from engine.reference.models import Employee
from engine.reminders.models import Reminder, ReminderState, ReminderType
from engine.tasks import queries
from tests.api.reading import *  # noqa: F403 - fixtures
from tests.api.reading import Ask, address, check_shape, filled, listed, parents, rows
from tests.factories import do
from tests.told import saved
from tests.web.conftest import begun
from web.api import reads
from web.api.resources import RESOURCES

WHO = ("operator", "mara", "sam", "ana", "pat")
#: What a list answers to an admin, a manager, a strategist, a member and a partner's user.
LISTS: dict[str, tuple[int, ...]] = {
    "tasks": (200, 200, 200, 200, 403),
    "tasks/steps": (200, 200, 200, 200, 404),
    "tasks/proofs": (200, 200, 200, 200, 404),
    "tasks/notes": (200, 200, 200, 200, 404),
    "tasks/deliverables": (200, 200, 200, 200, 404),
    "tasks/approvals": (200, 200, 200, 200, 404),
    "tasks/files": (200, 200, 200, 200, 404),
    "tasks/reviews": (200, 200, 200, 200, 404),
    "tasks/history": (200, 200, 200, 200, 404),
    "tasks/reminders": (200, 200, 200, 200, 404),
    "bundles": (200, 200, 200, 200, 403),
    "bundles/links": (200, 200, 200, 200, 404),
    "bundles/tasks": (200, 200, 200, 200, 404),
    "bundles/history": (200, 200, 200, 200, 404),
    "deliverables/comments": (200, 200, 200, 200, 404),
    "deliverables/history": (200, 200, 200, 200, 404),
    "approvals": (200, 200, 200, 200, 200),
    "templates": (200, 200, 200, 200, 403),
    "recipes": (200, 200, 200, 200, 403),
    "tickets": (200, 200, 200, 200, 403),
    "task-types": (200, 200, 200, 200, 403),
    "employees": (200, 200, 200, 403, 403),
    "employees/absences": (200, 200, 200, 403, 404),
    "partners": (200, 200, 200, 403, 403),
    "campaigns": (200, 200, 200, 403, 403),
    "campaigns/attachments": (200, 200, 200, 403, 404),
    "absences": (200, 200, 200, 200, 403),
    "users": (200, 200, 200, 403, 403),
    "sessions": (200, 200, 200, 200, 200),
    "schedules": (200, 200, 200, 403, 403),
    "schedules/starts": (200, 200, 200, 404, 404),
    "reminders": (200, 200, 200, 200, 403),
    "tasks/executions": (200, 200, 200, 200, 404),
    "tasks/outputs": (200, 200, 200, 200, 404),
    "worklogs": (200, 200, 200, 403, 200),
    "reports": (200, 200, 200, 200, 403),
    "proposals": (200, 200, 200, 403, 403),
    "proposals/files": (200, 200, 200, 404, 404),
    "qa": (200, 200, 403, 403, 403),
    # Who is no employee has no work that is scored.
    "reviews": (400, 200, 400, 200, 403),
    "inbox": (200, 200, 200, 200, 200),
    "feeds": (200, 200, 200, 200, 403),
    "tokens": (200, 200, 200, 200, 200),
    "exports": (200, 200, 403, 403, 403),
    # There are none of this workspace (test_exports).
    "exports/files": (404, 404, 403, 403, 404),
    "jobs": (200, 403, 403, 403, 403),
    "webhooks": (200, 403, 403, 403, 403),
    "webhooks/deliveries": (200, 404, 404, 404, 404),
}
#: Words of the team that a partner's user reads nowhere: tasks, people, notes, what feedback the team gave.
INTERNAL = ("tsk_", "emp_", "Ana", "Mara", "mara@", "requested_by", "authors", "workspace_id", "made_body")


def test_each_list_is_for_whom_the_page_of_it_is(asking, everybody, subjects):
    of, asks = parents(subjects), {who: asking(everybody[who]) for who in WHO}
    answered = {
        path: tuple(asks[who](address(resource, of)).status_code for who in WHO)
        for path, resource in listed()
    }
    assert answered == LISTS


def _items(ask: Ask, of: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the address of everything that somebody finds in lists, with the path of its resource."""
    for path, resource in listed():
        answer = ask(address(resource, of))
        if answer.status_code == 200 and resource.find is not None:
            yield from (
                (path, f"{address(resource, of)}/{row[resource.key]}") for row in rows(answer, resource)
            )


@pytest.mark.few(2)
@pytest.mark.parametrize("who", WHO)
def test_lists_and_items_have_the_shape_that_is_told(asking, everybody, subjects, who):
    ask, of = asking(everybody[who]), parents(subjects)
    for path, resource in listed():
        answer = ask(address(resource, of))
        if answer.status_code == 200:
            check_shape(answer.json, resource.list_schema)
            assert answer.json["total"] >= len(rows(answer, resource)), path
    for path, item in _items(ask, of):
        answer = ask(item)
        assert answer.status_code == 200, (item, answer.text)
        check_shape(answer.json, RESOURCES[path].schema)


def test_of_everything_there_is_something_to_look_at(asking, everybody, subjects):
    """Else the tests that go through all of it would look at nothing."""
    found = {path for path, _ in _items(asking(everybody["operator"]), parents(subjects))}
    found |= {path for path, _ in _items(asking(everybody["mara"]), parents(subjects))}
    found |= {path for path, _ in _items(asking(everybody["ana"]), parents(subjects))}
    kept = {path for path, resource in listed() if resource.has_items}
    # Nobody works or has signed in there, is away or reminded; scores are looked at below.
    unknown = {
        "exports",
        "exports/files",
        "sessions",
        "reminders",
        "employees/absences",
        "tasks/reviews",
        "tasks/executions",
        "tasks/outputs",
        "reviews",
    }
    assert kept - found == unknown


def test_what_a_list_of_records_says_of_one_its_item_says(asking, everybody, subjects):
    ask, of = asking(everybody["mara"]), parents(subjects)
    for _, resource in listed():
        answer = ask(address(resource, of))
        if answer.status_code != 200 or resource.find is None or resource.describe_listed is not None:
            continue
        for row in rows(answer, resource)[:3]:
            assert ask(f"{address(resource, of)}/{row[resource.key]}").json == row


def test_a_partners_user_reads_nothing_of_how_the_work_is_done(asking, everybody, subjects):
    ask, of = asking(everybody["pat"]), parents(subjects)
    shown = f"/deliverables/{subjects.shown}"
    answers = [ask(address(resource, of)).text for _, resource in listed() if resource.for_partners]
    answers += [ask(item).text for _, item in _items(ask, of)]
    answers += [ask(shown).text, ask(f"{shown}/comments").text, ask("/message-settings/me").text]
    assert ask(shown).status_code == 200
    own = {everybody["pat"].user_id, "pat@example.com"}
    found = {word for word in INTERNAL for text in answers if word in text and not own & {word}}
    # Sessions and message settings are records of their own.
    assert found <= {"workspace_id"}
    assert "workspace_id" not in ask(shown).text


def test_what_is_nobodys_and_what_is_hidden_are_answered_alike(asking, everybody, subjects):
    """Somebody who sees nothing of the work asks for each record that a manager finds (UPD-28)."""
    of = parents(subjects)
    seen = {path: item for path, item in _items(asking(everybody["mara"]), of) if "/" not in path}
    hidden = {path: item for path, item in seen.items() if path in ("tasks", "bundles", "approvals")}
    assert len(hidden) == 3
    bot = asking(everybody["bot"])
    for item in hidden.values():
        begin, _, name = item.rpartition("/")
        nowhere = name[:-4] + "ZZZZ"
        answers = [bot(f"{begin}/{one}") for one in (name, nowhere)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json["error"]["code"] == "NOT_FOUND"
        assert answers[0].text.replace(name, "") == answers[1].text.replace(nowhere, "")


def test_a_record_is_found_below_its_own_parent_alone(asking, everybody, subjects):
    ask, of = asking(everybody["mara"]), parents(subjects)
    others = {**of, "tasks": subjects.to_score, "deliverables": subjects.shown}
    for path, item in _items(ask, of):
        parent = RESOURCES[path].parent
        if parent in ("tasks", "deliverables"):
            moved = item.replace(of[parent], others[parent])
            assert ask(moved).status_code == 404, moved


def test_a_task_is_found_by_each_of_its_ids(asking, everybody, subjects):
    ask = asking(everybody["mara"])
    task = ask(f"/tasks/{subjects.task}").json
    names = (task["task_number"], f"%23{task['task_number']}", task["task_uuid"])
    assert [ask(f"/tasks/{name}").json["task_id"] for name in names] == [subjects.task] * 3
    assert ask(f"/tasks/{task['task_number']}/notes").status_code == 200


def test_a_bundle_is_told_as_the_command_line_tells_it(asking, everybody, subjects, populated):
    with populated.reading(everybody["mara"]) as tx:
        told = describe.describe(tx, tx.get(Bundle, subjects.bundle))
    assert asking(everybody["mara"])(f"/bundles/{subjects.bundle}").json == told


def test_statistics_are_the_engines_of_what_one_sees(asking, everybody, populated):
    for who in ("mara", "ana"):
        answer = asking(everybody[who])("/tasks/stats")
        with populated.reading(everybody[who]) as tx:
            found = queries.statistics(tx)
        assert answer.json["by_status"] == {status.value: count for status, count in found.by_status.items()}
        assert answer.json["overdue"] == found.overdue
        check_shape(answer.json, reads.task_resources.STATISTICS)
    assert asking(everybody["pat"])("/tasks/stats").status_code == 403


def test_a_template_is_told_for_a_campaign_too(asking, everybody):
    ask = asking(everybody["ana"])
    told = ask("/templates/blog_post").json
    assert told["template"]["key"] == "blog_post"
    assert set(told["origins"]["/name"]) == {"level", "file", "line", "commit"}
    assert ask("/templates/blog_post?campaign=acme_spring").status_code == 200
    assert ask("/templates/nothing").json["error"]["code"] == "TEMPLATE_NOT_FOUND"
    assert ask("/templates/blog_post?person=ana").json["error"]["code"] == "UNKNOWN_FIELD"


def test_a_report_takes_its_filters_and_no_others(asking, everybody):
    ask = asking(everybody["mara"])
    answer = ask("/reports/rejections?from=2026-11-01&to=2026-11-30")
    assert answer.status_code == 200, answer.text
    assert ask("/reports/rejections?from=2026-11-30&to=2026-11-01").json["error"]["code"] == "BAD_REQUEST"
    assert ask("/reports/late?from=2026-11-01").json["error"]["code"] == "UNKNOWN_FIELD"
    assert ask("/reports/gossip").json["error"]["code"] == "NOT_FOUND"


def test_scores_are_read_by_whose_work_it_was_and_by_who_sees_all_work(asking, everybody, populated):
    with populated.reading(populated.operator()) as tx:
        score = next(one for one in tx.find(QaReview) if one.employee_id)
        key = tx.get(Employee, score.employee_id or "").key
    own = f"/tasks/{score.task_id}/reviews"
    for who, place, status in (
        ("mara", own, 200),
        ("mara", f"/reviews?employee={key}", 200),
        ("sam", f"/reviews?employee={key}", 200),
        ("ben", f"/reviews?employee={key}", 200 if key == "ben" else 403),
        ("pat", f"/reviews?employee={key}", 403),
    ):
        answer = asking(everybody[who])(place)
        assert answer.status_code == status, (who, place, answer.text)
        if status == 200:
            assert score.task_qa_review_id in {one["task_qa_review_id"] for one in answer.json["reviews"]}
    others = "ben" if key != "ben" else "ana"
    assert asking(everybody[others])(f"/reviews/{score.task_qa_review_id}").status_code == 404
    assert (
        asking(everybody["mara"])(f"{own}/{score.task_qa_review_id}").json["reviewer_id"] == score.reviewer_id
    )


def test_why_somebody_is_away_they_and_managers_are_told(asking, everybody, subjects, populated):
    given = {"first_day": "2026-12-01", "last_day": "2026-12-02", "kind": "sick", "note": "A cold."}
    do(populated, everybody["mara"], "employee away", employee_id=subjects.person, **given)
    told = {
        who: asking(everybody[who])("/absences").json["absences"] for who in ("mara", "sam", "ana", "ben")
    }
    assert {who: [(one["kind"], one["note"]) for one in some][-1:] for who, some in told.items()} == {
        "mara": [("sick", "A cold.")],
        "sam": [(None, None)],
        "ana": [("sick", "A cold.")],
        "ben": [],
    }
    [of_hers] = asking(everybody["sam"])(f"/employees/{subjects.person}/absences").json["absences"]
    check_shape(of_hers, RESOURCES["absences"].schema)
    for place in ("/absences", f"/employees/{subjects.person}/absences"):
        assert asking(everybody["sam"])(f"{place}/{of_hers['absence_id']}").json == of_hers
    assert asking(everybody["ben"])(f"/absences/{of_hers['absence_id']}").status_code == 404


def test_sessions_are_ones_own_and_an_admins_to_look_at(asking, everybody, populated):
    begun(populated, everybody["ana"].user_id)
    [own] = asking(everybody["ana"])("/sessions").json["sessions"]
    assert "token_hash" not in own
    check_shape(own, RESOURCES["sessions"].schema)
    place = f"/sessions/{own['session_id']}"
    assert [asking(everybody[who])(place).status_code for who in ("ana", "operator", "mara")] == [
        200,
        200,
        404,
    ]
    named = "/sessions?user=ana@example.com"
    answers = [asking(everybody[who])(named) for who in ("operator", "mara", "ana")]
    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert answers[0].json["sessions"] == [own]


def test_whoever_asks_reads_who_they_are_and_members_nobody_else(asking, everybody):
    for name in ("mara", "ana"):
        answer = asking(everybody[name])("/users/me")
        assert answer.status_code == 200, answer.text
        assert answer.json["email"] == f"{name}@example.com"
        assert answer.json["roles"]
    assert asking(everybody["ana"])("/users/mara@example.com").status_code == 403
    assert asking(everybody["pat"])("/users/me").status_code == 404


def test_jobs_are_listed_page_by_page(asking, everybody, populated):
    facts = {"args": {}, "not_before": populated.clock.now(), "lane": Lane(name="tests"), "max_attempts": 1}
    with populated.transaction(populated.operator()) as tx:
        for number in range(5):
            putting.put(tx, "fetch_content", key=f"job {number}", **facts)
    ask = asking(everybody["operator"])
    with populated.transaction(populated.operator()) as tx:
        before = len(tx.find(Execution))  # each has a job
    first = ask("/jobs?limit=2").json
    with populated.transaction(populated.operator()) as tx:
        putting.put(tx, "fetch_content", key="later", **facts)
    second = ask(f"/jobs?limit=2&cursor={first['next']}").json
    third = ask(f"/jobs?limit=100&cursor={second['next']}").json
    ids = [one["job_id"] for page in (first, second, third) for one in page["jobs"]]
    assert len(ids) == len(set(ids)) == first["total"] == 5 + before
    assert (ids, third["next"]) == (sorted(ids, reverse=True), None)
    check_shape(first, RESOURCES["jobs"].list_schema)
    assert ask(f"/jobs/{ids[0]}").json == first["jobs"][0]
    assert ask("/jobs?status=nothing").json["error"]["code"] == "BAD_REQUEST"


def test_a_file_is_handed_out_as_a_download(asking, everybody, subjects, populated):
    ask = asking(everybody["mara"])
    [kept] = [
        one for one in rows(ask(f"/tasks/{subjects.task}/files"), RESOURCES["tasks/files"]) if one["sha256"]
    ][:1]
    answer = ask(f"/artifacts/{kept['artifact_id']}/content")
    with populated.reading(everybody["mara"]) as tx:
        sha256 = tx.get(Artifact, kept["artifact_id"]).sha256
    with populated.blobs.open(sha256) as stream:
        assert answer.data == stream.read()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert asking(everybody["bot"])(f"/artifacts/{kept['artifact_id']}/content").status_code == 404


def test_names_are_answered_in_camel_case_where_that_is_asked_for(asking, everybody, subjects):
    ask = asking(everybody["mara"])
    told = ask(f"/tasks/{subjects.task}?case=camel").json
    assert told["taskId"] == subjects.task
    assert ask("/tasks?dueBefore=2027-01-01&case=camel").json["tasks"][0]["taskNumber"]


def test_nobody_reads_without_saying_who_they_are(app: Flask):
    for path, resource in listed():
        answer = app.test_client().get(f"/api{address(resource, filled())}")
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "UNAUTHORIZED"), path


def test_no_address_is_left_out(app: Flask):
    """Each resource has its list and its items, and no other read beside statistics and queue."""
    shown = {str(rule.rule) for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    expected = {"/api/tasks/stats", "/api/tasks/queue"}
    for resource in RESOURCES.values():
        begin = f"/api/{resource.parent}/<parent_id>" if resource.parent else "/api"
        place = f"{begin}/{resource.name}"
        expected |= {place} if resource.list else set()
        expected |= {f"{place}/<record_id>"} if resource.has_items else set()
        expected |= {place} if resource.is_sole else set()
        expected |= {f"{place}/<record_id>/content"} if resource.file_of else set()
    assert expected <= shown


def test_a_remark_of_the_team_is_hidden_from_the_partner_whom_its_version_was_shown_to(
    asking, everybody, subjects, populated
):
    place = f"/deliverables/{subjects.shown}/comments"
    given = {"deliverable_id": subjects.shown, "body": "Between us."}
    made = do(populated, everybody["mara"], "deliverable comment", **given)
    mara, pat = asking(everybody["mara"]), asking(everybody["pat"])
    assert made.deliverable_comment_id in mara(place).text
    assert mara(f"{place}/{made.deliverable_comment_id}").status_code == 200
    assert pat(place).status_code == 200
    assert "Between us." not in pat(place).text
    assert pat(f"{place}/{made.deliverable_comment_id}").status_code == 404


def test_a_draft_of_somebody_else_is_not_there(asking, everybody, subjects):
    own, others = asking(everybody["mara"]), asking(everybody["sam"])
    for place in (f"/proposals/{subjects.draft}", f"/proposals/{subjects.draft}/files"):
        assert own(place).status_code == 200
        assert others(place).status_code == 404
    assert subjects.draft not in others("/proposals").text
    [file] = own(f"/proposals/{subjects.draft}/files").json["files"]
    assert others(f"/proposals/{subjects.proposal}/files/{file['proposed_file_id']}").status_code == 404


def test_a_reminder_that_stands_in_ones_inbox_is_ones_own(asking, everybody, subjects, populated):
    with populated.transaction(everybody["mara"]) as tx:
        reminder = next(one for one in tx.find(Reminder))
        reminder.user_id, reminder.task_id = everybody["ana"].user_id, subjects.task
        reminder.state, reminder.type = ReminderState.SENT, ReminderType.RECURRING
        saved(tx, reminder)
    place = f"/reminders/{reminder.reminder_id}"
    answer = asking(everybody["ana"])("/reminders")
    check_shape(answer.json, RESOURCES["reminders"].list_schema)
    assert asking(everybody["ana"])(place).json in answer.json["reminders"]
    assert asking(everybody["mara"])(place).status_code == 404


def test_what_cannot_be_read_is_left_out_of_a_list_and_breaks_no_page(asking, everybody, populated):
    ask = asking(everybody["mara"])
    whole = [one["task_id"] for one in ask("/tasks?sort=created_at&limit=100").json["tasks"]]
    with populated.database.write() as connection:
        table = populated.database.sql_table("tasks")
        broken = table.c.task_id == whole[2]
        connection.execute(table.update().where(broken).values(document='{"task_id": 1}'))
    found, cursor = list[str](), ""
    while cursor is not None:
        page = ask(f"/tasks?sort=created_at&limit=2{cursor}").json
        found += [one["task_id"] for one in page["tasks"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert found == [one for one in whole if one != whole[2]]
