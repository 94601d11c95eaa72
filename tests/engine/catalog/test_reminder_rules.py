"""What `reminders:` may say, on every level, and what holds where several say something."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from engine.catalog.catalog import Catalog, check
from engine.catalog.reminder_rules import (
    DEFAULTS,
    SHIPPED,
    QuietHours,
    ReminderRules,
    Span,
    WorkspaceReminders,
    narrowed,
)
from tests.engine.catalog.conftest import BLOG_POST, ContentRepo

WORKSPACE = 'key: workspace\ncalendar: office\nquiet: {from: "19:00", to: "07:00"}\nreminders: {due: []}\n'


def content(repo: ContentRepo):
    repo.commit()
    return Catalog(repo.folder).content()


def test_of_each_kind_the_narrowest_level_that_says_it_counts():
    wide = ReminderRules.model_validate({"due": [{"days": 2}], "stage_change": "owner"})
    narrow = ReminderRules.model_validate({"due": []})
    found = narrowed(SHIPPED, wide, None, narrow)
    assert (found.due, found.stage_change, found.overdue) == ([], "owner", SHIPPED.overdue)


def test_what_is_shipped_says_every_kind():
    assert {name for name in ReminderRules.model_fields if getattr(SHIPPED, name) is None} == set()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"due": [{"days": 1, "hours": 2}]}, "one number of one unit"),
        ({"due": [{}]}, "one number of one unit"),
        (
            {"overdue": [{"after": {"hours": 2}}, {"after": {"hours": 1}}]},
            "stands behind the one after 2 hours",
        ),
        ({"overdue": [{"after": {"hours": 2}, "to": "approvers"}]}, "approvers are told of approvals alone"),
        ({"help": [{"after": {"hours": 2}, "to": "approvers"}]}, "approvers are told of approvals alone"),
        ({"stage_change": "assignee"}, "a bundle has no assignee"),
    ],
)
def test_rules_that_make_no_sense_are_refused(said: dict, why: str):
    with pytest.raises(ValidationError, match=why):
        ReminderRules.model_validate(said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"quiet": {"from": "08:00", "to": "18:00"}}, "quiet hours go over night"),
        ({"digest": "07:00"}, "the digest comes within the quiet hours"),
        ({"digest": "18:00"}, "the digest comes within the quiet hours"),
    ],
)
def test_a_workspace_that_could_remind_nobody_is_refused(said: dict, why: str):
    with pytest.raises(ValidationError, match=why):
        WorkspaceReminders.model_validate({"key": "workspace", **said})


def test_without_quiet_hours_any_time_may_be_that_of_the_digest():
    found = WorkspaceReminders.model_validate({"key": "workspace", "quiet": None, "digest": "23:00"})
    assert (found.quiet, found.digest) == (None, "23:00")


@pytest.mark.parametrize(
    ("span", "words"),
    [({"business_days": 1}, "1 business day"), ({"hours": 4}, "4 hours"), ({"days": 0}, "0 days")],
)
def test_a_length_of_time_is_said_in_words(span: dict, words: str):
    assert str(Span.model_validate(span)) == words


def test_the_workspaces_own_rules_are_read_from_their_file(repo: ContentRepo):
    assert content(repo).reminders == DEFAULTS
    repo.put("reminders/workspace.yaml", WORKSPACE)
    found = content(repo)
    assert not found.problems
    assert found.reminders.calendar == "office"
    assert found.reminders.quiet == QuietHours.model_validate({"from": "19:00", "to": "07:00"})
    assert found.reminders.reminders == ReminderRules(due=[])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (WORKSPACE.replace("office", "offise"), "UNKNOWN_CALENDAR"),
        (WORKSPACE.replace("key: workspace", "key: ours"), "INVALID_VALUE"),
        (
            WORKSPACE.replace("{due: []}", '{recurring: [{name: a, schedule: "daily", text: b}]}'),
            "INVALID_SCHEDULE",
        ),
    ],
)
def test_the_check_points_at_what_is_wrong_with_that_file(repo: ContentRepo, said: str, code: str):
    repo.put("reminders/workspace.yaml", said)
    repo.commit()
    [problem] = [one for one in check(repo.folder) if one.file == "content/reminders/workspace.yaml"]
    assert problem.code == code


@pytest.mark.parametrize("is_begun_anew", [False, True])
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (WORKSPACE.replace("office", "offise").replace("19:00", "20:00"), "UNKNOWN_CALENDAR"),
        (WORKSPACE.replace("19:00", "late"), "INVALID_VALUE"),
    ],
)
def test_a_file_with_an_error_is_not_applied_and_the_last_good_one_stays(
    repo: ContentRepo, said: str, code: str, *, is_begun_anew: bool
):
    repo.put("reminders/workspace.yaml", WORKSPACE)
    repo.commit()
    catalog = Catalog(repo.folder)
    good = catalog.content().reminders
    for again in (said, f"{said}unknown: field\n"):
        repo.put("reminders/workspace.yaml", again)
        repo.commit()
        found = (Catalog(repo.folder) if is_begun_anew else catalog).content()
        assert found.reminders == good
        codes = [one.code for one in found.problems]
        assert codes.count("QUARANTINED") == 1
    assert code in codes or "UNKNOWN_FIELD" in codes


def test_a_file_that_never_was_right_leaves_what_is_shipped(repo: ContentRepo):
    repo.put("reminders/workspace.yaml", WORKSPACE.replace("office", "offise"))
    found = content(repo)
    assert found.reminders == DEFAULTS
    assert [one.code for one in found.problems] == ["UNKNOWN_CALENDAR"]


def test_an_override_changes_one_kind_and_leaves_the_others(repo: ContentRepo):
    said = "reminders: {due: [{days: 3}], stage_change: owner}\ntasks:"
    repo.put("task_templates/blog_post.yaml", BLOG_POST.replace("tasks:", said, 1))
    override = "overrides: blog_post\npartner: acme\nreminders: {stage_change: null, follow_up_due: owner}\n"
    repo.put("task_templates/partners/acme/blog_post.yaml", override)
    found = content(repo).resolve("blog_post", partner="acme").template.reminders
    assert found == ReminderRules.model_validate({"due": [{"days": 3}], "follow_up_due": "owner"})
