"""``workbench task``: every verb prints the task; every refusal says why and changes nothing."""

from __future__ import annotations

import json

import pytest

from tests.factories import PEOPLE


@pytest.fixture
def people(cli, tmp_path):
    file = tmp_path / "people.yaml"
    file.write_text(json.dumps(PEOPLE), encoding="utf-8")
    assert cli("reference", "load", str(file)).code == 0
    assert cli("user", "add", "ana@example.com", "--name", "Ana", "--role", "member").code == 0


@pytest.fixture
def podcast(cli) -> dict:
    return cli("bundle", "create", "podcast_episode", "--anchor-date", "2026-12-24", "--json").json


def task_of(bundle: dict, ref: str) -> str:
    return next(task["task_id"] for task in bundle["tasks"] if task["template_task_ref"] == ref)


def done(cli, *words: str) -> dict:
    answer = cli("task", *words, "--json")
    assert answer.code == 0, answer.out
    return answer.json


def refused(cli, *words: str) -> dict:
    answer = cli("task", *words, "--json")
    assert answer.code == 1, answer.out
    return answer.json["error"]


def test_a_task_is_created_listed_and_found_by_id_number_and_uuid(cli):
    made = done(cli, "create", "--title", "Call the printer", "--type", "untyped", "--tag", "print")
    assert made["status"] == "pending"
    assert done(cli, "list")["total"] == 1
    for reference in (made["task_id"], str(made["task_number"]), made["task_uuid"]):
        assert done(cli, "show", reference)["task_id"] == made["task_id"]


def test_the_first_podcast_task_is_completed_with_proof(cli, podcast):
    first = task_of(podcast, "obtain_speaker_email")
    assert done(cli, "start", first)["status"] == "in_progress"
    error = refused(cli, "complete", first)
    assert error["code"] == "MISSING_PROOF"
    assert done(cli, "show", first)["completed_at"] is None
    given = done(cli, "proof", first, "--label", "Guest email", "--value", "mailto:guest@example.com")
    assert given["proof"][0]["value"] == "mailto:guest@example.com"
    finished = done(cli, "complete", first)
    assert finished["status"] == "completed"
    assert finished["completed_by"]
    links = {
        link["name"]: link for link in cli("bundle", "show", podcast["bundle_id"], "--json").json["links"]
    }
    assert links["Guest email"]["url"] == "mailto:guest@example.com"


def test_a_file_is_given_as_proof(cli, tmp_path):
    bundle = cli("bundle", "create", "newsletter", "--anchor-date", "2026-12-01", "--json").json
    invoice = task_of(bundle, "create_invoice")
    label = next(task for task in bundle["tasks"] if task["task_id"] == invoice)["proof"][0]["label"]
    file = tmp_path / "invoice.pdf"
    file.write_bytes(b"%PDF-1.4 invoice")
    given = done(cli, "proof", invoice, "--label", label, "--file", str(file))
    assert given["proof"][0]["artifact_id"]
    assert given["proof"][0]["facts"]["file_name"] == "invoice.pdf"
    facts = '{"file_name": "paper.pdf", "size_bytes": 12}'
    assert (
        done(cli, "proof", invoice, "--label", label, "--value", facts)["proof"][0]["facts"]["file_name"]
        == "paper.pdf"
    )


def test_proof_takes_exactly_one_of_value_and_file(cli, podcast):
    first = task_of(podcast, "obtain_speaker_email")
    assert "either" in refused(cli, "proof", first, "--label", "Guest email")["message"]
    missing = refused(cli, "proof", first, "--label", "Guest email", "--file", "/no/such/file")
    assert "cannot be read" in missing["message"]


def test_wait_resume_block_defer_note_and_cancel(cli):
    task = done(cli, "create", "--title", "Call the printer", "--type", "untyped")["task_id"]
    waiting = done(cli, "wait", task, "--for", "the printer's answer")
    assert (waiting["status"], waiting["waiting_for"]) == ("waiting", "the printer's answer")
    assert waiting["follow_up_at"]
    assert done(cli, "resume", task)["status"] == "in_progress"
    assert done(cli, "block", task, "--reason", "no toner")["status"] == "blocked"
    assert done(cli, "defer", task, "--until", "2026-12-24")["deferred_until"] == "2026-12-24"
    assert (
        done(cli, "note", task, "--text", "They are on holiday.")["notes"][-1]["body"]
        == "They are on holiday."
    )
    cancelled = done(cli, "cancel", task)
    assert (cancelled["status"], cancelled["status_reason"]) == ("cancelled", "Cancelled by user")


def test_what_somebody_should_know_besides_is_said_beside_the_answer(cli, people):
    task_id = done(cli, "create", "--title", "Call", "--type", "untyped")["task_id"]
    answer = cli("task", "note", task_id, "--text", "@bne, look", "--json")
    assert answer.json["notes"][-1]["body"] == "@bne, look"
    assert "workbench: Nobody is called @bne, so nobody was told by that name." in answer.err


def test_follow_up_takes_a_moment_in_the_workspace_zone_or_with_an_offset(cli):
    task = done(cli, "create", "--title", "Call the printer", "--type", "untyped")["task_id"]
    waiting = done(cli, "wait", task, "--for", "an answer", "--follow-up-at", "2026-12-01T09:00:00+01:00")
    assert waiting["follow_up_at"] == "2026-12-01T08:00:00.000Z"


def test_follow_up_takes_a_day_as_its_help_says_and_moves_while_the_task_waits(cli):
    """R16: a day was refused, one of the past was taken, and the follow-up of a waiting task stayed."""
    task = done(cli, "create", "--title", "Call the printer", "--type", "untyped")["task_id"]
    waiting = done(cli, "wait", task, "--for", "an answer", "--follow-up-at", "2026-12-05")
    assert waiting["follow_up_at"] == "2026-12-05T00:00:00.000Z"
    again = done(cli, "wait", task, "--for", "their boss", "--follow-up-at", "2026-12-06T09:00")
    assert (again["status"], again["waiting_for"]) == ("waiting", "their boss")
    assert again["follow_up_at"] == "2026-12-06T09:00:00.000Z"
    past = refused(cli, "wait", task, "--for", "their boss", "--follow-up-at", "2020-01-01")
    assert past["message"].startswith("--follow-up-at: that moment is past")


def test_a_refusal_names_the_option_as_it_is_typed(cli):
    task = done(cli, "create", "--title", "Call the printer", "--type", "untyped")["task_id"]
    error = refused(cli, "wait", task, "--for", "x" * 2001, "--follow-up-at", "soon")
    assert [(item["field"], item["option"]) for item in error["details"]] == [
        ("waiting_for", "--for"),
        ("follow_up_at", "--follow-up-at"),
    ]
    plain = cli("task", "wait", task, "--for", "x" * 2001)
    assert "--for: has more than 2000 characters; shorten it." in plain.err
    assert "Missing option '--for'" in cli("task", "wait", task).err


def test_skip_takes_an_allowed_reason_and_its_comment(cli):
    bundle = cli("bundle", "create", "newsletter", "--anchor-date", "2026-12-01", "--json").json
    last = task_of(bundle, "send_performance_to_sponsor")
    assert "not sponsored this week" in refused(cli, "skip", last, "--reason", "no time")["message"]
    refused(cli, "skip", last, "--reason", "not sponsored this week")
    skipped = done(cli, "skip", last, "--reason", "not sponsored this week", "--comment", "Mara agreed")
    assert skipped["status"] == "skipped"
    states = {link["state"] for link in cli("bundle", "show", bundle["bundle_id"], "--json").json["links"]}
    assert states == {"waived"}


def test_steps_are_ticked_and_opened_again(cli, podcast):
    task = next(task for task in podcast["tasks"] if task["steps"])
    reference, step = task["task_id"], task["steps"][0]["ref"]
    assert done(cli, "step", reference, step)["steps"][0]["is_completed"] is True
    assert done(cli, "step", reference, step, "--undo")["steps"][0]["is_completed"] is False


def test_a_step_does_not_apply_with_a_reason_and_an_added_one_is_taken_back(cli, podcast):
    task = next(task for task in podcast["tasks"] if task["steps"])
    reference, step = task["task_id"], task["steps"][0]["ref"]
    left_out = done(cli, "step", reference, step, "--not-applicable", "No site")["steps"][0]
    assert (left_out["left_out_reason"], left_out["is_completed"]) == ("No site", False)
    assert f"[-] {step}:" in cli("task", "show", reference).out
    refused(cli, "step", reference, step, "--not-applicable", "No site", "--undo")
    assert done(cli, "step", reference, step, "--undo")["steps"][0]["left_out_at"] is None
    added = done(cli, "add-step", reference, "--title", "Ask", "--required")["steps"][-1]
    assert (added["required"], added["source"]) == (True, "ad_hoc")
    assert done(cli, "drop-step", reference, added["ref"])["steps"][-1]["left_out_at"] is not None
    refused(cli, "drop-step", reference, step)


def test_assign_and_claim(cli, people, podcast):
    task = podcast["tasks"][0]["task_id"]
    assert done(cli, "assign", task, "--employee", "ben")["assignee_id"].startswith("emp_")
    producer = next(task for task in podcast["tasks"] if task["assignee_role"] == "producer")["task_id"]
    claimed = done(cli, "claim", producer, "--as", "ana@example.com")
    assert claimed["assignee_id"]


def test_a_deliverable_is_handed_over(cli):
    bundle = cli(
        "bundle", "create", "redirects_broken_links", "--anchor-date", "2026-12-01", "--param",
        "site_url=https://acme.example", "--json",
    ).json  # fmt: skip
    task = next(task for task in bundle["tasks"] if task["deliverables"])
    ref = task["deliverables"][0]["ref"]
    refused(cli, "deliverable", task["task_id"], "--ref", "nothing", "--url", "https://docs.example/1")
    meta = (
        "--meta",
        "total_redirects=2",
        "--meta",
        'source_urls=["/a","/b"]',
        "--meta",
        'target_urls=["/c","/d"]',
    )
    given = done(cli, "deliverable", task["task_id"], "--ref", ref, "--url", "https://docs.example/1", *meta)
    row = next(item for item in given["deliverables"] if item["ref"] == ref)
    assert row["deliverable_url"] == "https://docs.example/1"
    assert row["meta"]["total_redirects"] == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--status", "flying"), "flying"),
        (("--limit", "1000"), "100"),
        (("--limit", "many"), "many"),
        (("--sort", "beauty"), "beauty"),
        (("--due-before", "soon"), "soon"),
    ],
)
def test_a_bad_filter_is_a_refused_request(cli, words, told):
    answer = cli("task", "list", *words, "--json")
    assert answer.code == 1
    assert answer.json["error"]["code"] == "BAD_REQUEST"
    assert told in answer.json["error"]["message"]


def test_the_list_is_filtered_sorted_and_paged(cli, podcast):
    page = done(
        cli, "list", "--bundle", podcast["bundle_id"], "--sort", "-due_date", "--limit", "5", "--offset", "2"
    )
    assert page["total"] == 42
    days = [task["due_date"] for task in page["tasks"]]
    assert len(days) == 5
    assert days == sorted(days, reverse=True)
    assert done(cli, "list", "--text", podcast["tasks"][0]["title"][:12])["total"] >= 1
    assert done(cli, "list", "--status", "completed")["total"] == 0
