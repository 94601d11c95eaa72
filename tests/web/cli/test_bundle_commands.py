"""``workbench bundle``: every command as definitions.md section 6 has it."""

from __future__ import annotations

import textwrap

import pytest

from tests.conftest import commit_all
from tests.factories import PEOPLE, make_bundle

#: A template whose dates count from the anchor and from a parameter.
RELEASE = textwrap.dedent(
    """\
    # yaml-language-server: $schema=../schemas/task_template.schema.json
    key: release
    name: Rocket release
    task_type: untyped
    parameters:
      type: object
      required: [final_day]
      properties:
        final_day: {type: string, format: date, title: Final day}
        quick: {type: string, format: date, title: Quick day, default: "2026-12-10"}
    tasks:
      - {ref: prepare, title: Prepare, offset_days: -3}
      - {ref: fly, title: Fly, depends_on: [prepare], due: {from: "parameter:final_day"}}
      - {ref: dream, title: Dream, due: {offset: 1, from: bundle_start}}
      - {ref: hasten, title: Hasten, due: {offset: 1, from: "parameter:quick"}}
    """
)


@pytest.fixture
def people(cli, tmp_path):
    """Reference data, loaded as an operator would."""
    import json

    file = tmp_path / "people.yaml"
    file.write_text(json.dumps(PEOPLE), encoding="utf-8")  # JSON is YAML
    assert cli("reference", "load", str(file)).code == 0


def create(cli, *words: str) -> dict:
    answer = cli("bundle", "create", *words, "--json")
    assert answer.code == 0, answer.out
    return answer.json


def test_create_prints_the_bundle_with_its_tasks(cli):
    made = create(cli, "newsletter", "--anchor-date", "2026-12-01")
    assert set(made) >= {
        "bundle_id", "template_id", "title", "anchor_date", "stage", "status",
        "parameters", "pin", "links", "tasks",
    }  # fmt: skip
    assert made["template_id"] == "newsletter"
    assert made["status"] == "active"
    assert len(made["tasks"]) == 15
    assert len(made["pin"]["commit"]) == 40
    assert made["pin"]["closure_hash"]
    first = made["tasks"][0]
    assert set(first) >= {
        "task_id", "task_number", "title", "template_task_ref", "phase", "status", "due_date", "deadline",
        "assignee_id", "assignee_role", "proof", "steps", "deliverables",
    }  # fmt: skip
    assert first["due_date"] == "2026-11-17"


def test_create_without_json_is_readable(cli):
    answer = cli("bundle", "create", "newsletter", "--anchor-date", "2026-12-01")
    assert answer.code == 0
    assert "anchored on 2026-12-01" in answer.out
    assert "#15" in answer.out


def test_create_says_what_the_preview_says_of_the_dates(cli):
    answer = cli("bundle", "create", "newsletter", "--anchor-date", "2026-12-01")
    assert answer.out.splitlines()[-1].startswith("! ")
    made = create(cli, "newsletter", "--anchor-date", "2026-12-01")
    assert {"title", "ref", "warnings"} == set(made["warnings"][0])
    lines = [f"! {one['title']}: {', '.join(one['warnings'])}" for one in made["warnings"]]
    assert answer.out.splitlines()[-len(lines) :] == lines
    assert "due in the past" in lines[0]


def test_create_takes_parameters_partner_campaign_and_title(cli, people):
    made = create(
        cli, "blog_post", "--anchor-date", "2026-12-01", "--campaign", "acme_spring", "--title", "Tents",
        "--param", "topic=How to pitch a tent", "--param", "sponsored=true",
    )  # fmt: skip
    assert made["title"] == "Tents"
    assert made["parameters"]["topic"] == "How to pitch a tent"
    assert made["parameters"]["sponsored"] is True


def test_create_says_that_there_is_no_such_ref_and_not_that_the_template_is_missing(cli):
    answer = cli("--content-ref", "mian", "bundle", "create", "newsletter", "--anchor-date", "2026-12-01")
    assert answer.code == 1
    assert (
        "There is no template newsletter, nor any other: mian names no commit of the repository" in answer.err
    )
    assert "Give an existing branch, tag or commit." in answer.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("newsletter", "--anchor-date", "2026-02-30"), "BAD_REQUEST", "2026-02-30"),
        (("newsletter", "--anchor-date", "tomorrow"), "BAD_REQUEST", "YYYY-MM-DD"),
        (("newsletter",), "BAD_REQUEST", "--anchor-date"),
        (("no_such_template", "--anchor-date", "2026-12-01"), "TEMPLATE_NOT_FOUND", "no_such_template"),
        (("blog_post", "--anchor-date", "2026-12-01"), "BAD_REQUEST", "topic"),
        (("blog_post", "--anchor-date", "2026-12-01", "--param", "topic"), "BAD_REQUEST", "name=value"),
        (("newsletter", "--anchor-date", "2026-12-01", "--param", "nope=1"), "BAD_REQUEST", "nope"),
        (("newsletter", "--anchor-date", "2026-12-01", "--partner", "nobody"), "BAD_REQUEST", "nobody"),
    ],
)
def test_create_refuses_bad_input_and_makes_nothing(cli, words, code, told):
    answer = cli("bundle", "create", *words, "--json")
    assert answer.code == 1
    assert answer.json["error"]["code"] == code
    assert told in answer.out
    assert cli("bundle", "list", "--json").json["total"] == 0


def test_the_same_idempotency_key_and_request_give_the_first_bundle_again(cli):
    words = ("newsletter", "--anchor-date", "2026-12-01", "--idempotency-key", "once")
    first, second = create(cli, *words), create(cli, *words)
    assert first["bundle_id"] == second["bundle_id"]
    assert cli("bundle", "list", "--json").json["total"] == 1


def test_an_idempotency_key_with_another_request_is_refused(cli):
    create(cli, "newsletter", "--anchor-date", "2026-12-01", "--idempotency-key", "once")
    answer = cli(
        "bundle", "create", "newsletter", "--anchor-date", "2026-12-02", "--idempotency-key", "once", "--json"
    )
    assert answer.code == 1
    assert answer.json["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_show_list_link_and_stage(cli):
    made = create(cli, "newsletter", "--anchor-date", "2026-12-01")
    bundle_id = made["bundle_id"]
    assert cli("bundle", "show", bundle_id, "--json").json["bundle_id"] == bundle_id
    listed = cli("bundle", "list", "--json").json
    assert [row["bundle_id"] for row in listed["bundles"]] == [bundle_id]
    linked = cli("bundle", "link", bundle_id, "LinkedIn", "https://social.example/1", "--json").json
    assert {link["name"]: link["state"] for link in linked["links"]}["LinkedIn"] == "filled"
    assert cli("bundle", "stage", bundle_id, "announced", "--json").json["stage"] == "announced"
    assert bundle_id in cli("bundle", "list").out


def test_a_dry_run_of_reanchor_prints_the_changes_and_changes_nothing(cli):
    made = create(cli, "newsletter", "--anchor-date", "2026-12-01")
    dry = cli("bundle", "reanchor", made["bundle_id"], "2026-12-08", "--dry-run", "--json")
    assert dry.code == 0
    assert len(dry.json["changes"]) == 15
    assert cli("bundle", "show", made["bundle_id"], "--json").json == {
        name: value for name, value in made.items() if name != "warnings"
    }
    done = cli("bundle", "reanchor", made["bundle_id"], "2026-12-08", "--json").json
    assert done["anchor_date"] == "2026-12-08"
    assert done["tasks"][0]["due_date"] == "2026-11-24"


def test_reanchor_moves_days_among_the_parameters_and_names_what_stays(cli, content_repo, monkeypatch):
    """As on the board: what moves, what stays and why, and what is then due before its blocker (R3)."""
    (content_repo / "content/task_templates/release.yaml").write_text(RELEASE, encoding="utf-8")
    commit_all(content_repo)
    monkeypatch.setenv("WORKBENCH_CONTENT", str(content_repo))
    made = create(cli, "release", "--anchor-date", "2026-12-20", "--param", "final_day=2026-12-27")
    words = ("bundle", "reanchor", made["bundle_id"], "2027-01-20")
    alone = cli(*words, "--dry-run").out
    assert alone.splitlines()[0] == "Would change:"
    assert "Would stay:" in alone
    assert "counted from Final day, which stays" in alone
    assert "! Fly: due before “Prepare”, which it comes after" in alone
    both = cli(*words, "--param", "final_day=2027-01-27", "--json").json
    assert both["parameters"] == {"final_day": "2027-01-27", "quick": "2026-12-10"}
    assert [(one["title"], one["after"]) for one in both["changes"]] == [
        ("Prepare", "2027-01-17"),
        ("Fly", "2027-01-27"),
    ]
    assert [(one["title"], one["why"]) for one in both["kept"]] == [
        ("Dream", "counted from the start of the bundle"),
        ("Hasten", "counted from Quick day, which stays"),
    ]
    emptied = cli(*words, "--param", "quick=").out
    assert "! Quick day is empty: it is 2026-12-10 again, its default." in emptied
    refused = cli(*words, "--param", "final_day=soon", "--json")
    assert (refused.code, refused.json["error"]["details"][0]["option"]) == (1, "--param final_day=…")


def test_complete_names_everything_that_is_still_open(cli):
    made = create(cli, "indexing_check", "--anchor-date", "2026-12-01")
    answer = cli("bundle", "complete", made["bundle_id"], "--json")
    assert answer.code == 1
    assert answer.json["error"]["details"]


def test_cancel_closes_the_open_tasks_too(cli):
    made = create(cli, "newsletter", "--anchor-date", "2026-12-01")
    done = cli("bundle", "cancel", made["bundle_id"], "--reason", "No issue this week", "--json").json
    assert done["status"] == "cancelled"
    assert {task["status"] for task in done["tasks"]} == {"cancelled"}


def test_a_bundle_that_is_not_there_answers_not_found(cli):
    answer = cli("bundle", "show", "bnd_nope", "--json")
    assert answer.code == 1
    assert answer.json["error"]["code"] == "NOT_FOUND"


def test_the_command_line_and_the_engine_see_the_same_bundle(cli, workbench):
    bundle = make_bundle(workbench, "monthly_tax_report")
    assert cli("bundle", "show", bundle.bundle_id, "--json").json["title"] == bundle.title


def test_parameters_are_read_as_the_partner_of_the_campaign_has_them(cli, people, content_repo):
    """R13, R14: the campaign implies its partner, whose template says that a code is a text."""
    file = content_repo / "content" / "task_templates" / "partners" / "acme" / "untyped_work.yaml"
    file.write_text(
        "# yaml-language-server: $schema=../../../schemas/override.schema.json\n"
        "overrides: untyped_work\npartner: acme\n"
        "parameters: {type: object, properties: {code: {type: string}}}\n",
        encoding="utf-8",
    )
    words = ("bundle", "create", "untyped_work", "--anchor-date", "2026-12-01", "--param", "code=12")
    answer = cli("--content", str(content_repo), "--worktree", *words, "--campaign", "acme_spring", "--json")
    assert answer.code == 0, answer.out
    assert answer.json["parameters"] == {"code": "12"}


def test_a_missing_template_is_replaced_where_the_settings_say_so(cli, people, monkeypatch):
    """R14, RES-04: what only the missing template would ask for is dropped, and kept in the history."""
    words = ("gone", "--anchor-date", "2026-12-01", "--title", "Sold by phone", "--param", "topic=x")
    assert cli("bundle", "create", *words, "--json").json["error"]["code"] == "TEMPLATE_NOT_FOUND"
    monkeypatch.setenv("WORKBENCH_MISSING_TEMPLATE", "default")
    made = create(cli, *words)
    assert (made["template_id"], made["title"], made["parameters"]) == ("untyped_work", "Sold by phone", {})
    assert made["tags"] == ["untyped", "template_missing", "gone"]


def test_a_task_is_added_to_a_running_bundle_in_a_line(cli, people):
    podcast = cli("bundle", "create", "podcast_episode", "--anchor-date", "2026-12-24", "--json").json
    answer = cli("bundle", "add-task", podcast["bundle_id"], "--line", "call the venue fri !high", "--json")
    assert (answer.code, answer.json["title"], answer.json["priority"]) == (0, "call the venue", "high")
    shown = cli("bundle", "show", podcast["bundle_id"], "--json").json["tasks"]
    assert shown[-1]["task_id"] == answer.json["task_id"]


def test_another_task_of_the_template_is_added_with_a_title_of_its_own(cli, people):
    podcast = cli("bundle", "create", "podcast_episode", "--anchor-date", "2026-12-24", "--json").json
    first = next(task for task in podcast["tasks"] if task["template_task_ref"] == "obtain_speaker_email")
    words = ("bundle", "add-task", podcast["bundle_id"], "--ref", "obtain_speaker_email")
    tried = cli(*words, "--dry-run")
    assert tried.code == 0
    assert "would be made; nothing is made." in tried.out
    said = f"The link “Guest email” is filled by #{first['task_number']} alone."
    assert said in tried.out
    answer = cli(*words, "--title", "Obtain the email of the second guest")
    assert answer.out.splitlines()[0].startswith(
        f"#{len(podcast['tasks']) + 1} Obtain the email of the second guest"
    )
    assert said in answer.out
    shown = cli("bundle", "show", podcast["bundle_id"], "--json").json["tasks"]
    assert [task["template_task_ref"] for task in shown].count("obtain_speaker_email") == 2


def test_parameters_of_an_added_task_are_typed_by_the_pinned_template(cli, people):
    started = cli(
        "bundle",
        "create",
        "blog_post",
        "--anchor-date",
        "2027-03-01",
        "--partner",
        "acme",
        "--param",
        "topic=700",
        "--json",
    ).json
    ref = started["tasks"][0]["template_task_ref"]
    words = ("bundle", "add-task", started["bundle_id"], "--ref", ref)
    assert cli(*words, "--param", "topic=800").code == 0
    refused = cli(*words, "--param", "colour=red", "--json")
    assert (refused.code, refused.json["error"]["details"][0]["field"]) == (1, "parameters.colour")


@pytest.mark.usefixtures("people")
def test_blame_names_who_set_each_part_of_one_task_and_of_one_field(cli):
    made = create(
        cli, "blog_post", "--anchor-date", "2026-12-01", "--partner", "acme", "--param", "topic=Tents"
    )
    bundle_id, commit = made["bundle_id"], made["pin"]["commit"]
    whole = cli("bundle", "blame", bundle_id, "--json").json
    assert (whole["bundle_id"], whole["template_id"], whole["commit"]) == (bundle_id, "blog_post", commit)
    assert {part["task"] for part in whole["parts"]} >= {
        None,
        *(task["template_task_ref"] for task in made["tasks"]),
    }
    [due] = cli("bundle", "blame", bundle_id, "draft", "due", "--json").json["parts"]
    assert due["value"] == {"offset": -8, "unit": "business_days", "from": "anchor"}
    assert (due["set_by"]["commit"], due["set_by"]["author"]) == (commit, "Sam Strategist")
    assert due["unknown"] is None
    shown = cli("bundle", "blame", bundle_id, "draft", "due").out.splitlines()
    assert shown[0].split() == ["task", "field", "set", "by", "on", "commit", "reviewed", "by", "where"]
    place = f"content/task_templates/blog_post.yaml:{due['line']}"
    assert shown[1].split() == ["draft", "due", "Sam", "Strategist", "2026-11-01", commit[:7], place]
    refused = cli("bundle", "blame", bundle_id, "nothing")
    assert (refused.code, "In its template the tasks are called" in refused.err) == (1, True)


def test_blame_says_why_nobody_is_named(cli, content_repo, monkeypatch):
    import shutil

    shutil.rmtree(content_repo / ".git")
    monkeypatch.setenv("WORKBENCH_CONTENT", str(content_repo))
    made = create(cli, "newsletter", "--anchor-date", "2026-12-01")
    answer = cli("bundle", "blame", made["bundle_id"])
    assert "not known" in answer.out
    assert answer.out.splitlines()[-1] == "! The content was not in a Git repository."
