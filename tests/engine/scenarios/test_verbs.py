# ruff: noqa: E501 - the tables are read row by row
"""The verbs of scenarios are the commands of the product; which are none is said here, with the reason."""

from __future__ import annotations

from engine import commands
from engine.asked import fields_of
from engine.scenarios.verbs import FINISH, Subject, verbs

#: Commands that are no verbs: they begin or keep what a scenario has from elsewhere, or nothing follows them.
NONE = {
    "started and filled by the scenario itself": {
        "bundle create", "recipe start", "reference load", "user add", "employee add", "partner add", "campaign add",
    },
    "about no task or bundle of the scenario": {
        "task create", "task quick", "task bulk", "task bulk-watch", "task escalate", "inbox seen",
        "partner activate", "partner deactivate", "partner update", "campaign detach", "employee not-away",
        "task edit-note", "worklog edit", "worklog make", "worklog send",
        "schedule start", "schedule pause", "schedule run", "schedule skip",
        "reminders dismiss", "reminders snooze",
    },
    "what lets a program in": {"token make", "token revoke", "token rotate"},
    "about what programs elsewhere are sent": {
        "webhook change", "webhook make", "webhook pause", "webhook redeliver", "webhook remove",
        "webhook resume", "webhook rotate", "webhook test",
    },
    "about another revision than the one that is played": {"bundle migrate", "bundle migrate-all"},
    "about a change of the content": {
        "proposal add-file", "proposal begin", "proposal catch-up", "proposal create", "proposal edit",
        "proposal edit-again", "proposal fork", "proposal from-bundle", "proposal from-task",
        "proposal offer", "proposal revert", "proposal settle", "proposal suggest", "proposal withdraw",
        "proposal write",
    },
    "about signing in, messages, feeds, secrets, jobs and exports": {
        "user change", "user link", "user password", "user timezone", "user unlock", "user forget-openid", "user invite",
        "user invite-again", "user uninvite", "user reset-factors", "session end",
        "session end-all", "feed make", "feed revoke", "message pause", "message resume", "message settings",
        "message try", "secrets set", "secrets remove", "job cancel", "job resolve", "job retry",
        "export make",
        "execution cancel", "execution retry", "execution settle",
        "queue advance", "queue drain", "queue limit", "queue pause", "queue resume", "queue start",
        "queue stop", "queue undrain",
    },
}  # fmt: skip


def test_every_command_is_a_verb_or_is_said_to_be_none():
    names = {verb.command.name for verb in verbs().values()}
    assert commands.COMMANDS.keys() - names == set().union(*NONE.values())


def test_a_verb_asks_for_what_its_command_asks_for():
    """What whoever plays it fills in is not asked for: ids, what a page has shown, and whether it is real."""
    for verb in verbs().values():
        left = fields_of(verb.command.input).keys() - verb.fields.keys()
        assert left <= {
            "task_id", "bundle_id", "deliverable_id", "task_approval_id", "employee_id", "campaign_id", "act_id",
            "artifact_id", "revision", "seen", "dry_run", "idempotency_key",
        }, verb.name  # fmt: skip


def test_a_verb_is_called_like_no_word_of_a_step():
    assert not {"at", "after", "by", "refused", "expect", "as", FINISH} & verbs().keys()


def test_what_is_named_along_with_the_subject():
    parts = {name: verb.part for name, verb in verbs().items() if verb.part}
    assert parts == {
        "add-deliverable": "ref",
        "add-link": "label",
        "approve-file": "artifact_id",
        "bundle link": "name",
        "bundle reanchor": "anchor_date",
        "bundle stage": "stage",
        "bundle update": "title",
        "deliverable": "ref",
        "drop-step": "ref",
        "file": "label",
        "link": "name",
        "proof": "label",
        "step": "ref",
    }


def test_every_kind_of_subject_is_of_some_verb():
    assert {verb.subject for verb in verbs().values()} == set(Subject)
