"""Which moments follow from rules and facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.calendars import Calendar
from engine.catalog.reminder_rules import DEFAULTS, SHIPPED, ReminderRules, narrowed
from engine.reminders import planner
from engine.reminders.models import ReminderType
from engine.reminders.planner import Facts, Intended
from engine.reminders.rhythm import Rhythm

OFFICE = Rhythm.of(DEFAULTS, Calendar(key="office", name="Office", timezone="UTC"), "UTC")
#: A Friday.
DUE = date(2026, 12, 4)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OPENED, LONG_AFTER = at("2026-11-20 09:00"), at("2027-02-01 00:00")
DEADLINE = at("2026-12-04 17:00")


def facts(**given: Any) -> Facts:
    return Facts(**{"subject": "tsk_1", "opened_at": OPENED, "due_date": DUE, "deadline": DEADLINE, **given})


def rules(**given: Any) -> ReminderRules:
    return narrowed(SHIPPED, ReminderRules.model_validate(given))


def told(
    asked: Facts, by: ReminderRules = SHIPPED, since: datetime = OPENED, until: datetime = LONG_AFTER
) -> list[tuple[str, str, str]]:
    found = planner.intended(asked, by, OFFICE, since, until)
    return [(f"{one.send_at:%m-%d %H:%M}", one.type.value, one.to) for one in found]


def test_a_task_with_a_deadline_is_reminded_of_before_it_and_step_by_step_after_it():
    assert told(facts()) == [
        ("12-03 08:00", "due", "assignee"),
        ("12-04 17:00", "overdue", "assignee"),
        ("12-07 17:00", "overdue", "managers"),
        ("12-09 17:00", "overdue", "flag"),
    ]


def test_a_task_that_wants_proof_is_reminded_of_it_at_its_deadline():
    assert ("12-04 17:00", "missing-evidence", "assignee") in told(facts(needs_proof=True))


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ({"follow_up_at": at("2026-12-05 10:00")}, ("12-07 08:00", "follow-up-due", "assignee")),
        ({"failed_at": at("2026-12-02 20:00")}, ("12-03 08:00", "automation-failure", "managers")),
        ({"help_since": at("2026-12-02 10:00")}, ("12-02 14:00", "overdue", "managers")),
        ({"asked_at": at("2026-12-02 10:00")}, ("12-03 10:00", "overdue", "approvers")),
    ],
)
def test_each_fact_brings_its_own_moments(given: dict[str, datetime], moment: tuple[str, str, str]):
    assert told(facts(due_date=None, deadline=None, **given))[0] == moment


def test_a_task_without_any_of_these_is_never_reminded_of():
    assert told(facts(due_date=None, deadline=None)) == []


def test_nothing_is_sent_from_the_moment_on_at_which_it_is_closed():
    assert told(facts(closed_at=DEADLINE)) == [("12-03 08:00", "due", "assignee")]


def test_nothing_is_sent_of_the_time_before_it_began_to_be():
    assert told(facts(opened_at=at("2026-12-03 08:01")))[0] == ("12-04 17:00", "overdue", "assignee")


def test_the_chain_waits_with_the_task():
    pauses = [(at("2026-12-04 17:00"), at("2026-12-10 12:00"))]
    assert told(facts(pauses=pauses))[1:] == [
        ("12-10 12:00", "overdue", "assignee"),
        ("12-11 12:00", "overdue", "managers"),
        ("12-15 12:00", "overdue", "flag"),
    ]
    assert told(facts(pauses=[(at("2026-12-01 17:00"), None)])) == [("12-03 08:00", "due", "assignee")]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"due": [], "overdue": []}, []),
        ({"due": [{"hours": 2}], "overdue": []}, [("12-04 15:00", "due", "assignee")]),
        ({"due": [], "overdue": [{"after": {"days": 1}}]}, [("12-07 08:00", "overdue", "assignee")]),
    ],
)
def test_of_each_kind_the_narrowest_level_counts(said: dict[str, Any], left: list[tuple[str, str, str]]):
    assert told(facts(), rules(**said)) == left


@pytest.mark.parametrize(
    "said", [{"follow_up_due": "nobody"}, {"missing_evidence": "nobody"}, {"automation_failure": "nobody"}]
)
def test_what_is_for_nobody_is_not_intended(said: dict[str, str]):
    everything = {"follow_up_at": DEADLINE, "failed_at": DEADLINE, "needs_proof": True}
    assert len(told(facts(**everything), rules(**said))) == len(told(facts(**everything))) - 1


CHASE = {"name": "chase", "schedule": "0 9 * * 1", "text": "Ask the guest"}


def test_a_schedule_reminds_while_the_task_is_open():
    by = rules(due=[], overdue=[], recurring=[CHASE])
    mondays = [("11-23 09:00", "recurring", "assignee"), ("11-30 09:00", "recurring", "assignee")]
    assert told(facts(closed_at=at("2026-12-07 09:00")), by) == mondays


def test_a_schedule_that_names_the_night_reminds_in_the_morning():
    by = rules(due=[], overdue=[], recurring=[{**CHASE, "schedule": "0 3 * * 6"}])
    [saturday] = planner.intended(facts(), by, OFFICE, at("2026-11-27 12:00"), at("2026-11-30 12:00"))
    assert (saturday.due_at, saturday.send_at) == (at("2026-11-28 03:00"), at("2026-11-30 08:00"))
    assert planner.intended(facts(), by, OFFICE, at("2026-11-29 12:00"), at("2026-11-30 12:00")) == [saturday]


_HOURS = st.integers(0, 24 * 40)
_CUTS = st.lists(_HOURS, min_size=1, max_size=8)


@given(_CUTS, st.integers(0, 24 * 20), st.booleans())
def test_however_time_is_cut_into_ticks_each_moment_falls_into_one_of_them(
    cuts: list[int], closes: int, is_closed: bool
):
    """So what is looked at piece by piece is what was intended, each once (RMD-05)."""
    start = at("2026-11-27 07:30")
    by = rules(recurring=[{**CHASE, "schedule": "30 5 * * *"}])
    closed_at = start + timedelta(hours=closes) if is_closed else None
    asked = facts(needs_proof=True, opened_at=start, closed_at=closed_at)
    until = start + timedelta(hours=24 * 40)
    borders = sorted({start, until, *(start + timedelta(hours=cut) for cut in cuts)})
    piecewise: list[Intended] = []
    for since, upto in pairwise(borders):
        piecewise += planner.intended(asked, by, OFFICE, since, upto)
    whole = planner.intended(asked, by, OFFICE, start, until)
    assert piecewise == whole
    assert len({one.key("tsk_1", "usr_1") for one in whole}) == len(whole)


@given(_HOURS, st.integers(0, 24 * 20), st.booleans())
def test_the_next_moment_is_the_first_of_all_that_come(hours: int, closes: int, is_closed: bool):
    start = at("2026-11-27 07:30")
    by = rules(recurring=[{**CHASE, "schedule": "0 9 1 * *"}])
    asked = facts(opened_at=start, closed_at=start + timedelta(hours=closes) if is_closed else None)
    since = start + timedelta(hours=hours)
    coming = planner.intended(asked, by, OFFICE, since, since + timedelta(days=70))
    assert planner.next_at(asked, by, OFFICE, since) == (coming[0].send_at if coming else None)


_MAYBE = st.sampled_from([None, DEADLINE, at("2026-11-27 11:30"), at("2026-12-01 08:00")])
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("deadline", "closed_at", "follow_up_at", "help_since", "failed_at", "asked_at"), _MAYBE),
    "subject": st.sampled_from(["tsk_1", "tsk_2"]),
    "due_date": st.sampled_from([DUE, DUE - timedelta(days=1)]),
    "opened_at": st.sampled_from([OPENED, at("2026-12-01 12:00")]),
    "pauses": st.sampled_from([(), ((OPENED, None),), ((OPENED, at("2026-12-01 12:00")),)]),
    "asked_of": st.sampled_from(["the team", "the partner"]),
    "needs_proof": st.booleans(),
}


@given(st.fixed_dictionaries(_FIELDS), st.fixed_dictionaries(_FIELDS))
def test_what_was_worked_out_for_one_task_is_taken_for_another_only_where_the_same_follows(
    first: dict[str, Any], other: dict[str, Any]
):
    memo: planner.Memo = {}
    for changed in ({}, *({name: value} for name, value in other.items())):  # one field at a time
        asked = facts(**{**first, **changed})
        expected = planner.intended(asked, SHIPPED, OFFICE, OPENED, LONG_AFTER)
        assert planner.intended(asked, SHIPPED, OFFICE, OPENED, LONG_AFTER, memo=memo) == expected
        expected_next = planner.next_at(asked, SHIPPED, OFFICE, OPENED)
        assert planner.next_at(asked, SHIPPED, OFFICE, OPENED, memo=memo) == expected_next


def test_each_moment_says_what_it_is_since_when_and_by_which_step():
    asked = facts(
        needs_proof=True,
        follow_up_at=at("2026-12-01 20:00"),
        failed_at=at("2026-12-01 21:00"),
        help_since=at("2026-12-01 08:00"),
    )
    by = rules(overdue=[{"after": {"hours": 0}}, {"after": {"days": 1}, "to": "flag"}])
    found = planner.intended(asked, by, OFFICE, OPENED, at("2026-12-07 09:00"))
    said = [
        (one.type.value, one.step, one.to, f"{one.base:%m-%d %H:%M}", f"{one.due_at:%m-%d %H:%M}")
        for one in found
    ]
    help_since, failed, follow_up, deadline = "12-01 08:00", "12-01 21:00", "12-01 20:00", "12-04 17:00"
    assert said == [
        ("overdue", "help: 4 business hours after, to managers", "managers", help_since, "12-01 12:00"),
        ("follow-up-due", "at once", "assignee", follow_up, follow_up),
        ("automation-failure", "at once", "managers", failed, failed),
        ("overdue", "help: 2 business days after, flagged", "flag", help_since, "12-02 18:00"),
        ("due", "1 business day before", "assignee", deadline, "12-03 08:00"),
        ("missing-evidence", "at once", "assignee", deadline, deadline),
        ("overdue", "at once, to assignee", "assignee", deadline, deadline),
        ("overdue", "1 day after, flagged", "flag", deadline, "12-05 17:00"),
    ]
    assert {one.type.value: one.text for one in found if not one.step.startswith("help")} == {
        "follow-up-due": "Ask again: its follow-up has come, and it still waits.",
        "automation-failure": "It runs by itself, and has failed.",
        "due": "It is due on Fri 4 December 2026.",
        "missing-evidence": "It was due on Fri 4 December 2026, and its proof is not there.",
        "overdue": "It is late: it was due on Fri 4 December 2026.",
    }
    assert found[0].text == "Its worker asked for help and waits for an answer."
    assert {(one.overlap, one.missed) for one in found} == {("send", "each")}


def test_of_a_decision_that_is_waited_for_it_is_said_whose_it_is():
    asked = facts(due_date=None, deadline=None, asked_at=at("2026-12-02 10:00"), asked_of="the partner")
    steps = planner.intended(asked, SHIPPED, OFFICE, OPENED, LONG_AFTER)
    assert [one.step for one in steps] == [
        "approval: 1 business day after, to approvers",
        "approval: 3 business days after, flagged",
    ]
    assert {one.text for one in steps} == {"A version of it waits for the decision of the partner."}


def test_what_comes_again_says_its_rule_and_what_happens_when_it_is_missed():
    nobody = {**CHASE, "name": "silent", "to": "nobody"}
    chase = {**CHASE, "text": "Ask the guest...", "overlap": "send", "missed": "none", "to": "owner"}
    by = rules(due=[], overdue=[], recurring=[nobody, chase])
    [one] = planner.intended(facts(), by, OFFICE, at("2026-11-30 08:59"), at("2026-11-30 09:00"))
    assert one == Intended(
        type=ReminderType.RECURRING,
        step="chase",
        base=at("2026-11-30 09:00"),
        due_at=at("2026-11-30 09:00"),
        send_at=at("2026-11-30 09:00"),
        to="owner",
        text="Ask the guest.",
        overlap="send",
        missed="none",
    )


def test_the_key_of_a_reminder_names_what_it_is_about_the_moment_it_is_counted_from_and_whom_it_is_for():
    [due, *_] = planner.intended(facts(), SHIPPED, OFFICE, OPENED, DEADLINE)
    assert due.key("tsk_1", "usr_1") == "tsk_1/due/1 business day before/2026-12-04T17:00:00Z/usr_1"
    assert due.key("tsk_1", None) == "tsk_1/due/1 business day before/2026-12-04T17:00:00Z/nobody"


def test_the_next_moment_comes_after_the_one_that_is_now():
    recurring = rules(due=[], overdue=[], recurring=[CHASE])
    monday = at("2026-11-23 09:00")
    assert planner.next_at(facts(), recurring, OFFICE, monday - timedelta(milliseconds=1)) == monday
    assert planner.next_at(facts(), recurring, OFFICE, monday) == monday + timedelta(days=7)
    once = rules(due=[{"hours": 2}, {"hours": 1}], overdue=[])
    assert planner.next_at(facts(), once, OFFICE, at("2026-12-04 15:00")) == at("2026-12-04 16:00")
    assert planner.next_at(facts(), once, OFFICE, at("2026-12-04 16:00")) is None


def test_what_follows_from_dates_alone_is_worked_out_once_for_all_that_share_them():
    memo: planner.Memo = {}
    first = planner.intended(facts(), SHIPPED, OFFICE, OPENED, LONG_AFTER, memo=memo)
    assert list(memo) == [facts().dates]
    memo[facts().dates] = [first[0]]
    assert planner.intended(facts(), SHIPPED, OFFICE, OPENED, LONG_AFTER, memo=memo) == first[:1]
    assert planner.next_at(facts(), SHIPPED, OFFICE, first[0].send_at, memo=memo) is None
    assert planner.next_at(facts(due_date=date(2026, 12, 7)), SHIPPED, OFFICE, OPENED, memo=memo) is not None
    assert len(memo) == 2


def test_a_memo_that_knows_much_begins_anew_and_gives_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(planner, "_MOST_KNOWN", 3)
    memo: planner.Memo = {}
    for day in range(1, 11):
        asked = facts(due_date=date(2026, 12, day))
        expected = planner.intended(asked, SHIPPED, OFFICE, OPENED, LONG_AFTER)
        assert planner.intended(asked, SHIPPED, OFFICE, OPENED, LONG_AFTER, memo=memo) == expected
        assert len(memo) <= 3
