"""Content, people, export, audit, doctor; exit codes and the form of errors."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import commit_all
from tests.factories import PEOPLE, make_bundle, make_people


def test_content_check_says_how_many_problems_there_are(cli):
    answer = cli("content", "check", "--json")
    assert answer.code == 0
    assert (answer.json["errors"], answer.json["warnings"], answer.json["problems"]) == (0, 0, [])


def test_content_check_points_at_the_line_and_exits_1(cli, content_repo):
    file = content_repo / "content" / "task_templates" / "newsletter.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("offset_days:", "ofset_days:", 1), encoding="utf-8"
    )
    answer = cli("--content", str(content_repo), "content", "check", "--worktree", "--json")
    assert answer.code == 1
    problem = next(one for one in answer.json["problems"] if one["code"] == "UNKNOWN_FIELD")
    assert set(problem) == {"file", "line", "column", "code", "severity", "message", "hint"}
    assert problem["file"] == "content/task_templates/newsletter.yaml"
    assert "offset_days" in problem["message"] + problem["hint"]
    text = cli("--content", str(content_repo), "content", "check", "--worktree")
    assert f"{problem['file']}:{problem['line']}:{problem['column']}: {problem['code']}" in text.out
    github = cli("--content", str(content_repo), "content", "check", "--worktree", "--format", "github")
    assert f"::error file={problem['file']},line={problem['line']}" in github.out
    assert f"::{problem['message']} {problem['hint']}\n" in github.out


def test_a_line_for_github_ends_where_it_ends_and_keeps_its_percent_signs(cli, content_repo):
    """A property ends at a comma or a colon, and what follows a percent sign is a code."""
    file = content_repo / "content" / "task_templates" / "half, 50%25.yaml"
    file.write_text('"50%25": half\n', encoding="utf-8")
    github = cli("--content", str(content_repo), "content", "check", "--worktree", "--format", "github")
    lines = [line for line in github.out.splitlines() if "half" in line]
    assert lines
    assert all(line.startswith("::error file=content/task_templates/half%2C 50%2525.yaml,") for line in lines)
    assert any("UNKNOWN_FIELD::50%2525 is not a field" in line for line in lines)


def test_content_check_knows_whose_override_it_is_where_a_store_can_tell(cli, workbench, content_repo):
    """R11: the campaign's partner, whoever is not there, and what is wrong over the partner's override."""
    make_people(workbench)
    templates = content_repo / "content" / "task_templates"
    line = "# yaml-language-server: $schema=../../../schemas/override.schema.json\n"
    steps = "steps: [{ref: screenshot, title: Take two}, {ref: nosuch, disabled: true}]"
    of_spring = f"overrides: indexing_check\ncampaign: acme_spring\ntasks: [{{ref: check, {steps}}}]\n"
    for place, text in (
        ("campaigns/acme_spring/indexing_check", of_spring),
        ("partners/amce/newsletter", "overrides: newsletter\npartner: amce\nname: Our letter\n"),
    ):
        file = templates / f"{place}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(line + text, encoding="utf-8")
    answer = cli("--content", str(content_repo), "content", "check", "--worktree", "--json")
    assert answer.code == 1
    assert [
        (one["code"], one["line"], one["message"])
        for one in answer.json["problems"]
        if one["code"] != "UNKNOWN_ROLE"
    ] == [
        (
            "OVERRIDE_OF_NOTHING",
            4,
            "tasks[0].steps[1] drops nosuch, which is not in the template with acme's override.",
        ),
        ("UNKNOWN_PARTNER", 3, "There is no partner amce: this override changes nothing."),
    ]


@pytest.mark.wide
def test_content_check_reads_the_commit_unless_told_otherwise(cli, content_repo):
    (content_repo / "content" / "task_templates" / "newsletter.yaml").write_text("key: [", encoding="utf-8")
    assert cli("--content", str(content_repo), "content", "check").code == 0
    assert cli("--content", str(content_repo), "content", "check", "--worktree").code == 1
    commit_all(content_repo)
    assert cli("--content", str(content_repo), "content", "check").code == 1
    assert cli("--content", str(content_repo), "--content-ref", "HEAD~1", "content", "check").code == 0


@pytest.mark.wide
def test_content_check_fix_adds_the_editor_line(cli, content_repo):
    file = content_repo / "content" / "task_types" / "article.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.split("\n", 1)[1], encoding="utf-8")
    assert (
        cli("--content", str(content_repo), "content", "check", "--worktree", "--json").json["warnings"] == 1
    )
    fixed = cli("--content", str(content_repo), "content", "check", "--fix")
    assert (fixed.code, fixed.out) == (0, "0 errors, 0 warnings\n")
    assert fixed.err == (
        "workbench: These files begin with their editor line now:\n  - content/task_types/article.yaml\n"
    )
    assert file.read_text(encoding="utf-8") == text
    assert cli("--content", str(content_repo), "content", "check", "--fix").err == ""


def test_content_show_tells_where_each_value_comes_from(cli, workbench):
    make_people(workbench)
    data = cli("content", "show", "indexing_check", "--partner", "acme", "--json").json
    origin = data["origins"]["/tasks/0/deliverables/0/required"]
    assert origin["level"] == "partner"
    assert origin["file"] == "content/task_templates/partners/acme/indexing_check.yaml"
    assert origin["line"] >= 1
    assert len(origin["commit"]) == 40
    assert data["template"]["tasks"][0]["deliverables"][0]["required"] is True
    assert (
        "[partner content/task_templates/partners/acme"
        in cli("content", "show", "indexing_check", "--partner", "acme").out
    )


def test_content_is_shown_where_there_is_no_store(cli, tmp_path):
    """As in a strategist's clone; nothing is made there."""
    words = ("--database", f"sqlite:///{tmp_path}/clone/workbench.db", "content", "show", "indexing_check")
    assert "[global content/task_templates/indexing_check.yaml:2]" in cli(*words).out
    assert "[partner content/task_templates/partners/acme" in cli(*words, "--partner", "acme").out
    assert not (tmp_path / "clone").exists()


def test_content_show_knows_the_partner_of_a_campaign_and_nobody_who_is_not_there(cli, workbench):
    make_people(workbench)
    resolved = cli("content", "show", "indexing_check", "--campaign", "acme_spring", "--json").json
    assert (
        resolved
        == cli(
            "content", "show", "indexing_check", "--partner", "acme", "--campaign", "acme_spring", "--json"
        ).json
    )
    assert (
        "partner content/task_templates/partners/acme"
        in cli("content", "show", "indexing_check", "--campaign", "acme_spring").out
    )
    for words in (("--partner", "nobody_such"), ("--campaign", "none_such")):
        answer = cli("content", "show", "indexing_check", *words)
        assert answer.code == 1
        assert words[1] in answer.err


def test_content_show_says_what_the_check_refuses_in_what_it_shows(cli, workbench, content_repo):
    make_people(workbench)
    file = content_repo / "content" / "task_templates" / "partners" / "acme" / "indexing_check.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "source_doc_ids: [no.such]\n", encoding="utf-8")
    line = len(file.read_text(encoding="utf-8").splitlines())
    words = ("--content", str(content_repo), "content", "show", "indexing_check", "--worktree", "--json")
    answer = cli(*words, "--partner", "acme")
    assert answer.code == 0
    assert answer.json["template"]["source_doc_ids"] == ["no.such"]
    assert "workbench: The check refuses files that this is made of." in answer.err
    name = file.relative_to(content_repo)
    assert f"  - {name}:{line}:1: UNKNOWN_DOC: There is no process doc no.such." in answer.err
    assert cli(*words).err == ""


def test_content_show_of_nothing_is_template_not_found(cli):
    answer = cli("content", "show", "nothing", "--json")
    assert answer.code == 1
    assert answer.json["error"]["code"] == "TEMPLATE_NOT_FOUND"


def test_loading_reference_data_says_what_it_dropped_and_which_categories_there_are(cli, tmp_path):
    """R15, ATT-06."""
    document = json.loads(json.dumps(PEOPLE))
    url = "https://acme.example/a"
    document["campaigns"][0]["attachments"] = [
        {"label": "For us", "url": url, "type": "internal_fyi"},
        {"label": "For content", "url": url, "category": "Content"},
    ]
    file = tmp_path / "people.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")
    answer = cli("reference", "load", str(file))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("\nThe reference data is loaded; 1 internal attachment was dropped.\n")
    document["campaigns"][0]["attachments"][1]["category"] = "contents"
    file.write_text(json.dumps(document), encoding="utf-8")
    refused = cli("reference", "load", str(file))
    assert refused.code == 1
    assert "no task type has the category 'contents'; use one of: content, general," in refused.err


def test_reference_data_may_be_loaded_again_and_says_what_changed(cli, tmp_path):
    file = tmp_path / "people.yaml"
    file.write_text(json.dumps(PEOPLE), encoding="utf-8")
    first = cli("reference", "load", str(file), "--json").json["counts"]
    assert first["employees"]["created"] == 4
    second = cli("reference", "load", str(file), "--json").json["counts"]
    assert second["employees"]["unchanged"] == 4
    assert second["campaign_attachments"]["unchanged"] == 1
    changed = json.loads(json.dumps(PEOPLE))
    changed["campaigns"][0]["attachments"] = [{"label": "New brand", "url": "https://acme.example/new"}]
    file.write_text(json.dumps(changed), encoding="utf-8")
    third = cli("reference", "load", str(file), "--json").json["counts"]["campaign_attachments"]
    assert (third["created"], third["removed"]) == (1, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("employees: [{key: ana}]", "name"),
        ("employes: []", "employes"),
        ("campaigns: [{key: c, name: C, partner: nobody}]", "nobody"),
        ("employees: [", "YAML"),
    ],
)
def test_a_bad_reference_file_is_refused_and_loads_nothing(cli, tmp_path, text, told):
    file = tmp_path / "people.yaml"
    file.write_text(text, encoding="utf-8")
    answer = cli("reference", "load", str(file), "--json")
    assert answer.code == 1
    assert told in answer.out


def test_a_user_is_added_once_with_known_roles(cli):
    made = cli("user", "add", "Ana@Example.com", "--name", "Ana", "--role", "member", "--json").json
    assert made["email"] == "ana@example.com"
    assert "password_hash" not in made
    again = cli("user", "add", "ana@example.com", "--name", "Ana", "--role", "member", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "CONFLICT")
    assert cli("user", "add", "b@example.com", "--name", "B", "--role", "king").code == 1


def test_export_check_restore_and_verify(cli, workbench, tmp_path):
    make_bundle(workbench, "newsletter")
    folder = str(tmp_path / "out")
    assert cli("export", folder, "--json").code == 0
    assert cli("export", "check", folder, "--json").json == {"violations": [], "valid": True, "remarks": []}
    assert cli("audit", "verify", "--json").json["intact"] is True
    assert cli("audit", "verify", folder, "--json").json["intact"] is True
    other = f"sqlite:///{tmp_path}/other/workbench.db"
    assert cli("restore", folder, "--database", other, "--json").code == 0
    assert cli("export", str(tmp_path / "again"), "--database", other).code == 0
    files = sorted((tmp_path / "out").glob("*.*"))
    assert len(files) > 10
    for file in files:
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name
    assert cli("export", folder, "--json").json["error"]["code"] == "CONFLICT"


def test_a_tampered_export_is_named_and_exits_1(cli, workbench, tmp_path):
    make_bundle(workbench, "newsletter")
    folder = tmp_path / "out"
    cli("export", str(folder))
    events = folder / "audit_events.jsonl"
    events.write_bytes(events.read_bytes().replace(b"Local operator", b"Somebody other", 1))
    checked = cli("export", "check", str(folder), "--json")
    assert checked.code == 1
    assert any(row["rule"] == "chain" for row in checked.json["violations"])
    verified = cli("audit", "verify", str(folder), "--json")
    assert verified.code == 1
    assert "event 2" in verified.json["error"]["message"]
    assert cli("restore", str(folder), "--database", f"sqlite:///{tmp_path}/n.db", "--json").code == 1


def test_doctor_looks_at_everything(cli):
    answer = cli("doctor", "--json")
    assert answer.code == 0, answer.out
    assert {row["check"] for row in answer.json["checks"]} == {
        "database", "writing", "schema version", "content", "git", "records", "blobs", "clock", "disk",
        "rights", "recorded times", "triggers", "purpose", "words", "jobs", "messages",
        "scheduler", "delivery", "workers", "database clock", "backup", "log", "metrics",
    }  # fmt: skip


def test_upgrade_of_a_new_store_has_nothing_to_do(cli):
    cli("bundle", "list")
    assert cli("upgrade", "--json").json["applied"] == []


@pytest.mark.parametrize("words", [("nonsense",), ("task", "fly"), ("task", "list", "--colour", "red")])
def test_unknown_commands_and_options_exit_2(cli, words):
    assert cli(*words).code == 2


def test_somebody_unknown_or_without_the_right_exits_4(cli):
    assert cli("bundle", "list", "--as", "nobody@example.com").code == 4
    cli("user", "add", "ana@example.com", "--name", "Ana", "--role", "member")
    answer = cli(
        "user", "add", "b@example.com", "--name", "B", "--role", "member", "--as", "ana@example.com", "--json"
    )
    assert (answer.code, answer.json["error"]["code"]) == (4, "FORBIDDEN")


def test_a_database_that_cannot_be_opened_exits_3(cli, tmp_path):
    (tmp_path / "file.db").write_text("this is no database", encoding="utf-8")
    answer = cli("bundle", "list", "--database", f"sqlite:///{tmp_path}/file.db", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (3, "STORE_UNAVAILABLE")


@pytest.mark.wide
def test_the_installed_command_runs_and_prints_only_json(settings):
    import os

    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "bundle", "list", "--json", "--content", settings.content,
         "--database", settings.database],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert json.loads(done.stdout) == {"bundles": [], "total": 0}


def test_words_that_are_no_text_are_refused(cli):
    answer = cli("task", "create", "--title", "a\udcff", "--type", "untyped", "--json")
    assert answer.code == 1
    assert "'a?' on the command line is not UTF-8" in answer.json["error"]["message"]


def test_what_is_new_is_folded_away_on_the_command_line(cli, workbench):
    make_people(workbench)
    assert cli("inbox", "seen", "--as", "ana@example.com").out == "Marked as seen.\n"
    assert cli("inbox", "seen", "--as", "ana@example.com", "--json").json == {"message": "Marked as seen."}


def test_who_is_away_is_listed_with_who_stands_in_and_why_only_to_whom_that_is_told(cli, workbench):
    make_people(workbench)
    assert cli("employee", "absences").out == "Nobody is away.\n"
    cli("employee", "away", "ana", "2026-12-21", "2027-01-03", "--substitute", "ben")
    cli("employee", "away", "ben", "2026-12-01", "2026-12-02", "--kind", "sick")

    def listed(email: str) -> list[list[str]]:
        found = cli("employee", "absences", "--as", email, "--json").json["absences"]
        return [list(one.values())[1:] for one in found]

    ben = ["ben", "2026-12-01", "2026-12-02", "nobody"]
    ana = ["ana", "2026-12-21", "2027-01-03", "ben"]
    assert listed("mara@example.com") == [[*ben, "sick"], [*ana, "holiday"]]
    assert listed("ana@example.com") == [[*ana, "holiday"]]
    assert "stands in" in cli("employee", "absences", "--as", "mara@example.com").out


def test_a_feed_says_what_to_put_before_its_path_where_nothing_says_where_the_board_is(cli, workbench):
    make_people(workbench)
    told = cli("feed", "make", "--as", "ana@example.com").out
    assert told.startswith("<address of the board>/feeds/")
    assert "public_url in workbench.toml" in told


def test_what_somebody_is_told_is_shown_in_the_words_of_the_page(cli, workbench):
    make_people(workbench)
    told = cli("message", "show", "--as", "ana@example.com").out
    for words in (
        "somebody calls you by name",
        "by e-mail",
        "at once",
        "hours are those of",
        "no mail server",
    ):
        assert words in told
    for code in ("is_daily", "is daily", "mentioned", "None"):
        assert code not in told


def test_tables_of_moments_say_the_zone(cli, workbench):
    make_people(workbench)
    cli("schedule", "start", "newsletter", "--owner", "mara@example.com")
    zone = workbench.workspace.timezone
    assert f"begins ({zone})" in cli("schedule", "list").out
    cli(
        "task",
        "create",
        "--title",
        "Call",
        "--type",
        "untyped",
        "--due-date",
        "2026-12-03",
        "--assignee",
        "ana",
    )
    assert f"when ({zone})" in cli("reminders", "list", "--month", "--as", "ana@example.com").out
    assert f"Times are those of {zone}." in cli("reminders", "explain", "1").out
