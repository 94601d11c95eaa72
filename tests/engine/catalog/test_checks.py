# ruff: noqa: E501 - the tables are read row by row
from __future__ import annotations

import logging
import re

import pytest

from engine.catalog import catalog as catalogs
from engine.catalog.catalog import Catalog, check
from engine.catalog.check import fix_editor_lines, people_problems
from engine.catalog.check_overrides import subject_problems
from engine.catalog.loader import FileCache
from engine.catalog.problems import WARNINGS, ProblemCode
from engine.errors import UnavailableError
from tests.engine.catalog.conftest import BLOG_POST

TEMPLATE = "task_templates/blog_post.yaml"


def codes(repo) -> list[str]:
    return [found.code for found in check(repo.folder, worktree=True) if found.code != "NO_GIT"]


@pytest.fixture
def as_a_server(monkeypatch, caplog) -> None:
    """Log what breaks down and go on, as a server does, and remember no file beyond the test."""
    caplog.set_level("ERROR")
    monkeypatch.setattr(logging.getLogger("engine.catalog.findings"), "handlers", [])
    monkeypatch.setattr(catalogs, "_CACHE", FileCache())


def _breaks(*_: object) -> object:
    raise KeyError("nobody foresaw it")


@pytest.mark.usefixtures("as_a_server")
def test_a_check_that_breaks_down_over_one_file_takes_no_other_out_of_use(repo, monkeypatch, caplog):
    monkeypatch.setattr("engine.catalog.check_template.parameter_findings", _breaks)
    repo.commit()
    content = Catalog(repo.folder).content()
    assert [(one.file, one.code) for one in content.problems] == [(f"content/{TEMPLATE}", "CHECK_FAILED")]
    assert "KeyError" in content.problems[0].message
    assert set(content.task_types) == {"article"}
    assert set(content.templates) == set()
    assert caplog.records[0].exc_info[0] is KeyError, "whoever runs Workbench finds where"


@pytest.mark.usefixtures("as_a_server")
def test_a_check_that_breaks_down_between_files_is_an_error_of_the_file(repo, monkeypatch):
    monkeypatch.setattr("engine.catalog.config_check._task_findings", _breaks)
    assert codes(repo) == ["CHECK_FAILED"]


@pytest.mark.usefixtures("as_a_server")
def test_a_check_that_breaks_down_over_an_override_is_an_error_of_it(repo, monkeypatch):
    repo.put(
        "task_templates/partners/acme/blog_post.yaml", "overrides: blog_post\npartner: acme\nname: Other\n"
    )
    monkeypatch.setattr("engine.catalog.check_overrides._Comparison.findings", _breaks)
    assert [one for one in codes(repo) if one == "CHECK_FAILED"] == ["CHECK_FAILED"]


@pytest.mark.usefixtures("as_a_server")
def test_a_file_that_breaks_its_reader_is_an_error_of_it(repo, monkeypatch):
    monkeypatch.setattr("engine.catalog.loader.fitting", _breaks)
    assert set(codes(repo)) == {"CHECK_FAILED"}


def test_the_fixture_itself_is_without_problems(repo):
    assert codes(repo) == []


def changed(old: str, new: str) -> str:
    assert old in BLOG_POST
    return BLOG_POST.replace(old, new)


#: One change to a good template -> the code, words of the message, and words of the line it points at.
TEMPLATE_FAULTS = [
    ("key: blog_post\n", "key: other\n", "NAME_MISMATCH", "blog_post.yaml has the key other", "key: other"),
    ("task_type: article\n", "task_type: artcle\n", "UNKNOWN_TASK_TYPE", "artcle", "task_type"),
    ("task_type: article\n", "", "UNKNOWN_TASK_TYPE", "draft has no task type", "ref: draft"),
    ("calendar: office", "calendar: offce", "UNKNOWN_CALENDAR", "offce", "calendar"),
    ("source_doc_ids: [content.blog-post]", "source_doc_ids: [x.y]", "UNKNOWN_DOC", "x.y", "source_doc_ids"),
    ("instruction_doc_id: content.blog-post", "instruction_doc_id: x.y", "UNKNOWN_DOC", "x.y", "instruction_doc_id"),
    ("instruction_step_id: draft", "instruction_step_id: nope", "UNKNOWN_DOC_STEP", "nope", "instruction_step_id"),
    ("    instruction_doc_id: content.blog-post\n", "", "UNKNOWN_DOC_STEP", "needs an instruction_doc_id", "instruction_step_id"),
    ("phase: publication", "phase: publicaton", "UNKNOWN_PHASE", "publicaton", "phase: publicaton"),
    ("step_ref: write", "step_ref: wriet", "UNKNOWN_STEP", "wriet", "step_ref"),
    ("depends_on: [draft]", "depends_on: [drat]", "UNKNOWN_TASK", "drat", "depends_on"),
    ("depends_on: [draft]", "depends_on: [publish]", "DEPENDENCY_CYCLE", "publish -> publish", "depends_on"),
    ("offset_days: -7", "offset_days: -7\n    depends_on: [publish]", "DEPENDENCY_CYCLE", "draft -> publish -> draft", "depends_on: [publish]"),
    ("offset_days: -7", "due: {from: 'task_completed:publish'}", "DUE_CONTRADICTION", "waits for it", "due"),
    ("offset_days: -7", "due: {from: 'task_completed:nope'}", "UNKNOWN_TASK", "nope", "due"),
    ("offset_days: -7", "due: {from: 'task_completed:draft'}", "UNKNOWN_TASK", "draft", "due"),
    ("due: {offset: 0, unit: business_days}", "offset_days: -8", "DUE_CONTRADICTION", "always due before “draft”", "offset_days: -8"),
    ("due: {offset: 0, unit: business_days}", "due: {offset: -8, unit: business_days}", "DUE_CONTRADICTION", "always due before “draft”", "due: {offset: -8"),
    ("offset_days: -7", "offset_days: -7\n    due: {offset: 1}", "INVALID_VALUE", "cannot both be given", "ref: draft"),
    ("fills_link: Published article", "fills_link: Publshed", "UNKNOWN_LINK", "Publshed", "fills_link"),
    ("fills_link: Published article", "needs_links: [Nope]", "UNKNOWN_LINK", "Nope", "needs_links"),
    ("fills_link: Published article", "skip: {reasons: [{text: x, waives: {links: [Nope]}}]}", "UNKNOWN_LINK", "Nope", "skip"),
    ("offset_days: -7", "offset_days: -7\n    needs_links: [Published article]", "LINK_FILLED_LATER", "publish can fill it only after", "needs_links"),
    ("{kind: url, label: Published article}", "{kind: comment, label: Said}", "LINK_WITHOUT_PROOF", "no url proof", "fills_link"),
    ("{kind: url, label: Published article}", "{kind: url, label: A}, {kind: url, label: B}", "LINK_WITHOUT_PROOF", "2 url proofs", "fills_link"),
    ("{kind: url, label: Published article}", "{kind: url, label: A}, {kind: file, label: A}", "DUPLICATE_REF", "label A", "proof"),
    ("ref: publish\n", "ref: draft\n", "DUPLICATE_REF", "ref draft", "ref: draft"),
    ("{ref: write, title: Write the draft}", "{ref: outline, title: B}", "DUPLICATE_REF", "outline", "title: B"),
    ("{ref: indexing_proof,", "{ref: article_draft,", "DUPLICATE_REF", "article_draft", "type: indexing_proof"),
    ("{name: Draft, required: false}", "{name: Published article}", "DUPLICATE_REF", "Published article", "links"),
    ("{key: publication, name", "{key: writing, name", "DUPLICATE_REF", "writing", "phases"),
    ('title: "Write: {{ topic }}"', 'title: "Write: {{ topik }}"', "UNDECLARED_PARAMETER", "topik", "title"),
    ('title: "Write: {{ topic }}"', 'title: "Write: {{ topic.x }}"', "INVALID_PLACEHOLDER", "topic.x", "title"),
    ("name: Blog post\n", 'name: Blog post\nbundle_title: "Article: {{ topik }}"\n', "UNDECLARED_PARAMETER", "topik", "bundle_title"),
    ("name: Blog post\n", 'name: Blog post\nbundle_title: "Article: {{ topic|upper }}"\n', "INVALID_PLACEHOLDER", "plain parameter name", "bundle_title"),
    ("name: Blog post\n", 'name: Blog post\nbundle_title: ""\n', "INVALID_VALUE", "bundle_title", "bundle_title"),
    ("name: Blog post\n", 'name: "Blog post: {{ topic }}"\n', "INVALID_PLACEHOLDER", "topic }} is not replaced here", "name:"),
    ("{name: Draft,", '{name: "Draft of {{ topic }}",', "INVALID_PLACEHOLDER", "not replaced here", "links"),
    ("name: Writing", 'name: "Writing {{ topic }}"', "INVALID_PLACEHOLDER", "not replaced here", "phases"),
    ("tone: Follow the guidelines.", 'tone: "As for {{ topic }}"', "INVALID_PLACEHOLDER", "not replaced here", "rules"),
    ("label: Published article", 'label: "Article {{ topic }}"', "INVALID_PLACEHOLDER", "not replaced here", "proof"),
    ("default_assignee: {role: writer}", 'default_assignee: {employee: "{{ topic }}"}', "INVALID_PLACEHOLDER", "not replaced here", "default_assignee"),
    ("fills_link: Published article", 'skip: {reasons: ["No {{ topic }}"]}', "INVALID_PLACEHOLDER", "not replaced here", "skip"),
    ("fills_link: Published article", 'waiting: {for: "{{ topik }}"}', "UNDECLARED_PARAMETER", "topik", "waiting"),
    ("{properties: {sponsored: {const: false}}}", "{properties: {paid: {const: false}}}", "UNDECLARED_PARAMETER", "paid", "when"),
    ("{properties: {sponsored: {const: false}}}", "{propertes: {}}", "INVALID_SCHEMA", "propertes", "when"),
    ("{properties: {sponsored: {const: false}}}", "{required: sponsored}", "INVALID_SCHEMA", "when", "when"),
    ("maxLength: 200", "maxLenght: 200", "INVALID_SCHEMA", "maxLenght", "topic:"),
    ("topic: {type: string", "topic: {type: words", "INVALID_SCHEMA", "parameters", "topic:"),
    ("  type: object\n", "", "INVALID_SCHEMA", "of an object", "parameters"),
    ("due: {offset: 0, unit: business_days}", "due: {from: 'parameter:day'}", "UNDECLARED_PARAMETER", "day", "due"),
    ("due: {offset: 0, unit: business_days}", "due: {from: 'parameter:topic'}", "INVALID_VALUE", "which is not a date", "due"),
    ("word_target: 900", "word_target: many", "CONFIG_MISMATCH", "many", "config"),
    ("config: {surfer: null}", "config: {surfer: 3}", "CONFIG_MISMATCH", "publish", "config: {surfer: 3}"),
    ("meta_schema: {word_count: integer}", "meta_schema: {word_count: int}", "INVALID_VALUE", "not a type of the short form", "meta_schema"),
    ("meta_schema: {word_count: integer}", "meta_schema: {properties: 3}", "INVALID_VALUE", "JSON Schema", "meta_schema"),
    ("calendar: office", "trigger: {mode: schedule}", "INVALID_SCHEDULE", "needs a schedule", "trigger"),
    ("calendar: office", 'trigger: {schedule: "every day"}', "INVALID_SCHEDULE", "crontab", "trigger"),
    ("calendar: office", 'trigger: {schedule: "0 9 * * 1", timezone: Nowhere}', "INVALID_SCHEDULE", "Nowhere", "trigger"),
    ("calendar: office", 'trigger: {schedule: "0 9 30 2 *"}', "SCHEDULE_NEVER_FIRES", "never fires", "trigger"),
    ("calendar: office", 'trigger: {schedule: "0 9 * * tue;rm"}', "INVALID_SCHEDULE", '"tue;rm" is no day of the week', "trigger"),
    ("calendar: office", 'trigger: {schedule: "0 9 31 * *"}', "SCHEDULE_SKIPS_MONTHS", "February, April, June", "trigger"),
    ("calendar: office", 'trigger: {schedule: "0 9,17 * * *"}', "INVALID_SCHEDULE", "several times of a day", "trigger"),
    ("calendar: office", 'trigger: {schedule: "*/5 9 * * *"}', "INVALID_SCHEDULE", "several times of a day", "trigger"),
    ("calendar: office", 'trigger: {mode: schedule, schedule: "0 9 * * 1", missed: all, overlap: skip}', "INVALID_SCHEDULE", "leaves out all but one", "trigger"),
    ("calendar: office", 'trigger: {mode: schedule, schedule: "0 9 * * 1", missed: some}', "INVALID_VALUE", "missed", "trigger"),
    ("calendar: office", 'trigger: {mode: schedule, schedule: "0 9 * * 1", lead_days: -1}', "INVALID_VALUE", "lead_days", "trigger"),
    ("calendar: office", "trigger: {campaigns: [spring, spring]}", "DUPLICATE_REF", "spring is named twice", "trigger"),
    ("calendar: office", "trigger: {parameters: {topik: Tents}}", "UNDECLARED_PARAMETER", "topik", "trigger"),
    ("calendar: office", 'trigger: {parameters: {topic: "News of {{ anchor_day }}"}}', "INVALID_PLACEHOLDER", "names no day of a start", "trigger"),
    ("calendar: office", 'reminders: {recurring: [{name: a, schedule: "often", text: b}]}', "INVALID_SCHEDULE", "crontab", "reminders"),
    ("config: {surfer: null}", 'reminders: {recurring: [{name: a, schedule: "0 9 30 2 *", text: b}]}', "SCHEDULE_NEVER_FIRES", "never fires", "reminders"),
    ("calendar: office", 'reminders: {recurring: [{name: a, schedule: "0 9 * * 1", text: b}, {name: a, schedule: "0 9 * * 2", text: b}]}', "DUPLICATE_REF", "name a is used twice", "reminders"),
    ("calendar: office", "recipe: {agent_type: content}", "MISSING_PARAMETER_TITLE", "sponsored", "sponsored"),
    ("calendar: office", "approval: {required: true, sources: [internal, internal]}", "INVALID_VALUE", "one stands there twice", "approval"),
    ("config: {surfer: null}", "approval: {required: true, sources: [portal, internal, portal]}", "INVALID_VALUE", "one stands there twice", "approval"),
    ("ref: page, type: page", "ref: page, required: false, type: page", "NOTHING_TO_APPROVE", "publish needs an approval", "ref: publish"),
    ("    deliverables: [{ref: page, type: page, visible_in_portal: true}]\n", "", "NOTHING_TO_APPROVE", "publish needs an approval", "ref: publish"),
    ("type: page, visible_in_portal: true}]", "type: page}]\n    approval: {required: true, source: portal}", "NOTHING_TO_APPROVE", "the partner sees", "approval"),
    ("{tool: pagespeed,", "{tool: pagesped,", "UNKNOWN_TOOL", "pagesped", "tools"),
    ("proof:", "prof:", "UNKNOWN_FIELD", "prof", "prof:"),
    ("calendar: office", "on_change: {due_dat: ask}", "UNKNOWN_FIELD", "on_change names due_dat,", "on_change"),
    ("calendar: office", "on_change: {when_to_use: keep}", "UNKNOWN_FIELD", "on_change names when_to_use,", "on_change"),
    ("config: {surfer: null}", "on_change: {links: keep}", "UNKNOWN_FIELD", "on_change names links,", "on_change"),
    ("config: {surfer: null}", "on_change: {offset_days: keep}", "UNKNOWN_FIELD", "on_change names offset_days,", "on_change"),
    ("phase: writing\n", "phase: writing\n    phase: writing\n", "DUPLICATE_KEY", "written twice", "phase"),
    ("steps:\n", "execution: {mode: automatic}\n    assignee: {role: writer}\n    steps:\n", "INVALID_VALUE", "bot", "ref: draft"),
    ("steps:\n", "execution: {mode: manual_trigger, executor: api_call, config: {url: 'https://x.example', browser: x}}\n    steps:\n", "CONFIG_MISMATCH", "does not fit the executor api_call", "execution: {mode"),
    ("steps:\n", "execution: {mode: manual_trigger, executor: api_call, config: {url: 'https://x.example', headers: {A: {secret: hush}}}}\n    steps:\n", "CONFIG_MISMATCH", "uses the secret hush", "execution: {mode"),
    ("steps:\n", "execution: {mode: manual_trigger, executor: api_call, config: {url: 'https://x.example', headers: {A: {secret: token}}}}\n    steps:\n", "CONFIG_MISMATCH", "sends the secret token to x.example, where the type article does not", "execution: {mode"),
    ("steps:\n", "execution: {mode: manual_trigger, executor: api_call, config: {url: 'https://x.example/{{ topik }}'}}\n    steps:\n", "UNDECLARED_PARAMETER", "topik is not a declared parameter", "execution: {mode"),
    ("steps:\n", "execution: {mode: manual_trigger, executor: api_call, config: {url: 'https://x.example', body: [{a: '{{ topic.x }}'}]}}\n    steps:\n", "INVALID_PLACEHOLDER", "topic.x", "execution: {mode"),
    ("steps:\n", f"execution: {{mode: manual_trigger, executor: report_generation, config: {{text: '[[ {'(' * 1_000}'}}}}\n    steps:\n", "CONFIG_MISMATCH", "nested too deeply to be a template", "execution: {mode"),
    ("steps:\n", "execution: {mode: manual_trigger, executor: human, config: {executor: api_call}}\n    steps:\n", "CONFIG_MISMATCH", "names its executor in config", "execution: {mode"),
    ("default_assignee: {role: writer}", "default_assignee: {role: a, employee: b}", "INVALID_VALUE", "either a role or an employee", "default_assignee"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "message", "line"), TEMPLATE_FAULTS)
def test_a_fault_in_a_template_is_one_problem_at_its_line(repo, old, new, code, message, line):
    text = changed(old, new)
    file = repo.put(TEMPLATE, text)
    found = [problem for problem in check(repo.folder) if problem.code == code]
    assert len(found) == (2 if message == "draft has no task type" else 1), check(repo.folder)
    assert message in found[0].message
    assert found[0].file == f"content/{TEMPLATE}"
    assert line in file.read_text().splitlines()[found[0].line - 1]
    assert found[0].severity == ("warning" if code in WARNINGS else "error")


def test_an_unknown_name_in_on_change_is_told_with_the_nearest_one(repo):
    repo.put(TEMPLATE, changed("calendar: office", "on_change: {due_dat: ask}"))
    (found,) = [one for one in check(repo.folder) if one.code == "UNKNOWN_FIELD"]
    assert found.hint == "Did you mean `due_date`?"


def test_on_change_may_name_all_that_a_newer_template_changes_in_running_work(repo):
    of_template = "on_change: {due_date: ask, assignee: keep, steps: recompute, links: keep, calendar: ask}"
    repo.put(TEMPLATE, changed("calendar: office", of_template).replace(
        "config: {surfer: null}", "on_change: {title: keep, proof: ask, depends_on: recompute, config: keep}"
    ))  # fmt: skip
    assert codes(repo) == []


@pytest.mark.parametrize(
    ("reasons", "cut"),
    [
        ("[Read it, then answer]", "then answer"),
        ("[nobody asked for it, and nobody will]", "and nobody will"),
        ("[Nobody asked for it, the partner least of all]", "the partner least of all"),
        ("['Read it, then answer']", None),
        ("[Read it, 'then answer']", None),
        ("[nobody asked for it, the partner does it]", None),
        ("[Nobody asked for it, The partner does it]", None),
        ("[Late, too late]", None),
        ("[or so, before that]", None),
        ("\n      - nobody asked for it\n      - and nobody will", None),
    ],
)
def test_a_text_that_a_comma_seems_to_cut_in_two_is_a_warning_with_its_line(repo, reasons, cut):
    file = repo.put(
        TEMPLATE, changed("offset_days: -7", f"offset_days: -7\n    skip:\n     reasons: {reasons}")
    )
    found = [one for one in check(repo.folder, worktree=True) if one.code != "NO_GIT"]
    assert [(one.code, one.severity) for one in found] == ([("CUT_TEXT", "warning")] if cut else [])
    for one in found:
        assert f"“{cut}”" in one.message
        assert file.read_text().splitlines()[one.line - 1][one.column - 1 :].startswith(cut)


@pytest.mark.parametrize(
    ("rules", "is_cut"),
    [
        ("{tone: Formal, but warm}", True),
        ("{tone: 'Formal, but warm'}", False),
        ("{tone: Formal, but warm: null}", False),
        ("{tone: Formal, warm}", False),
        ("{tone of voice}", False),
    ],
)
def test_a_setting_whose_text_a_comma_cut_is_a_warning(repo, rules, is_cut):
    repo.put(TEMPLATE, re.sub(r"(?m)^rules: .*$", f"rules: {rules}", BLOG_POST))
    assert codes(repo) == (["CUT_TEXT"] if is_cut else [])


def test_the_rest_of_a_text_that_is_taken_for_a_field_is_told_with_the_cause(repo):
    repo.put(TEMPLATE, changed("title: Write the draft}", "title: Write it, then read it}"))
    (found,) = [one for one in check(repo.folder, worktree=True) if one.code == "UNKNOWN_FIELD"]
    assert "then read it is not a field" in found.message
    assert found.hint == "Put the text before it in quotes: inside {...}, a comma ends a text."


def test_what_is_possible_is_no_contradiction(repo):
    repo.put(
        TEMPLATE, changed("due: {offset: 0, unit: business_days}", "due: {offset: -3, unit: business_days}")
    )
    assert codes(repo) == []


def test_a_tool_that_people_use_need_not_be_known(repo):
    repo.put(TEMPLATE, changed("auto_fetch: true", "auto_fetch: false").replace("pagespeed", "pencil"))
    assert codes(repo) == []


def test_an_active_template_needs_active_types(repo):
    repo.put("task_types/article.yaml", "key: article\nname: Article\nstatus: retired\n")
    assert codes(repo) == ["INACTIVE_TASK_TYPE"]
    repo.put(TEMPLATE, changed("name: Blog post", "name: Blog post\nstatus: draft"))
    assert codes(repo) == []


def test_a_type_has_no_parameters_that_a_placeholder_could_name(repo):
    deliverable = '{ref: page, type: page, description: "About {{ topic }}"}'
    repo.put("task_types/untyped.yaml", f"key: untyped\nname: Untyped\ndeliverables: [{deliverable}]\n")
    assert codes(repo) == ["INVALID_PLACEHOLDER"]


def test_one_service_item_has_one_template(repo):
    for key in ("one", "two"):
        repo.put(f"task_templates/{key}.yaml", {"key": key, "name": key, "task_type": "article", "portal_service_item_id": "svc", "tasks": [{"ref": "t", "title": "T"}]})  # fmt: skip
    [found] = [p for p in check(repo.folder) if p.code == "DUPLICATE_SERVICE_ITEM"]
    assert found.file == "content/task_templates/two.yaml"
    assert "one.yaml" in found.message


def test_one_document_id_is_one_file(repo):
    repo.doc("other/content.blog-post")
    [found] = [p for p in check(repo.folder) if p.code == "DUPLICATE_DOC_ID"]
    assert found.file == "content/process_docs/other/content.blog-post.md"


FILES = [
    ("task_types/bad.yaml", "key: bad\nname: B\nconfig_schema: {type: nothing}\n", "INVALID_SCHEMA", 4),
    ("task_types/bad.yaml", "key: bad\nname: B\nqa: {die_sides: 6}\n", "INVALID_VALUE", 4),
    ("task_types/bad.yaml", "key: bad\nname: B\nqa: {die_sides: 21}\n", "INVALID_VALUE", 4),
    ("task_types/bad.yaml", "key: bad\nname: B\ndeliverables: [{ref: a, type: b, step_ref: c}]\n", "INVALID_VALUE", 4),
    ("calendars/bad.yaml", "key: bad\nname: B\ntimezone: Nowhere\n", "INVALID_VALUE", 4),
    ("task_templates/partners/acme/nothing.yaml", "overrides: nothing\npartner: acme\nname: X\n", "OVERRIDE_OF_NOTHING", 2),
    ("task_templates/partners/acme/blog_post.yaml", "overrides: blog_post\npartner: zeta\nname: X\n", "NAME_MISMATCH", 3),
    ("task_templates/campaigns/acme/blog_post.yaml", "overrides: blog_post\npartner: acme\nname: X\n", "NAME_MISMATCH", 3),
    ("task_templates/partners/acme/other.yaml", "overrides: blog_post\npartner: acme\nname: X\n", "NAME_MISMATCH", 2),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "code", "line"), FILES)
def test_a_fault_in_another_file_is_a_problem_at_its_line(repo, path, text, code, line):
    repo.put(path, text)
    [found] = [p for p in check(repo.folder) if p.code == code]
    assert (found.file, found.line) == (f"content/{path}", line)


@pytest.mark.parametrize(
    "path", ["task_templates/a/b.yaml", "task_types/x.yml", "loose.yaml", "process_docs/a/b.yaml"]
)
def test_yaml_where_no_content_belongs_is_named(repo, path):
    repo.write(path, "key: x\n")
    assert codes(repo) == ["MISPLACED_FILE"]


@pytest.mark.parametrize("path", ["README.md", "task_templates/blog_post.scenario.yaml", "schemas/x.yaml", "process_docs/README.md", "task_types/.hidden.yaml"])  # fmt: skip
def test_files_that_are_no_content_are_left_alone(repo, path):
    repo.write(path, "anything: [")
    assert codes(repo) == []


def test_links_are_not_followed(repo, tmp_path):
    secret = tmp_path / "secret.yaml"
    secret.write_text("key: secret\nname: Secret\n")
    (repo.folder / "content/task_types/secret.yaml").symlink_to(secret)
    assert codes(repo) == ["UNREADABLE_FILE"]


def test_a_link_is_told_as_one_beside_a_file_without_bytes_too(repo):
    repo.write("task_types/empty.yaml", "")
    (repo.folder / "content/task_types/linked.yaml").symlink_to(repo.folder / "content" / TEMPLATE)
    assert codes(repo) == ["EMPTY_FILE", "UNREADABLE_FILE"]


OVERRIDE = "overrides: blog_post\npartner: acme\n"


def test_a_role_that_nobody_holds_is_a_warning(repo):
    content = Catalog(repo.folder).content()
    [found] = people_problems(content, held_roles={"operator"}, employees=())
    assert (found.code, found.severity, found.line) == ("UNKNOWN_ROLE", "warning", 7)
    assert people_problems(content, held_roles={"writer"}, employees=()) == []


def test_an_override_for_people_who_are_not_there_is_told(repo):
    """R11: who is named in an override is looked for like who is named in a template."""
    text = "default_assignee: {role: pilot}\ntasks: [{ref: draft, assignee: {employee: ana}}]\n"
    repo.put("task_templates/partners/acme/blog_post.yaml", OVERRIDE + text)
    content = Catalog(repo.folder).content()
    found = people_problems(content, held_roles={"writer"}, employees={"ben"})
    assert [(one.code, one.severity, one.line) for one in found] == [
        ("UNKNOWN_ROLE", "warning", 4),
        ("UNKNOWN_EMPLOYEE", "error", 5),
    ]
    assert people_problems(content, held_roles={"writer", "pilot"}, employees={"ana"}) == []


def test_a_missing_editor_line_is_a_warning_that_fix_mends(repo):
    bare = "key: blog_post\n" + BLOG_POST.partition("\n")[2]
    repo.write(TEMPLATE, "# yaml-language-server: $schema=wrong.json\n" + bare)
    repo.write("task_templates/partners/acme/blog_post.yaml", OVERRIDE + "name: Other\n")
    repo.write("task_types/other.yaml", b"\xef\xbb\xbfkey: other\r\nname: Other\r\n")
    assert codes(repo) == ["MISSING_EDITOR_LINE"] * 3
    assert fix_editor_lines(repo.folder) == [
        "content/task_templates/blog_post.yaml",
        "content/task_templates/partners/acme/blog_post.yaml",
        "content/task_types/other.yaml",
    ]
    first = (repo.folder / "content/task_templates/partners/acme/blog_post.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../../schemas/override.schema.json"
    assert codes(repo) == []
    assert fix_editor_lines(repo.folder) == []


def test_fixing_changes_nothing_but_the_first_line_of_what_is_text(repo, tmp_path):
    line = b"# yaml-language-server: $schema=../schemas/task_template.schema.json"
    kept = {
        "wide.yaml": "key: wide\n".encode("utf-16"),
        "empty.yaml": b"",
        "latin.yaml": "name: Prüfung\n".encode("latin-1"),
        "right.yaml": line + b"\r\nkey: right\r\n",
    }
    files = {name: repo.write(f"task_templates/{name}", raw) for name, raw in kept.items()}
    (repo.folder / "content/task_templates/folder.yaml").mkdir()
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(b"key: outside\n")
    (repo.folder / "content/task_templates/linked.yaml").symlink_to(outside)
    dos = repo.write("task_templates/dos.yaml", b"\xef\xbb\xbfkey: dos\r\nname: Dos\r\n")
    wrong = repo.write(
        "task_templates/wrong.yaml", b"# yaml-language-server: $schema=nowhere\n# ours\nkey: wrong"
    )
    assert fix_editor_lines(repo.folder) == [
        "content/task_templates/dos.yaml",
        "content/task_templates/wrong.yaml",
    ]
    assert {name: file.read_bytes() for name, file in files.items()} == kept
    assert outside.read_bytes() == b"key: outside\n"
    assert dos.read_bytes() == line + b"\r\nkey: dos\r\nname: Dos\r\n"
    assert wrong.read_bytes() == line + b"\n# ours\nkey: wrong"


def test_a_file_that_may_not_be_fixed_is_named_with_what_to_do(repo, monkeypatch):
    repo.write(TEMPLATE, BLOG_POST)

    def refuse(self, data):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    with pytest.raises(UnavailableError, match=f"content/{TEMPLATE} cannot be changed: Permission denied"):
        fix_editor_lines(repo.folder)


def test_codes_are_stable_words_and_the_warnings_are_those_of_the_definition():
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) and code.name == code.value for code in ProblemCode)
    assert {code.value for code in WARNINGS} == {
        "CUT_TEXT",
        "LINK_FILLED_LATER",
        "OVERRIDE_REPEATS",
        "MISSING_PARAMETER_TITLE",
        "DUE_SOMETIMES_EARLY",
        "SCHEDULE_NEVER_FIRES",
        "SCHEDULE_SKIPS_MONTHS",
        "UNKNOWN_ROLE",
        "UNKNOWN_PARTNER",
        "UNKNOWN_CAMPAIGN",
        "UNKNOWN_TOOL",
        "MISSING_EDITOR_LINE",
        "NO_GIT",
        "QUARANTINED",
    }


def test_a_schedule_for_somebody_who_is_not_there_is_a_warning_at_its_line(repo):
    repo.put(
        TEMPLATE, changed("calendar: office", "trigger: {partners: [acme, zeta],\n  campaigns: [autumn]}")
    )
    found = subject_problems(Catalog(repo.folder, worktree=True).content(), {"acme"}, {"spring": "acme"})
    assert [(one.code, one.severity) for one in found] == [
        ("UNKNOWN_PARTNER", "warning"),
        ("UNKNOWN_CAMPAIGN", "warning"),
    ]
    assert "There is no campaign autumn for the schedule" in found[1].message
    assert found[0].line + 1 == found[1].line
