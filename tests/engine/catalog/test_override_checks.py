"""What a check says of overrides: each alone, over the template, and a campaign's over its partner's."""

# ruff: noqa: E501 - the tables are read row by row
from __future__ import annotations

import pytest

from engine.catalog import check_overrides
from engine.catalog.catalog import Catalog, check
from engine.catalog.check_overrides import subject_problems
from tests.engine.catalog.conftest import ARTICLE
from tests.engine.catalog.test_checks import OVERRIDE, TEMPLATE, changed, codes

OVERRIDES = [
    ("config: {surfer: true}", "OVERRIDE_REPEATS", "config.surfer"),
    ("name: Blog post", "OVERRIDE_REPEATS", "name"),
    ("tools: {pagespeed: {auto_fetch: true, params: {strategy: mobile}}}", "OVERRIDE_REPEATS", "tools[0]"),
    ("tasks: [{ref: draft}]", "OVERRIDE_REPEATS", "tasks[0]"),
    ("tasks: [{ref: draft, offset_days: -7}]", "OVERRIDE_REPEATS", "tasks[0].offset_days"),
    (
        "tasks: [{ref: draft, steps: [{ref: outline, title: Outline}]}]",
        "OVERRIDE_REPEATS",
        "tasks[0].steps[0].title",
    ),
    ("tasks: [{ref: gone, disabled: true}]", "OVERRIDE_OF_NOTHING", "gone"),
    ("tasks: [{ref: draft, steps: [{ref: gone, disabled: true}]}]", "OVERRIDE_OF_NOTHING", "gone"),
    ("links: [{name: Gone, disabled: true}]", "OVERRIDE_OF_NOTHING", "Gone"),
    ("tools: {gone: null}", "OVERRIDE_OF_NOTHING", "gone"),
    ("rules: {gone: null}", "OVERRIDE_OF_NOTHING", "rules.gone drops gone, which is not in the template"),
    ("tasks: [{ref: draft, config: {gone: null}}]", "OVERRIDE_OF_NOTHING", "tasks[0].config.gone drops gone"),
    ("tasks: [{ref: publish, config: {surfer: null}}]", "OVERRIDE_REPEATS", "tasks[0].config.surfer says"),
    (
        "tasks: [{ref: drft, offset_days: 1}]",
        "OVERRIDE_OF_NOTHING",
        "tasks[0] changes the task drft, which is not in the template",
    ),
    (
        "tasks: [{ref: draft, steps: [{ref: wriet, required: false}]}]",
        "OVERRIDE_OF_NOTHING",
        "changes the step wriet",
    ),
    (
        "tasks: [{ref: draft, deliverables: [{ref: page, required: true}]}]",
        "OVERRIDE_OF_NOTHING",
        "changes the deliverable page",
    ),
    (
        "tasks: [{ref: draft, milestone: true}, {ref: draft, urgency: soon}]",
        "DUPLICATE_REF",
        "ref draft is used twice in tasks",
    ),
    (
        "tasks: [{ref: draft, steps: [{ref: a, title: A}, {ref: a, title: B}]}]",
        "DUPLICATE_REF",
        "ref a is used twice in steps",
    ),
    ("phases: [{key: writting, stage: x}]", "OVERRIDE_OF_NOTHING", "changes the phase writting"),
    (
        "tasks: [{ref: new, title: New, steps: [{ref: a}]}]",
        "MISSING_FIELD",
        "tasks[new].steps[a].title: it is missing",
    ),
    ("tasks: [{ref: publish, title: null}]", "MISSING_FIELD", "tasks[publish].title: it is missing"),
    ("tasks: [{ref: draft, disabled: true}]", "UNKNOWN_TASK", "draft"),
    ("tasks: [{ref: draft, depends_on: [publish]}]", "DEPENDENCY_CYCLE", "draft -> publish -> draft"),
    ("tasks: [{ref: draft, offset_days: 3, due: {offset: 1}}]", "INVALID_VALUE", "cannot both be given"),
    ("tasks: [{ref: draft, task_type: nope}]", "UNKNOWN_TASK_TYPE", "nope"),
    ("tasks: [{ref: draft, instruction_doc_id: nope}]", "UNKNOWN_DOC", "nope"),
    ("config: {word_target: few}", "CONFIG_MISMATCH", "few"),
    (
        "tasks: [{ref: publish, deliverables: [{ref: page, disabled: true}]}]",
        "NOTHING_TO_APPROVE",
        "publish needs an approval",
    ),
    (
        "tasks: [{ref: publish, deliverables: [{ref: page, required: false}]}]",
        "NOTHING_TO_APPROVE",
        "publish needs an approval",
    ),
    (
        "tasks: [{ref: draft, approval: {required: true, sources: [portal, portal]}}]",
        "INVALID_VALUE",
        "one stands there twice",
    ),
    ('tasks: [{ref: draft, title: "{{ nope }}"}]', "UNDECLARED_PARAMETER", "nope"),
]


@pytest.mark.parametrize(("text", "code", "words"), OVERRIDES)
def test_a_fault_of_an_override_is_reported_in_the_override(repo, text, code, words):
    repo.put("task_templates/partners/acme/blog_post.yaml", OVERRIDE + text + "\n")
    found = [p for p in check(repo.folder) if p.code == code]
    assert found, check(repo.folder)
    assert words in found[0].message
    place = (found[0].file, found[0].line)
    assert place == ("content/task_templates/partners/acme/blog_post.yaml", 4)


def test_a_good_override_is_without_problems(repo):
    repo.put("task_templates/partners/acme/blog_post.yaml", OVERRIDE + "tasks: [{ref: draft, deliverables: [{ref: indexing_proof, required: true}]}]\n")  # fmt: skip
    assert codes(repo) == []


#: What the partner acme changes -> what its campaign changes of that.
OVER_THE_PARTNERS = [
    (
        "tasks: [{ref: draft, steps: [{ref: legal, title: Ask the lawyers}]}]",
        "tasks: [{ref: draft, steps: [{ref: legal, disabled: true}]}]",
    ),
    (
        "tasks: [{ref: draft, steps: [{ref: legal, title: Ask the lawyers}]}]",
        "tasks: [{ref: draft, steps: [{ref: legal, title: Ask both lawyers}]}]",
    ),
    (
        "tasks: [{ref: draft, steps: [{ref: legal, title: Ask the lawyers}]}]",
        "tasks: [{ref: draft, steps: [{ref: legal, required: false}]}]",
    ),
    (
        "tasks: [{ref: check, title: Check, approval: {required: false}}]",
        "tasks: [{ref: publish, depends_on: [draft, check]}]",
    ),
    ("config: {surfer: false}", "config: {surfer: true}"),
    ("name: Acme's post", "name: Blog post"),
    ("tools: {pagespeed: false}", "tools: {pagespeed: {auto_fetch: true, params: {strategy: mobile}}}"),
    ("links: [{name: Press, required: false}]", "links: [{name: Press, disabled: true}]"),
]


ACME = "task_templates/partners/acme/blog_post.yaml"


SPRING = "task_templates/campaigns/spring/blog_post.yaml"


OF_SPRING = "overrides: blog_post\ncampaign: spring\n"


@pytest.mark.parametrize(("of_partner", "of_campaign"), OVER_THE_PARTNERS)
def test_a_campaigns_override_is_checked_over_its_partners(repo, of_partner, of_campaign):
    """R11: it may change what the partner's override says, whether the check knows the partner or not."""
    repo.put(ACME, OVERRIDE + of_partner + "\n")
    repo.put(SPRING, OF_SPRING + of_campaign + "\n")
    content = Catalog(repo.folder, worktree=True).content()
    assert [found for found in content.problems if found.code != "NO_GIT"] == []
    assert subject_problems(content, {"acme"}, {"spring": "acme"}) == []
    assert content.resolve("blog_post", partner="acme", campaign="spring")


@pytest.mark.parametrize(
    ("of_campaign", "code", "words"),
    [
        (
            "tasks: [{ref: draft, steps: [{ref: legal, disabled: true}]}]",
            "OVERRIDE_OF_NOTHING",
            "tasks[0].steps[0] drops legal, which is not in the template.",
        ),
        (
            "tasks: [{ref: draft, steps: [{ref: legal, required: false}]}]",
            "OVERRIDE_OF_NOTHING",
            "tasks[0].steps[0] changes the step legal, which is not in the template.",
        ),
        (
            "tasks: [{ref: publish, depends_on: [draft, check]}]",
            "UNKNOWN_TASK",
            "There is no other task check.",
        ),
    ],
)
def test_a_campaign_of_another_partner_changes_nothing_of_the_first(repo, of_campaign, code, words):
    """R11: where the partner is known, the override is checked over that partner's alone."""
    steps = "steps: [{ref: legal, title: Ask the lawyers}]"
    repo.put(
        ACME,
        f"{OVERRIDE}tasks: [{{ref: draft, {steps}}}, {{ref: check, title: Check, approval: {{required: false}}}}]\n",
    )
    repo.put(SPRING, OF_SPRING + of_campaign + "\n")
    content = Catalog(repo.folder, worktree=True).content()
    [found] = subject_problems(content, {"acme", "other"}, {"spring": "other"})
    assert (found.file, found.line, found.code) == (f"content/{SPRING}", 4, code)
    assert words in found.message


def test_a_campaigns_override_that_is_wrong_for_every_partner_is_an_error(repo):
    repo.put(ACME, OVERRIDE + "name: Acme's post\n")
    repo.put(SPRING, OF_SPRING + "tasks: [{ref: drft, offset_days: 1}]\n")
    content = Catalog(repo.folder, worktree=True).content()
    [found] = [found for found in content.problems if found.code != "NO_GIT"]
    assert (found.file, found.code) == (f"content/{SPRING}", "OVERRIDE_OF_NOTHING")
    assert found.hint == "Did you mean `draft`? A new task needs title."
    assert [one.message for one in subject_problems(content, {"acme"}, {"spring": "acme"})] == [
        "tasks[0] changes the task drft, which is not in the template with acme's override."
    ]


def test_what_a_campaign_breaks_over_the_template_alone_is_no_error_beside_one_that_it_has_anyway(repo):
    """R11: its partner takes the task's link away before; that nothing is dropped is wrong over both."""
    repo.put(ACME, OVERRIDE + "tasks: [{ref: publish, fills_link: null, proof: null}]\n")
    nothing = "tasks: [{ref: draft, steps: [{ref: legal, disabled: true}]}]\n"
    repo.put(SPRING, OF_SPRING + "links: [{name: Published article, disabled: true}]\n" + nothing)
    found = [one for one in Catalog(repo.folder, worktree=True).content().problems if one.code != "NO_GIT"]
    assert [(one.file, one.line, one.code) for one in found] == [
        (f"content/{SPRING}", 5, "OVERRIDE_OF_NOTHING")
    ]
    (repo.folder / "content" / ACME).unlink()
    alone = [one for one in Catalog(repo.folder, worktree=True).content().problems if one.code != "NO_GIT"]
    assert [one.code for one in alone] == ["UNKNOWN_LINK", "OVERRIDE_OF_NOTHING"]


def test_what_a_campaign_says_like_its_partner_is_told(repo):
    repo.put(ACME, OVERRIDE + "config: {surfer: false}\ntasks: [{ref: publish, disabled: true}]\n")
    repo.put(SPRING, OF_SPRING + "config: {surfer: false}\ntasks: [{ref: publish, disabled: true}]\n")
    content = Catalog(repo.folder, worktree=True).content()
    assert codes(repo) == []
    found = subject_problems(content, {"acme"}, {"spring": "acme"})
    assert [(one.code, one.line) for one in found] == [("OVERRIDE_REPEATS", 4), ("OVERRIDE_REPEATS", 5)]
    assert found[0].message == "config.surfer says what the template with acme's override says already."


def test_an_override_for_nobody_is_a_warning_where_it_is_known_who_there_is(repo):
    """R11: a misspelt folder would change nothing, without a word."""
    repo.put("task_templates/partners/acm/blog_post.yaml", "overrides: blog_post\npartner: acm\nname: A\n")
    repo.put(SPRING, OF_SPRING + "name: B\n")
    content = Catalog(repo.folder, worktree=True).content()
    assert [found for found in content.problems if found.code != "NO_GIT"] == []
    found = subject_problems(content, {"acme"}, {"summer": "acme"})
    assert [(one.code, one.severity, one.message) for one in found] == [
        ("UNKNOWN_CAMPAIGN", "warning", "There is no campaign spring: this override changes nothing."),
        ("UNKNOWN_PARTNER", "warning", "There is no partner acm: this override changes nothing."),
    ]
    assert found[1].hint == "Did you mean `acme`?"


def test_an_override_changes_what_only_the_task_type_defines(repo):
    """R11: the type's dormant deliverable is switched on by its ref alone, and its tool is dropped (TPL-12)."""
    changes = "tasks: [{ref: draft, deliverables: [{ref: summary, required: true}], tools: {search_console: false}}]"
    repo.put(ACME, OVERRIDE + changes + "\n")
    assert codes(repo) == []
    content = Catalog(repo.folder, worktree=True).content()
    for partner, required, tools in (
        (None, [False, True, False], ["search_console", "pagespeed"]),
        ("acme", [True, True, False], ["pagespeed"]),
    ):
        resolved = content.resolve("blog_post", partner=partner)
        draft = resolved.template.task("draft")
        assert next(item.ref for item in resolved.deliverables_of(draft)) == "summary"
        assert [item.required for item in resolved.deliverables_of(draft)] == required
        assert [use.tool for use in resolved.tools_of(draft)] == tools
        publish = resolved.template.task("publish")
        assert [use.tool for use in resolved.tools_of(publish)] == ["search_console", "pagespeed"]
    origins = content.resolve("blog_post", partner="acme").origins
    summary = "/tasks/0/deliverables/2"
    assert origins[f"{summary}/type"].file == "content/task_types/article.yaml"
    assert (origins[f"{summary}/required"].level, origins[f"{summary}/required"].line) == ("partner", 4)


def test_what_a_task_type_demands_can_be_dropped(repo):
    """R11: dropping the type's deliverable leaves it dormant; dropping it again is told."""
    article = ARTICLE.replace("type: text, required: false", "type: text")
    repo.put("task_types/article.yaml", article)
    repo.put(ACME, OVERRIDE + "tasks: [{ref: draft, deliverables: [{ref: summary, disabled: true}]}]\n")
    assert codes(repo) == []
    resolved = Catalog(repo.folder, worktree=True).content().resolve("blog_post", partner="acme")
    assert [
        (item.ref, item.required) for item in resolved.deliverables_of(resolved.template.task("draft"))
    ] == [
        ("summary", False),
        ("article_draft", True),
        ("indexing_proof", False),
    ]


@pytest.mark.parametrize(
    "change",
    [
        ("tools: [{tool: pagespeed", "tools: [{tool: search_console, disabled: true}, {tool: pagespeed"),
        ("config: {surfer: null}", "config: {surfer: null}\n    tools: {search_console: false}"),
    ],
)
def test_a_template_drops_a_tool_of_its_type_and_a_task_one_of_its_template(repo, change):
    """R11, R12: the type is below the global template, and the template below its task."""
    repo.put(TEMPLATE, changed(*change))
    assert codes(repo) == []
    resolved = Catalog(repo.folder, worktree=True).content().resolve("blog_post")
    assert [use.tool for use in resolved.tools_of(resolved.template.task("publish"))] == ["pagespeed"]


def test_a_key_that_a_task_removes_stays_removed_whatever_else_an_override_says(repo):
    """R11: publish has `config: {surfer: null}`; another key changed there must not bring surfer back."""
    repo.put(ACME, OVERRIDE + "tasks: [{ref: publish, config: {word_target: 300}}]\n")
    resolved = Catalog(repo.folder, worktree=True).content().resolve("blog_post", partner="acme")
    assert resolved.config_of(resolved.template.task("publish")) == {"word_target": 300}


def test_removing_a_key_that_is_not_there_is_told(repo):
    repo.put(ACME, OVERRIDE + "rules: {tne: null}\ntasks: [{ref: draft, rules: {tone: null, pace: null}}]\n")
    found = [one for one in check(repo.folder, worktree=True) if one.code == "OVERRIDE_OF_NOTHING"]
    assert [one.message for one in found] == [
        "rules.tne drops tne, which is not in the template.",
        "tasks[0].rules.pace drops pace, which is not in the template.",
    ]


def test_how_many_partners_a_campaign_is_looked_at_for_has_an_end(repo, monkeypatch):
    """S21: beyond it, the override is taken to be right for one of the others."""
    monkeypatch.setattr(check_overrides, "PARTNERS_OF_A_CHECK", 1)
    for name in ("acme", "other"):
        text = f"overrides: blog_post\npartner: {name}\nname: Post\n"
        repo.put(f"task_templates/partners/{name}/blog_post.yaml", text)
    repo.put(SPRING, OF_SPRING + "tasks: [{ref: drft, offset_days: 1}]\n")
    assert codes(repo) == []
    monkeypatch.setattr(check_overrides, "PARTNERS_OF_A_CHECK", 2)
    assert codes(repo) == ["OVERRIDE_OF_NOTHING"]


def test_an_override_of_a_broken_template_is_not_blamed(repo):
    repo.put(TEMPLATE, "key: blog_post\n")
    repo.put("task_templates/partners/acme/blog_post.yaml", OVERRIDE + "name: Other\n")
    assert {p.file for p in check(repo.folder) if p.is_error} == {f"content/{TEMPLATE}"}
