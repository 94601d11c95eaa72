"""Why a reminder was, was not, or will be sent, in words for whoever does the work (D6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.catalog.calendars import Calendar
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.reference import absences
from engine.reference.inputs import EnterAbsence
from engine.reminders import month, service
from engine.reminders.explain import VERDICTS, Explanation, explain
from engine.reminders.models import Reminder, ReminderState
from engine.tasks import lifecycle, update
from engine.tasks.models import Task
from engine.tasks.models import TaskStatus as S
from engine.watching import service as watching
from engine.watching.models import WatchMode
from tests.engine.deliverables.rounds import INTERNAL, ask, decide_all, with_deliverable
from tests.engine.reminders.office import MONDAY, Office, at
from tests.told import saved


def explained(office: Office, task_id: str) -> Explanation:
    with office.bench.reading("mara") as tx:
        return explain(tx, office.bench.content, tx.get(Task, task_id))


def past(office: Office, task_id: str) -> list[tuple[str, str, str]]:
    return [(f"{one.at:%m-%d %H:%M}", one.verdict, one.reason) for one in explained(office, task_id).past]


def test_whoever_is_to_be_reminded_instead_is_named_with_whom_they_stand_in_for(office: Office):
    task_id = office.task(due="2026-12-03")
    with office.bench.writing("mara") as tx:
        days = {"first_day": date(2026, 12, 1), "last_day": date(2026, 12, 2), "substitute": "mara"}
        absences.enter(tx, EnterAbsence(employee_id="ana", **days))
    first, second, *_ = explained(office, task_id).coming
    assert (first.whom, second.whom) == ("Mara", "Ana")
    assert first.text.endswith(" Ana is away until Wed 2 Dec; Mara stands in.")
    assert "away" not in second.text


def test_what_comes_is_told_with_its_rule_before_it_comes(office: Office):
    task_id = office.task(due="2026-12-03")
    found = explained(office, task_id)
    assert found.past == []
    assert [(f"{one.at:%m-%d %H:%M}", one.whom, one.verdict) for one in found.coming] == [
        ("12-02 08:00", "Ana", "will be sent"),
        ("12-04 08:00", "Ana", "will be sent"),
        ("12-07 08:00", "Mara", "will be sent"),
        ("12-09 08:00", "Mara", "will be sent"),
    ]
    assert (
        found.coming[0].reason
        == "By the rule “1 business day before”, unless it is closed or changed before."
    )
    assert list(found.silent) == []


def test_what_is_told_to_come_is_what_is_sent_then(office: Office):
    task_id = office.task(due="2026-12-03")
    foretold = [(one.at, one.whom, one.text) for one in explained(office, task_id).coming]
    for day in range(1, 12):
        office.tick(f"2026-12-{day:02} 08:01")
    sent = explained(office, task_id).past
    assert [(one.at, one.whom, one.text) for one in sent] == foretold
    assert {one.verdict for one in sent} == {"was sent"}


def test_a_moment_that_nobody_looked_at_yet_says_that_the_next_look_sends_it(office: Office):
    task_id = office.task(due="2026-12-03")
    office.bench.clock.set(at("2026-12-02 08:04"))
    assert past(office, task_id) == [
        ("12-02 08:00", "will be sent", "The next look, within five minutes, sends it.")
    ]


def test_what_came_while_reminders_were_off_says_so(office: Office):
    office.bench.settings = replace(office.bench.settings, reminders=False)
    task_id = office.task(due="2026-12-03")
    office.tick("2026-12-02 12:00")
    assert past(office, task_id) == [("12-02 08:00", "was not sent", "Reminders were switched off then.")]
    found = explained(office, task_id)
    assert found.silent == [
        "Reminders are switched off in this workspace: what is said here to come is not sent."
    ]
    assert {one.verdict for one in found.coming} == {"would be sent"}


def test_work_that_was_late_before_reminders_were_switched_on_says_so(office: Office):
    office.bench.settings = replace(office.bench.settings, reminders=False)
    office.tick("2026-12-01 12:00")
    task_id = office.task(due="2026-12-03")
    office.bench.settings = replace(office.bench.settings, reminders=True)
    office.bench.clock.set(at("2026-12-20 12:00"))
    not_begun = (
        "Reminders are switched on, and no worker has looked since: they begin with its first look, and "
        "nothing is made up for."
    )
    assert explained(office, task_id).silent == [not_begun]
    assert {reason for _, _, reason in past(office, task_id)} == {not_begun}
    office.tick("2026-12-20 12:05")
    since = "It was late already when reminders were switched on, on Sun 20 December, 12:05"
    assert explained(office, task_id).silent == [f"{since}: nobody is reminded of what was over then."]
    off_then = (
        "Reminders were switched off then. Since Sun 20 December, 12:05 they are on; nothing is made up for."
    )
    assert past(office, task_id) == [
        (moment, "was not sent", off_then)
        for moment in ("12-02 08:00", "12-04 08:00", "12-07 08:00", "12-09 08:00")
    ]


def test_work_that_was_late_when_it_was_made_says_so(office: Office):
    office.tick("2026-12-07 12:00")
    task_id = office.task(due="2026-12-03")
    made = "It was made only on Mon 7 December, 12:00, after that moment."
    assert past(office, task_id) == [
        (moment, "was not sent", made) for moment in ("12-02 08:00", "12-04 08:00", "12-07 08:00")
    ]
    found = explained(office, task_id)
    assert [f"{one.at:%m-%d %H:%M}" for one in found.coming] == ["12-09 08:00"]
    assert found.silent == ["It was late already when it was made: nobody is reminded of what was over then."]


def test_what_would_not_be_sent_as_things_stand_is_not_said_to_be_sent(office: Office):
    first, held_up = office.task(), office.task(due="2026-12-03")
    office.bench.change(held_up, blocked_by=first)
    to_come = [(one.verdict, one.whom, one.reason) for one in explained(office, held_up).coming]
    nobody_can = "It comes after a task that is not done, so nobody can move it."
    assert set(to_come) == {
        ("will not be sent as things stand", whom, nobody_can) for whom in ("Ana", "Mara")
    }
    own = office.task(due="2026-12-03")
    with office.bench.writing("ana") as tx:
        watching.set_mode(tx, tx.get(Task, own), WatchMode.MUTED)
    verdicts = {(one.whom, one.verdict) for one in explained(office, own).coming}
    assert verdicts == {("Ana", "will not be sent as things stand"), ("Mara", "will be sent")}


def test_a_calendar_without_working_time_says_that_nobody_is_reminded(office: Office):
    task_id = office.task(due="2026-12-03")
    mondays = [
        {"date": str(MONDAY.date() + timedelta(weeks=week)), "name": "Off"} for week in range(-600, 600)
    ]
    never = {"key": "never", "name": "Never", "timezone": "UTC", "working_days": ["mon"], "holidays": mondays}
    closed = Calendar.model_validate(never)
    office.bench.content = replace(office.bench.content, calendars={"never": closed})
    office.says(calendar="never")
    found = explained(office, task_id)
    assert found.coming == []
    assert found.silent[0].startswith("Nobody is reminded of it: the calendar never has no working")


def test_a_date_that_was_set_too_late_says_so(office: Office):
    task_id = office.task()
    office.tick("2026-12-02 12:00")
    office.bench.clock.set(at("2026-12-02 15:00"))
    office.bench.change(task_id, due_date=date(2026, 12, 3), deadline=at("2026-12-03 23:59"))
    [(moment, verdict, reason)] = past(office, task_id)
    assert (moment, verdict) == ("12-02 08:00", "was not sent")
    assert reason.startswith("When that moment came, the dates or the rules did not name it yet")


def test_what_was_to_come_before_the_task_changed_says_so(office: Office):
    task_id = office.task(due="2026-12-03")
    office.bench.clock.set(at("2026-12-02 12:00"))
    with office.bench.writing() as tx:
        update.update(tx, office.bench.content, task_id, {"due_date": "2026-12-10"})
    office.tick("2026-12-02 12:05")
    changed = "That changed on Wed 2 December, 12:00, before a worker looked."
    assert past(office, task_id) == [("12-02 08:00", "was not sent", changed)]


def test_a_follow_up_that_came_and_went_before_a_worker_looked_says_so(office: Office):
    task_id = office.task()
    office.move(task_id, S.WAITING, waiting_for="Bo", follow_up_at=at("2026-12-01 09:00"))
    office.bench.clock.set(at("2026-12-01 12:00"))
    office.move(task_id, S.IN_PROGRESS)
    office.tick("2026-12-01 12:05")
    changed = "That changed on Tue 1 December, 12:00, before a worker looked."
    assert past(office, task_id) == [("12-01 09:00", "was not sent", changed)]


def test_what_does_not_come_says_why(office: Office):
    undated, closed = office.task(), office.task()
    office.move(closed, S.CANCELLED, reason="x")
    assert explained(office, undated).silent == ["It has no due date, so nothing reminds of one."]
    assert explained(office, closed).silent == [
        "It was closed on Mon 30 November, 09:00: nothing reminds of it any more."
    ]
    held_up = office.task(due="2026-12-09")
    office.bench.change(held_up, blocked_by=undated)
    assert explained(office, held_up).silent == [
        "It comes after a task that is not done: its assignee is not reminded of it until then."
    ]


def test_a_clock_that_stands_still_says_since_when(office: Office):
    waits = office.task(due="2026-12-09")
    office.move(waits, S.WAITING, waiting_for="Bo", follow_up_at=at("2026-12-20 09:00"))
    assert explained(office, waits).silent == [
        "It is “Waiting” since Mon 30 November, 09:00: until that is over, its overdue clock stands still."
    ]


def test_rules_that_say_nobody_are_told(office: Office):
    office.says(reminders={"due": [], "overdue": []})
    task_id = office.task(due="2026-12-03")
    assert (
        "The rules for it say that nobody is reminded of its due date." in explained(office, task_id).silent
    )


def test_every_state_of_the_ledger_has_its_words():
    assert VERDICTS.keys() == set(ReminderState)


# -- what its person does with it ----------------------------------------------------------


def reminded(office: Office) -> Reminder:
    office.task(due="2026-12-03")
    office.tick("2026-12-02 08:01")
    [only] = office.ledger()
    return only


def in_inbox(office: Office, name: str) -> list[str]:
    with office.bench.reading(name) as tx:
        return [item.why for item in inbox.load(tx).items if item.kind is Kind.REMINDER]


def test_a_reminder_stands_in_the_inbox_of_whom_it_is_for_until_they_dismiss_it(office: Office):
    record = reminded(office)
    assert in_inbox(office, "ana") == ["It is due on Thu 3 December 2026"]
    assert in_inbox(office, "mara") == []
    with office.bench.writing("ana") as tx:
        service.dismiss(tx, record.reminder_id)
    assert in_inbox(office, "ana") == []
    assert past(office, record.task_id or "") == [
        ("12-02 08:00", "was sent and dismissed", "Ana dismissed it.")
    ]


def test_a_reminder_leaves_the_inbox_when_its_task_is_closed(office: Office):
    record = reminded(office)
    office.move(record.task_id or "", S.CANCELLED, reason="x")
    assert in_inbox(office, "ana") == []
    with office.bench.reading("ana") as tx:
        assert service.standing(tx) == []


def test_what_is_put_off_comes_back_when_the_work_of_that_day_begins(office: Office):
    record = reminded(office)
    with office.bench.writing("ana") as tx:
        service.snooze(tx, office.bench.content, record.reminder_id, date(2026, 12, 5))  # a Saturday
    assert in_inbox(office, "ana") == []
    office.says(reminders={"overdue": []})
    office.tick("2026-12-07 07:59")
    assert in_inbox(office, "ana") == []
    office.tick("2026-12-07 08:01")
    assert in_inbox(office, "ana") == ["It is due on Thu 3 December 2026"]
    assert past(office, record.task_id or "")[0][1:] == ("was sent", "It was put off until now.")


@pytest.mark.parametrize(
    ("zone", "comes_back"),
    [
        ("Pacific/Honolulu", "12-03 10:00"),  # where the 3rd begins ten hours after the team's
        ("Pacific/Auckland", "12-04 08:00"),
    ],
)
def test_whoever_reads_times_elsewhere_puts_off_to_a_day_of_theirs_and_never_to_a_moment_that_is_past(
    office: Office, zone: str, comes_back: str
):
    record = reminded(office)
    office.bench.actors["ana"] = replace(office.bench.actors["ana"], timezone=zone)
    office.bench.clock.set(at("2026-12-03 09:00"))
    with office.bench.writing("ana") as tx:
        found = service.snooze(tx, office.bench.content, record.reminder_id, tx.today + timedelta(days=1))
    assert f"{found.send_at:%m-%d %H:%M}" == comes_back
    assert found.reason.endswith(f", {comes_back[-5:]}."), "the ledger's words are the team's time"


def test_what_is_put_off_does_not_come_back_once_its_task_is_closed(office: Office):
    record = reminded(office)
    with office.bench.writing("ana") as tx:
        service.snooze(tx, office.bench.content, record.reminder_id, date(2026, 12, 4))
    office.move(record.task_id or "", S.CANCELLED, reason="x")
    office.tick("2026-12-04 08:01")
    [only] = office.ledger()
    assert (only.state, only.reason) == (
        ReminderState.SUPPRESSED,
        "It was closed as “Cancelled” on Wed 2 December, 08:01, before this could be sent.",
    )


def told_of_work(office: Office, name: str) -> set[str]:
    """Return what somebody is told of work of theirs, by a reminder or without one."""
    with office.bench.reading(name) as tx:
        found = inbox.load(tx)
        assert inbox.count_afresh(tx, inbox.positions(tx)).total == found.total
        return {item.why for item in found.items}


def test_whoever_has_a_reminder_that_work_is_late_is_not_told_so_twice(office: Office):
    task_id = office.task(due="2026-12-03")
    office.bench.clock.set(at("2026-12-02 07:00"))
    with office.bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
    office.tick("2026-12-02 08:01")
    due, late = "It is due on Thu 3 December 2026", "It is late: it was due on Thu 3 December 2026"
    assert told_of_work(office, "ana") == {due}
    office.bench.clock.set(at("2026-12-03 09:00"))
    assert told_of_work(office, "ana") == {due}
    office.bench.clock.set(at("2026-12-04 07:00"))
    assert told_of_work(office, "ana") == {"It is yours, and late", due}  # no reminder says so yet
    office.tick("2026-12-04 08:01")
    assert told_of_work(office, "ana") == {late, due}
    for record in office.ledger():
        with office.bench.writing("ana") as tx:
            service.dismiss(tx, record.reminder_id)
    assert told_of_work(office, "ana") == set()


def decided(office: Office) -> Callable[[], None]:
    task_id = with_deliverable(office.bench, INTERNAL, "draft")
    ask(office.bench, task_id)
    return lambda: decide_all(office.bench, task_id, "rejected", "Name the source.")


def answered(office: Office) -> Callable[[], None]:
    task_id = office.task()
    office.move(task_id, S.IN_PROGRESS)
    office.move(task_id, S.HELP_NEEDED, reason="How?")
    return lambda: office.move(task_id, S.IN_PROGRESS)


def waits_no_more(office: Office) -> Callable[[], None]:
    task_id = office.task(to="mara")
    office.move(task_id, S.IN_PROGRESS)
    office.move(task_id, S.WAITING, waiting_for="Bo", follow_up_at=at("2026-12-01 08:30"))
    return lambda: office.move(task_id, S.IN_PROGRESS)


def recovered(office: Office) -> Callable[[], None]:
    task_id = office.task()
    office.move(task_id, S.IN_PROGRESS)
    office.move(task_id, S.FAILED, reason="no answer")
    return lambda: office.move(task_id, S.PENDING)


def moved(office: Office) -> Callable[[], None]:
    task_id = office.task(due="2026-12-02", to="mara")

    def move() -> None:
        with office.bench.writing() as tx:
            update.update(tx, office.bench.content, task_id, {"due_date": "2026-12-20"})

    return move


@pytest.mark.parametrize("is_put_off", [False, True])
@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (decided, "Its decision is not waited for any more."),
        (answered, "It was “Help needed” then, and is “In progress” now."),
        (waits_no_more, "It was “Waiting” then, and is “In progress” now."),
        (recovered, "It was “Failed” then, and is “To do” now."),
        (moved, "The date that it was counted from was moved."),
    ],
)
def test_a_reminder_is_over_once_what_it_tells_is_not_so_any_more(
    office: Office, cause: Callable[[Office], Callable[[], None]], reason: str, *, is_put_off: bool
):
    end = cause(office)
    office.tick("2026-12-01 09:01")
    [record] = office.ledger()
    assert len(in_inbox(office, "mara")) == 1
    if is_put_off:
        with office.bench.writing("mara") as tx:
            service.snooze(tx, office.bench.content, record.reminder_id, date(2026, 12, 2))
    end()
    assert in_inbox(office, "mara") == []
    with office.bench.reading("mara") as tx:
        assert service.standing(tx) == []
    if is_put_off:
        office.tick("2026-12-02 08:01")
        [found] = [one for one in office.ledger() if one.reminder_id == record.reminder_id]
        assert (found.state, found.reason) == (ReminderState.SUPPRESSED, reason)


def test_nobody_answers_the_reminder_of_somebody_else(office: Office):
    record = reminded(office)
    with office.bench.writing("mara") as tx, pytest.raises(NotFoundError):
        service.dismiss(tx, record.reminder_id)


def test_what_was_never_sent_cannot_be_answered_and_a_day_that_is_past_is_refused(office: Office):
    record = reminded(office)
    with office.bench.writing("ana") as tx, pytest.raises(BadRequestError):
        service.snooze(tx, office.bench.content, record.reminder_id, date(2026, 12, 2))
    with office.bench.writing("ana") as tx:
        found = tx.find_by_key(Reminder, record.reminder_id)
        found.state = ReminderState.SUPPRESSED
        saved(tx, found)
        with pytest.raises(ConflictError, match="was never sent"):
            service.dismiss(tx, record.reminder_id)


# -- the month ahead -------------------------------------------------------------------------


def ahead(office: Office, name: str, *, everybody: bool = False) -> list[tuple[str, str, str]]:
    with office.bench.reading(name) as tx:
        found = month.ahead(tx, office.bench.content, everybody=everybody)
    return [(f"{one.moment.send_at:%m-%d %H:%M}", one.moment.type.value, one.whom) for one in found.coming]


def test_a_team_sees_a_month_before_it_switches_reminders_on(office: Office):
    office.bench.settings = replace(office.bench.settings, reminders=False)
    office.task(due="2026-12-03")
    office.task(due="2026-12-30", to="ben")
    assert ahead(office, "ana") == [("12-02 08:00", "due", "Ana"), ("12-04 08:00", "overdue", "Ana")]
    assert ahead(office, "mara", everybody=True) == [
        ("12-02 08:00", "due", "Ana"),
        ("12-04 08:00", "overdue", "Ana"),
        ("12-07 08:00", "overdue", "Mara"),
        ("12-09 08:00", "overdue", "Mara"),
        ("12-29 08:00", "due", "Ben"),
        ("12-31 08:00", "overdue", "Ben"),
    ]
    assert office.ledger() == []
    with pytest.raises(ForbiddenError):
        ahead(office, "ana", everybody=True)


def test_what_several_say_of_a_task_at_the_same_time_is_one_row_of_the_month(office: Office):
    task_id = office.task(due="2026-12-03")
    office.bench.parts(task_id, {"label": "Invoice"})
    assert ahead(office, "ana") == [("12-02 08:00", "due", "Ana"), ("12-04 08:00", "overdue", "Ana")]
    sent = [one for one in explained(office, task_id).coming if one.whom == "Ana"]
    assert {one.type.value for one in sent} == {"due", "overdue", "missing-evidence"}, "why tells all of them"
