"""Templates are changed by forms, and nothing besides what was changed (EDT-01, EDT-03, EDT-07, EDT-08)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from engine.access import Actor
from engine.app import Workbench
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.proposals import drafting
from engine.proposals.models import Proposal
from engine.proposals.overlay import content_with, text_of
from tests.web.browser_forms import ShownForm, form_of
from tests.web.conftest import Visitor
from web.pages.editing import sections

FILE = "content/task_templates/{}.yaml"


def begun(visitor: Visitor, key: str, **chosen: str) -> str:
    """Begin to change a template; return the address of its form."""
    answer = visitor.post(
        f"/templates/{key}/edit", {"for": next(iter(chosen), "everybody"), **chosen, "form": "begin"}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def text_in(workbench: Workbench, actor: Actor, path: str) -> str:
    with workbench.reading(actor) as tx:
        [text] = [
            texts[path] for draft in tx.find(Proposal) if path in (texts := drafting.texts_of(tx, draft))
        ]
    assert text is not None
    return text


def sections_of(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"section=([\w.]+)\"", page)))


@pytest.mark.few(1)
@pytest.mark.parametrize("key", ["blog_post", "monthly_tax_report", "podcast_episode", "newsletter"])
def test_every_section_that_is_saved_untouched_leaves_the_file_as_it_is(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], key: str
):
    address = begun(mara, key)
    before = text_in(workbench, people["mara"], FILE.format(key))
    sections = sections_of(mara.get(address).text)
    assert len(sections) > 8
    for section in sections:
        form = form_of(mara.get(f"{address}?section={section}").text, "section-form")
        answer = mara.client.post(form.action, data=form.with_values())
        assert answer.status_code == 303, (section, answer.text)
        assert text_in(workbench, people["mara"], FILE.format(key)) == before, section


class Wizard:
    """Somebody who changes a template by its forms, as a browser sends them."""

    def __init__(self, visitor: Visitor, workbench: Workbench, actor: Actor, key: str, **chosen: str) -> None:
        self.visitor, self.workbench, self.actor = visitor, workbench, actor
        self.address = begun(visitor, key, **chosen)
        self.path = FILE.format(key)

    def shown(self, section: str) -> str:
        return self.visitor.get(f"{self.address}?section={section}").text

    def form(self, section: str, name: str = "section-form") -> ShownForm:
        return form_of(self.shown(section), name)

    def save(
        self, section: str, typed: dict[str, str | list[str]], form: ShownForm | None = None
    ) -> TestResponse:
        form = form or self.form(section)
        return self.visitor.client.post(form.action, data=form.with_values(typed))

    def arrange(self, section: str, name: str, **typed: str) -> TestResponse:
        form = self.form(section, name)
        return self.visitor.client.post(form.action, data=form.with_values(dict(typed)))

    @property
    def text(self) -> str:
        return text_in(self.workbench, self.actor, self.path)

    def change(self) -> tuple[list[str], list[str]]:
        """Return the lines that went of the file, and those that came."""
        before = text_of(self.workbench.content(), self.path) or ""
        lines = list(difflib.ndiff(before.splitlines(), self.text.splitlines()))
        return [one[2:] for one in lines if one[:2] == "- "], [one[2:] for one in lines if one[:2] == "+ "]


@pytest.fixture
def wizard(mara: Visitor, workbench: Workbench, people: dict[str, Actor]) -> Wizard:
    return Wizard(mara, workbench, people["mara"], "blog_post")


def test_a_file_that_no_form_can_show_leads_to_the_line_in_its_text(wizard: Wizard):
    with wizard.workbench.transaction(wizard.actor) as tx:
        [draft] = tx.find(Proposal)
        drafting.write(tx, draft.proposal_id, wizard.path, "key: blog_post\nname: [\n", seen=wizard.text)
    page = wizard.visitor.get(wizard.address).text
    [line] = re.findall(r'href="(/proposals/[^"]+/yaml[^"]*#line-\d+)">Line \d', page)
    assert wizard.visitor.get(line.replace("&amp;", "&")).status_code == 200


DUE = "    due: {offset: -15, unit: business_days, from: anchor}"
#: What is typed in the section of a task, and the lines that go and come.
TYPED: list[tuple[str, dict[str, str | list[str]], list[str], list[str]]] = [
    (
        "a title that needs quotes",
        {"f.title": "Brief: all of it"},
        ['    title: "Brief: {{ topic }}"'],
        ["    title: 'Brief: all of it'"],
    ),
    (
        "when it is due",
        {"f.due.number": "10"},
        [DUE],
        ["    due: {offset: -10, unit: business_days, from: anchor}"],
    ),
    (
        "that it is due days before the anchor date",
        {"f.due.number": "3", "f.due.unit": "days"},
        [DUE],
        ["    due: {offset: -3, unit: days, from: anchor}"],
    ),
    ("that it is due on no day", {"f.due.number": ""}, [DUE], []),
    (
        "whose it is",
        {"f.assignee": "employee:ana"},
        ["    assignee: {role: seo_specialist}"],
        ["    assignee: {employee: ana}"],
    ),
    (
        "what it comes after",
        {"f.depends_on": ["draft", "edit"]},
        [],
        ["    depends_on:", "      - draft", "      - edit"],
    ),
    (
        "one answer for which it is made",
        {"f.when.name": "sponsored", "f.when.is": "yes"},
        [],
        ["    when:", "      properties:", "        sponsored:", "          const: true"],
    ),
    (
        "a new step",
        {"f.steps.new.title": "Tell the writer"},
        [],
        ["      - ref: tell_the_writer", "        title: Tell the writer"],
    ),
    (
        "that its proof is welcome, not needed",
        {"f.proof.0.required": "false"},
        ["      - {kind: url, label: Brief, required: true}"],
        ["      - {kind: url, label: Brief, required: false}"],
    ),
    (
        "that two decide on it",
        {"f.approval.required": "true", "f.approval.sources": '["internal", "portal"]'},
        [],
        ["    approval:", "      required: true", "      sources:", "      - internal", "      - portal"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "gone", "come"), [row[1:] for row in TYPED], ids=[row[0] for row in TYPED])
def test_what_is_typed_of_a_task_changes_its_own_lines(
    wizard: Wizard, typed: dict[str, str | list[str]], gone: list[str], come: list[str]
):
    answer = wizard.save("task.brief", typed)
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith("section=task.brief"), "the same section is shown again"
    assert wizard.change() == (gone, come)
    once = wizard.text
    assert wizard.save("task.brief", {}).status_code == 303
    assert wizard.text == once, "saved untouched, it stays"


def test_a_step_moves_as_it_stands(wizard: Wizard):
    assert wizard.save("task.brief", {"do": "f.steps.1.up"}).status_code == 303
    brief = wizard.text.split("- ref: brief")[1].split("proof:")[0]
    assert re.findall(r"- ref: (\w+)", brief) == [
        "choose_term",
        "check_existing",
        "read_results",
        "fill_brief",
    ]
    assert wizard.save("task.brief", {"do": "f.steps.0.down"}).status_code == 303
    assert wizard.change() == ([], [])


def test_a_form_that_is_sent_twice_does_its_work_once(wizard: Wizard):
    form = wizard.form("task.brief")
    typed: dict[str, str | list[str]] = {"f.title": "Brief it", "f.steps.new.title": "Tell the writer"}
    assert wizard.save("task.brief", typed, form).status_code == 303
    once = wizard.text
    assert wizard.save("task.brief", typed, form).status_code == 303
    assert wizard.text == once


def test_another_part_that_was_changed_meanwhile_stays(wizard: Wizard):
    one, other = wizard.form("task.brief"), wizard.form("task.brief")
    assert wizard.save("task.brief", {"f.title": "Brief it"}, one).status_code == 303
    assert wizard.save("task.brief", {"f.planned_minutes": "90"}, other).status_code == 303
    assert wizard.save(sections.GENERAL, {"f.name": "Post"}).status_code == 303
    assert [line.strip() for line in wizard.change()[1]] == [
        "name: Post",
        "title: Brief it",
        "planned_minutes: 90",
    ]


def test_where_both_changed_the_same_both_are_shown_and_nothing_is_lost(wizard: Wizard):
    one, other = wizard.form("task.brief"), wizard.form("task.brief")
    assert wizard.save("task.brief", {"f.title": "Theirs", "f.priority": "high"}, one).status_code == 303
    answer = wizard.save("task.brief", {"f.title": "Mine"}, other)
    assert answer.status_code == 409
    page = answer.text
    assert "Both versions are shown" in page
    assert "Theirs" in page.split("Says by now:")[1].split("</div>")[0]
    assert "title: Theirs" in wizard.text
    again = form_of(page, "section-form")
    sent = dict(again.sent)
    assert (sent["f.title"], sent["f.priority"]) == ("Mine", "high"), "what only they changed is kept"
    assert wizard.save("task.brief", {}, again).status_code == 303
    assert [line.strip() for line in wizard.change()[1]] == ["title: Mine", "priority: high"]


def test_what_is_wrong_is_said_at_its_field_and_a_draft_may_have_it(wizard: Wizard):
    typed: dict[str, str | list[str]] = {
        "f.title": "Brief: {{ nothing }}",
        "f.fills_link": "",
        "f.planned_minutes": "-5",
    }
    assert wizard.save("task.brief", typed).status_code == 303
    page = wizard.shown("task.brief")
    assert 'id="edit-task.brief-f.planned_minutes-error"' in page
    field = page.split('id="edit-task.brief-f.planned_minutes-error"')[1].split("</p>")[0]
    assert "planned_minutes" in field
    assert "a draft may have them" in page
    outline = page.split('id="outline-brief"')[1].split("</li>")[0]
    assert "1 problem" in outline
    assert 'class="problems"' in wizard.shown(sections.GENERAL), (
        "on other sections it is told with the way there"
    )


def test_what_cannot_be_read_is_refused_at_its_field_with_what_was_typed(wizard: Wizard):
    answer = wizard.save("task.brief", {"f.validation": "a: [", "f.title": "Kept"})
    assert answer.status_code == 400
    assert (
        "This is not YAML" in answer.text.split('id="edit-task.brief-f.validation-error"')[1].split("</p>")[0]
    )
    sent = dict(form_of(answer.text, "section-form").sent)
    assert (sent["f.validation"], sent["f.title"]) == ("a: [", "Kept")
    assert wizard.change() == ([], [])


def test_tasks_are_added_moved_copied_and_removed(wizard: Wizard):
    def refs() -> list[str]:
        return re.findall(r"^  - ref: (\w+)", wizard.text, re.MULTILINE)

    before = refs()
    answer = wizard.arrange("task.brief", "add-task", title="Ask the partner: all")
    assert answer.location.endswith("section=task.ask_the_partner_all")
    assert refs() == [before[0], "ask_the_partner_all", *before[1:]]
    form = wizard.form("task.brief", "this-task")
    for _ in range(2):
        wizard.visitor.client.post(form.action, data=form.with_values({"act": "down"}))
    assert refs()[:2] == ["ask_the_partner_all", "brief"], "pressed twice, it moves once"
    assert wizard.arrange("task.brief", "this-task", act="copy").location.endswith("section=task.brief_2")
    assert refs()[:3] == ["ask_the_partner_all", "brief", "brief_2"]
    for ref in ("ask_the_partner_all", "brief_2"):
        assert wizard.arrange(f"task.{ref}", "this-task", act="remove").status_code == 303
    assert wizard.change() == ([], []), "and all is as it was, byte by byte"


def test_a_task_without_words_is_not_added(wizard: Wizard):
    answer = wizard.arrange("task.brief", "add-task", title="  ")
    assert answer.status_code == 400
    assert "Write what is to be done." in answer.text


@pytest.mark.wide
def test_an_override_shows_the_whole_and_keeps_what_differs(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    wizard = Wizard(mara, workbench, people["mara"], "indexing_check", partner="acme")
    wizard.path = "content/task_templates/partners/acme/indexing_check.yaml"
    for section in sections_of(wizard.shown(sections.GENERAL)):
        assert wizard.save(section, {}).status_code == 303
    assert wizard.change() == ([], []), "looking at it changes nothing"
    page = wizard.shown("task.check")
    assert "Inspect the address" in page
    assert "Everybody has:" in page
    assert wizard.save("task.check", {"f.planned_minutes": "30"}).status_code == 303
    assert wizard.change() == ([], ["    planned_minutes: 30"])
    assert wizard.save("task.check", {"f.planned_minutes.as_everybody": "true"}).status_code == 303
    assert wizard.change() == ([], [])
    assert wizard.save("task.check", {"f.steps.as_everybody": "true"}).status_code == 303
    gone, come = wizard.change()
    assert come == []
    assert "      - ref: screenshot" in gone
    assert wizard.save("reading", {"f.rules.as_everybody": "true"}).status_code == 303
    assert "rules:" not in wizard.text


def test_an_override_begins_with_why_it_differs(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    begun(mara, "blog_post", partner="acme", reason="They write in French.")
    path = "content/task_templates/partners/acme/blog_post.yaml"
    assert text_in(workbench, people["mara"], path) == (
        "# yaml-language-server: $schema=../../../schemas/override.schema.json\n"
        "overrides: blog_post\npartner: acme\nreason: They write in French.\n"
    )


def test_why_an_override_that_is_there_differs_more_is_why_it_is_proposed(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    begun(mara, "indexing_check", partner="acme", reason="They ask on Fridays.")
    with workbench.reading(people["mara"]) as tx:
        assert [one.description for one in tx.find(Proposal)] == ["They ask on Fridays."]


def test_a_copy_is_a_draft_keeps_every_comment_and_leaves_out_what_only_one_may_have(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    begun(mara, "blog_post", new_name="Long read")
    made = text_in(workbench, people["mara"], FILE.format("long_read"))
    shipped = text_of(workbench.content(), FILE.format("blog_post")) or ""
    lines = list(difflib.ndiff(shipped.splitlines(), made.splitlines()))
    assert sorted(one for one in lines if one[:2] in ("- ", "+ ")) == [
        "+ key: long_read", "+ name: Long read", "+ status: draft",
        "- key: blog_post", "- name: Blog post", "- portal_service_item_id: svc_blog_post",
        "- status: active",
    ]  # fmt: skip
    content = content_with(workbench.content(), {FILE.format("long_read"): made})
    assert [
        one.message for one in content.problems if one.file.endswith("long_read.yaml") and one.is_error
    ] == []


def test_a_new_template_begins_from_its_first_tasks_and_passes_the_check(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    form = {
        "name": "Press kit",
        "task_type": "article",
        "tasks": "Collect the pictures\r\n\r\nWrite: all\r\n",
    }
    answer = mara.post("/templates/new", form)
    assert answer.status_code == 303
    made = text_in(workbench, people["mara"], FILE.format("press_kit"))
    content = content_with(workbench.content(), {FILE.format("press_kit"): made})
    template = content.templates["press_kit"]
    assert [(task.ref, task.title, task.offset_days) for task in template.tasks] == [
        ("collect_the_pictures", "Collect the pictures", 0),
        ("write_all", "Write: all", 0),
    ]
    assert [one for one in content.problems if one.file == FILE.format("press_kit")] == []
    assert template.status == "draft"
    assert "nobody can start it before you make that active" in mara.get("/templates/new").text
    assert mara.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"for": "partner", "partner": ""}, "Choose the partner."),
        ({"for": "new_name", "new_name": ""}, "Give the new template a name."),
        ({"for": "new_name", "new_name": "Newsletter"}, "There is a template newsletter already."),
        ({"for": "partner", "partner": "nobody"}, "There is no partner nobody."),
        ({}, "Say for whom it changes"),
        (
            {"for": "partner", "partner": "acme", "new_name": "Long read"},
            "gave a new template a name, and chose",
        ),
    ],
)
def test_what_cannot_begin_says_why(mara: Visitor, form: dict[str, str], words: str):
    answer = mara.post("/templates/blog_post/edit", {"form": "begin", **form})
    assert 400 <= answer.status_code < 500
    assert words in answer.text


def test_whoever_begins_again_goes_on_with_their_draft(mara: Visitor):
    assert begun(mara, "blog_post").split("?")[0] == begun(mara, "blog_post").split("?")[0]
    assert "You have begun already" in mara.get("/templates/blog_post/edit").text


def test_only_who_may_propose_is_offered_it_and_only_the_author_sees_a_draft(
    mara: Visitor, ana: Visitor, as_user: Callable[[str], Visitor]
):
    shown = mara.get("/templates/blog_post").text
    assert shown.count('href="/templates/blog_post/edit">') == 2, "a button, and where it is written"
    assert "Propose a change" not in ana.get("/templates/blog_post").text
    assert "New template" in mara.get("/templates").text
    address = begun(mara, "blog_post")
    assert as_user("sam").get(address).status_code == 404
    for path in (address, "/templates/blog_post/edit", "/templates/new"):
        assert ana.get(path).status_code == 403


def test_a_due_date_that_is_being_typed_is_said_in_words(wizard: Wizard):
    typed = "f.due.number=2&f.due.unit=business_days&f.due.side=after&f.due.from=task_completed:draft"
    assert (
        "2 working days after “Write: {{ topic }}” is done"
        in wizard.visitor.get(f"{wizard.address}/due?{typed}").text
    )
    assert "Write a whole number" in wizard.visitor.get(f"{wizard.address}/due?f.due.number=x").text


def test_every_field_of_the_format_is_in_a_form():
    """A field that joins the format joins its forms by itself."""
    template = {one.name for section in sections.of_template(is_override=False) for one in section.fields}
    assert template | {"key", "tasks"} == set(TaskTemplate.model_fields)
    task = {one.name for one in sections.of_task({"ref": "a"}).fields}
    assert task | {"ref", "offset_days"} == set(TaskDefinition.model_fields)
