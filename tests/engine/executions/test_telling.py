"""What tasks of the executors notification and reminder tell people: whom, in which words, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.catalog import executors as schemas
from engine.errors import BadRequestError
from engine.executions.executors.base import ExecutorError, Facts
from engine.executions.executors.reminder import Reminder
from engine.inbox import service as inbox
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office, told
from tests.factories import make_bundle

BEN = {"email": "ben@example.com"}


def _tell(office: Office, by: str = "ana", fields: Mapping[str, Any] | None = None, **config: Any) -> Task:
    settings = {"executor": "notification", "recipients": [BEN], "subject": "It is live", **config}
    task = office.make(by, config=settings, **(fields or {}))
    office.execute(task, by)
    office.work()
    return task


def _remind(office: Office, fields: Mapping[str, Any] | None = None, **config: Any) -> Task:
    settings = {"executor": "reminder", "recipients": [BEN], "message": "Call them", **config}
    task = office.make(config=settings, **(fields or {}))
    office.execute(task)
    office.work()
    return task


def _names(office: Office) -> list[str]:
    names = {actor.user_id: name for name, actor in office.people.items()}
    return [names[one.user_id] for one in told(office)]


def _inbox(office: Office, name: str) -> list[str]:
    with office.workbench.reading(office.people[name]) as tx:
        return [item.title for item in inbox.load(tx, shown=50).items if item.kind == "notice"]


@pytest.mark.parametrize(
    ("recipients", "names"),
    [
        ([{"employee": "ben"}], ["ben"]),
        ([{"email": "Ben@example.com"}], ["ben"]),
        ([{"role": "writer"}], ["ana"]),
        ([{"relation": "managers"}], ["mara"]),
        ([{"relation": "owner"}], ["ana"]),
        ([{"relation": "owner"}, {"employee": "ana"}, {"role": "operator"}], ["ana", "ben"]),
        ([{"relation": "assignee"}, {"employee": "ben"}], ["ben"]),
    ],
)
def test_whom_settings_name_is_told_once_each(office: Office, recipients, names):
    task = _tell(office, recipients=recipients)
    assert sorted(_names(office)) == names
    done = office.last(task)
    assert done.output == {"told": [office.people[name].user_id for name in _in_order(office, names)]}
    assert office.task(task).result_summary.startswith("The message was written. It went to ")


def _in_order(office: Office, names: list[str]) -> list[str]:
    order = [one.user_id for one in told(office)]
    return sorted(names, key=lambda name: order.index(office.people[name].user_id))


@pytest.mark.parametrize(
    ("recipients", "code"),
    [
        ([{"employee": "ben"}, {"employee": "nobody"}], "RECIPIENT_UNKNOWN"),
        ([{"email": "pat@example.com"}], "RECIPIENT_UNKNOWN"),
        ([{"employee": "bot"}], "RECIPIENT_UNKNOWN"),
        ([{"role": "pilot"}], "NOBODY_TO_TELL"),
        ([{"relation": "assignee"}], "NOBODY_TO_TELL"),
    ],
)
def test_where_one_is_nobody_of_the_team_it_fails_for_good_and_tells_nobody(office: Office, recipients, code):
    """A partner's people and programs are none of the team's; a message never goes to some of those meant."""
    task = _tell(office, recipients=recipients)
    assert [(one.status, one.error_code) for one in office.attempts(task)] == [("failed", code)]
    assert (office.task(task).status, told(office)) == ("failed", [])


def test_what_is_told_is_in_their_inbox_with_the_facts_of_the_task(office: Office):
    bundle = make_bundle(office.workbench, actor=office.people["mara"])
    with office.workbench.reading(office.people["mara"]) as tx:
        task = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_id",))[0]
    body = "Due {{ task.due }}.\n\nIn {{bundle.title}}. {{ unknown }}"
    settings = {"executor": "notification", "recipients": [{"employee": "mara"}], "body": body}
    changes = {
        "title": "Publish",
        "due_date": "2026-12-24",
        "execution_type": "manual_trigger",
        "execution_config": {**settings, "subject": "{{ task.name }} is done"},
    }
    office.do("task update", "mara", task_id=task.task_id, **changes)
    office.execute(task, "mara")
    office.work()
    [one] = told(office)
    assert one.title == "Publish is done"
    assert one.lines == ["Due 2026-12-24.", f"In {bundle.title}. {{{{ unknown }}}}"]
    assert (one.about_task_ids, one.about_bundle_id) == ([task.task_id], bundle.bundle_id)
    assert _inbox(office, "mara") == ["Publish is done"]


def test_who_may_not_see_the_task_gets_the_words_and_no_link(office: Office):
    _tell(office, recipients=[{"employee": "ben"}, {"relation": "managers"}])
    linked = {one.user_id: bool(one.about_task_ids) for one in told(office)}
    assert linked == {office.people["ben"].user_id: False, office.people["mara"].user_id: True}


def test_who_has_muted_it_is_told_only_what_names_them(office: Office):
    settings = {"executor": "notification", "subject": "It is live"}
    for recipients, expected in (([{"role": "operator"}], []), ([{"employee": "ben"}], ["ben"])):
        task = office.make(config={**settings, "recipients": recipients})
        office.do("task assign", "mara", task_id=task.task_id, assignee="ben")
        office.do("task mute", "ben", task_id=task.task_id)
        office.do("task assign", "mara", task_id=task.task_id, assignee="")
        office.execute(task)
        office.work()
        assert office.last(task).status == "completed"
        assert _names(office) == expected
    assert office.attempts(task)[0].output["told"] == [office.people["ben"].user_id]


def test_what_only_inboxes_tell_goes_out_by_no_other_way(office: Office):
    office.workbench.settings = _with_mail(office)
    _tell(office, channel="inbox")
    _tell(office, channel="chosen")
    assert [one.ways for one in told(office)] == [[], ["mail"]]


def _with_mail(office: Office) -> Any:
    return replace(office.workbench.settings, smtp_host="127.0.0.1")


@pytest.mark.parametrize(
    ("config", "place", "said"),
    [
        ({"subject": "{{ task.price }}"}, "subject", "nothing is known as task.price"),
        ({"body": "x\n" * 21}, "body", "20 lines at most"),
        ({"body": "x" * 1001}, "body", "1000 characters at most"),
        ({"recipients": []}, "recipients", "should be non-empty"),
        ({"recipients": [{"employee": "ben", "role": "writer"}]}, "recipients.0", "too many properties"),
        ({"password": "hush"}, "", "'password' was unexpected"),
    ],
)
def test_settings_that_no_message_can_have_are_refused_with_their_place(office: Office, config, place, said):
    """TSK-10."""
    settings = {"executor": "notification", "recipients": [BEN], "subject": "It is live", **config}
    with pytest.raises(BadRequestError) as refused:
        office.make(config=settings)
    [detail] = refused.value.details
    assert detail["field"] == f"execution_config.{place}".rstrip(".")
    assert said in detail["message"]


# -- reminders -----------------------------------------------------------------------------


def test_somebody_is_reminded_again_until_it_was_often_enough(office: Office):
    task = _remind(office, repeat_every_hours=24, max_times=3)
    assert (office.task(task).status, len(told(office))) == ("queued", 1)
    office.work()
    assert len(told(office)) == 1
    for times, status in ((2, "queued"), (3, "completed")):
        office.workbench.clock.advance(hours=24)
        office.work()
        assert (office.task(task).status, len(told(office))) == (status, times)
        assert _inbox(office, "ben") == ["Call them"], "the one before is over"
    assert [one.triggered_by for one in office.attempts(task)] == ["manual", *["scheduled_time"] * 2]
    assert [one.output["times"] for one in office.attempts(task)] == [1, 2, 3]


def test_each_time_of_a_reminder_is_set_off_by_whoever_set_it_off(office: Office):
    task = _remind(office, repeat_every_hours=24, max_times=2)
    office.workbench.clock.advance(hours=24)
    office.work()
    first, second = office.attempts(task)
    assert first.triggered_by_user_id == second.triggered_by_user_id == office.people["ana"].user_id


def test_who_takes_the_task_on_is_reminded_no_more(office: Office):
    task = _remind(office, repeat_every_hours=24, max_times=3)
    office.do("task start", task_id=task.task_id)
    office.do("task complete", task_id=task.task_id)
    office.workbench.clock.advance(hours=24)
    office.work()
    assert (office.task(task).status, len(told(office))) == ("completed", 1)
    assert [one.status for one in office.attempts(task)] == ["completed", "cancelled"]
    assert _inbox(office, "ben") == []


def test_what_reminded_often_enough_begins_anew_when_it_is_run_again():
    config = {"repeat_every_hours": 1, "max_times": 2}
    for before, expected in (({"times": 1, "is_again": True}, 2), ({"times": 2, "is_again": False}, 1)):
        assert Reminder().run(_Run(config, outputs_before=before)).outputs["times"] == expected


def test_nobody_is_reminded_before_the_moment_that_is_counted_from_a_date(office: Office):
    offset = {"amount": -2, "unit": "hours", "from": "deadline"}
    deadline = office.workbench.clock.now() + timedelta(hours=5)
    task = _remind(office, {"deadline": deadline.isoformat()}, offset=offset)
    assert (office.task(task).status, told(office)) == ("queued", [])
    office.workbench.clock.advance(hours=2, minutes=59)
    office.work()
    assert told(office) == []
    office.workbench.clock.advance(minutes=1)
    office.work()
    assert (office.task(task).status, len(told(office))) == ("completed", 1)


def test_a_deadline_that_moves_away_moves_the_reminder(office: Office):
    offset = {"amount": -2, "unit": "hours", "from": "deadline"}
    deadline = office.workbench.clock.now() + timedelta(hours=5)
    task = _remind(office, {"deadline": deadline.isoformat()}, offset=offset)
    office.do("task update", task_id=task.task_id, deadline=(deadline + timedelta(hours=1)).isoformat())
    office.workbench.clock.advance(hours=3)
    office.work()
    assert told(office) == []
    office.workbench.clock.advance(hours=1)
    office.work()
    assert len(told(office)) == 1


def test_without_the_date_that_it_counts_from_it_fails_and_says_so(office: Office):
    task = _remind(office, offset={"amount": 0, "unit": "days", "from": "follow_up_at"})
    assert (office.last(task).status, office.last(task).error_code) == ("failed", "DATE_MISSING")
    assert office.last(task).retries_left == 3
    assert office.task(task).status == "failed"


class _Run:
    def __init__(self, config: Mapping[str, Any], **facts: Any) -> None:
        usual = {"task_id": "tsk", "task_uuid": "u", "now": NOW, "zone": "Europe/Berlin", "created_at": NOW}
        self.config, self.facts = {"recipients": [BEN], "message": "Call", **config}, Facts(**usual | facts)


def _before(amount: int, unit: str) -> dict[str, Any]:
    return {"offset": {"amount": -amount, "unit": unit, "from": "deadline"}}


NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("config", "moment"),
    [
        ({"at": "2026-03-29T09:00:00+02:00"}, datetime(2026, 3, 29, 7, tzinfo=UTC)),
        # Clocks change on 29 March: the day before 9:00 in Berlin is 9:00 there, and 23 hours before it.
        (
            {"offset": {"amount": -1, "unit": "days", "from": "deadline"}},
            datetime(2026, 3, 28, 8, tzinfo=UTC),
        ),
        (
            {"offset": {"amount": -24, "unit": "hours", "from": "deadline"}},
            datetime(2026, 3, 28, 7, tzinfo=UTC),
        ),
    ],
)
def test_a_moment_is_counted_by_the_clocks_of_the_workspace(config, moment):
    result = Reminder().run(_Run(config, deadline=datetime(2026, 3, 29, 7, tzinfo=UTC)))
    assert (result.again_at, list(result.messages)) == (moment, [])
    later = Reminder().run(_Run(config, deadline=datetime(2026, 3, 29, 7, tzinfo=UTC), now=moment))
    assert (later.again_at, len(later.messages)) == (None, 1)


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"at": "tomorrow"}, "at"),
        ({"at": "2026-03-29T09:00:00"}, "at"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "at"),
        ({"at": "9999-12-31T23:59:59Z"}, "at"),
        ({"at": "0001-01-01T00:00:00+12:00"}, "at"),
        ({"at": "2026-03-29T09:00Z", "offset": {"amount": 1, "unit": "days", "from": "deadline"}}, "offset"),
        ({"max_times": 3}, "max_times"),
        ({"repeat_every_hours": 3}, "repeat_every_hours"),
    ],
)
def test_a_reminder_that_says_when_by_halves_is_refused(config, place):
    settings = {"executor": "reminder", "recipients": [BEN], "message": "Call", **config}
    assert [list(fault.absolute_path) for fault in schemas.faults("reminder", settings)] == [[place]]


def test_a_dry_run_says_who_would_be_told_what_when_and_how_often():
    config = {
        "recipients": [{"relation": "assignee"}, {"role": "writer"}, BEN],
        "message": "Call",
        "offset": {"amount": -2, "unit": "days", "from": "deadline"},
        "repeat_every_hours": 24,
        "max_times": 3,
    }
    first, second = Reminder().dry_run(config)
    assert first == (
        "Its assignee, everybody who is writer and ben@example.com would be reminded 2 days before its "
        "deadline, in their inboxes and by the ways that each has chosen: “Call”."
    )
    assert second == "Again every 24 hours until somebody has done the task, 3 times in all."


def test_its_own_error_says_that_nothing_mends_it():
    with pytest.raises(ExecutorError, match="has no deadline to count from"):
        Reminder().run(_Run({"offset": {"amount": 1, "unit": "hours", "from": "deadline"}}))
