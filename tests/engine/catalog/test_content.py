from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from engine.catalog.catalog import Catalog
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import ContentError
from tests.engine.catalog.conftest import ARTICLE, BLOG_POST

TEMPLATE = "task_templates/blog_post.yaml"
FILE = f"content/{TEMPLATE}"

# --- resolution


PARTNER = """\
overrides: blog_post
partner: acme
config: {word_target: 500}
tasks: [{ref: draft, offset_days: -5}]
"""
CAMPAIGN = """\
overrides: blog_post
campaign: spring
tasks: [{ref: draft, offset_days: -3}, {ref: publish, disabled: true}]
"""


def test_partner_then_campaign_override_the_global_template(repo):
    repo.put("task_templates/partners/acme/blog_post.yaml", PARTNER)
    repo.put("task_templates/campaigns/spring/blog_post.yaml", CAMPAIGN)
    commit = repo.commit()
    content = Catalog(repo.folder).content()

    def offset(**scope):
        return content.resolve("blog_post", **scope).template.task("draft").offset_days

    assert (offset(), offset(partner="zeta"), offset(partner="acme"), offset(campaign="spring")) == (
        -7,
        -7,
        -5,
        -3,
    )
    resolved = content.resolve("blog_post", partner="acme", campaign="spring")
    assert [task.ref for task in resolved.template.tasks] == ["draft"]
    assert resolved.template.config == {"surfer": True, "word_target": 500}
    origins = {
        pointer: (origin.level, origin.file, origin.line)
        for pointer, origin in resolved.origins.items()
        if pointer in {"/name", "/config/surfer", "/config/word_target", "/tasks/0/offset_days"}
    }
    assert origins == {
        "/name": ("global", FILE, 3),
        "/config/surfer": ("global", FILE, 16),
        "/config/word_target": ("partner", "content/task_templates/partners/acme/blog_post.yaml", 4),
        "/tasks/0/offset_days": ("campaign", "content/task_templates/campaigns/spring/blog_post.yaml", 4),
    }
    assert {origin.commit for origin in resolved.origins.values()} == {commit}


def test_the_closure_is_every_file_that_the_template_depends_on(repo):
    repo.put("task_types/unused.yaml", "key: unused\nname: Unused\n")
    repo.put("task_templates/partners/acme/blog_post.yaml", PARTNER)
    repo.commit()
    content = Catalog(repo.folder).content()
    assert [file.path for file in content.resolve("blog_post", partner="acme").closure] == [
        "content/calendars/office.yaml",
        "content/process_docs/content/content.blog-post.md",
        "content/task_templates/blog_post.yaml",
        "content/task_templates/partners/acme/blog_post.yaml",
        "content/task_types/article.yaml",
    ]


def test_the_closure_hash_changes_with_each_of_its_files_and_with_no_other(repo):
    repo.put("task_types/unused.yaml", "key: unused\nname: Unused\n")
    repo.commit()
    catalog = Catalog(repo.folder)
    hashes = [catalog.content().resolve("blog_post").closure_hash]
    for path in (
        "calendars/office.yaml",
        "process_docs/content/content.blog-post.md",
        TEMPLATE,
        "task_types/article.yaml",
    ):
        file = repo.folder / "content" / path
        file.write_text(file.read_text() + ("\nMore.\n" if path.endswith(".md") else "\n# more\n"))
        repo.commit()
        hashes.append(catalog.content().resolve("blog_post").closure_hash)
    assert len(set(hashes)) == len(hashes)
    repo.put("task_types/unused.yaml", "key: unused\nname: Changed\n")
    repo.commit()
    assert catalog.content().resolve("blog_post").closure_hash == hashes[-1]


def test_each_file_names_the_commit_and_author_of_its_last_change(repo):
    first = repo.commit("one", author="Ana <ana@example.com>")
    repo.put("task_types/article.yaml", ARTICLE + "# more\n")
    second = repo.commit("two", author="Ben <ben@example.com>")
    repo.doc("content/unrelated")
    repo.commit("three")
    content = Catalog(repo.folder).content()
    closure = {file.path: (file.commit, file.author) for file in content.resolve("blog_post").closure}
    assert closure[FILE] == (first, "Ana")
    assert closure["content/task_types/article.yaml"] == (second, "Ben")
    assert content.last_commit(FILE).email == "ana@example.com"
    assert content.last_commit(FILE).authored_at.startswith("20")


@pytest.mark.wide  # hundreds of commits
def test_a_file_unchanged_for_hundreds_of_commits_still_names_its_own(repo):
    first = repo.commit("one")
    commits = [
        f"commit refs/heads/main\ncommitter A <a@b.c> {1_800_000_000 + number} +0000\ndata 1\nx\n"
        + ("from refs/heads/main^0\n" if number == 0 else "")
        + f"M 644 inline content/process_docs/noise.md\ndata 3\n{number:03}\n"
        for number in range(450)
    ]
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=repo.top, input="".join(commits), text=True, check=True
    )
    content = Catalog(repo.folder).content()
    assert content.commit != first
    assert content.last_commit(FILE).commit == first


def test_a_change_made_in_a_merge_names_the_merge(repo):
    repo.commit("one")
    repo.git("checkout", "-q", "-b", "feature")
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Theirs"))
    repo.commit("theirs")
    repo.git("checkout", "-q", "main")
    repo.doc("content/unrelated")
    repo.commit("ours")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "feature")
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Mixed"))
    merge = repo.commit("merge")
    assert Catalog(repo.folder).content().last_commit(FILE).commit == merge


def test_an_override_that_breaks_the_template_is_refused_for_its_scope_only(repo):
    repo.put("task_templates/partners/acme/blog_post.yaml", PARTNER.replace("offset_days: -5", "title: null"))
    repo.commit()
    content = Catalog(repo.folder).content()
    assert content.resolve("blog_post").key == "blog_post"
    with pytest.raises(ContentError, match="title"):
        content.resolve("blog_post", partner="acme")


@pytest.mark.parametrize("scope", ["partner", "campaign"])
def test_without_an_override_that_never_loaded_nothing_is_started_for_whom_it_was_written(repo, scope):
    text = PARTNER if scope == "partner" else CAMPAIGN
    key = "acme" if scope == "partner" else "spring"
    path = f"task_templates/{scope}s/{key}/blog_post.yaml"
    repo.put(path, text + "surprise: yes\n")
    repo.commit()
    content = Catalog(repo.folder).content()
    assert content.resolve("blog_post", partner="zeta").template.task("draft").offset_days == -7
    with pytest.raises(ContentError, match=f"{path}.*surprise"):
        content.resolve("blog_post", **{scope: key})


def test_an_older_version_of_an_override_stays_in_use(repo):
    path = "task_templates/partners/acme/blog_post.yaml"
    repo.put(path, PARTNER)
    repo.commit()
    repo.put(path, PARTNER + "surprise: yes\n")
    repo.commit()
    resolved = Catalog(repo.folder).content().resolve("blog_post", partner="acme")
    assert resolved.template.task("draft").offset_days == -5


def test_whoever_overrides_nothing_shares_what_was_worked_out_once(repo):
    repo.put("task_templates/partners/acme/blog_post.yaml", PARTNER)
    repo.put("task_templates/campaigns/spring/blog_post.yaml", CAMPAIGN)
    repo.commit()
    content = Catalog(repo.folder).content()
    plain = content.resolve("blog_post")
    assert content.resolve("blog_post", partner="globex", campaign="autumn") is plain
    acme = content.resolve("blog_post", partner="acme")
    assert content.resolve("blog_post", partner="acme", campaign="autumn") is acme
    spring = content.resolve("blog_post", partner="acme", campaign="spring")
    assert len({plain.closure_hash, acme.closure_hash, spring.closure_hash}) == 3


def test_retired_templates_resolve_but_are_not_active(repo):
    repo.put(TEMPLATE, BLOG_POST.replace("name: Blog post", "name: Blog post\nstatus: retired"))
    repo.commit()
    assert not Catalog(repo.folder).content().resolve("blog_post").is_active


# --- what a task gets


def test_a_task_gets_the_settings_of_type_template_and_task(repo):
    repo.commit()
    resolved = Catalog(repo.folder).content().resolve("blog_post")
    draft, publish = resolved.template.tasks
    assert resolved.task_type_of(draft).key == "article"
    assert resolved.config_of(draft) == {"surfer": True, "word_target": 900}
    assert resolved.config_of(publish) == {"word_target": 900}
    assert resolved.rules_of(publish) == {"tone": "Follow the guidelines.", "length": "Long."}
    assert [use.tool for use in resolved.tools_of(draft)] == ["search_console", "pagespeed"]
    assert [item.ref for item in resolved.deliverables_of(draft)] == [
        "summary",
        "article_draft",
        "indexing_proof",
    ]
    assert [item.required for item in resolved.deliverables_of(draft)] == [False, True, False]


@pytest.mark.parametrize(
    ("template", "task", "expected"),
    [
        ("", "", ("internal",)),
        ("approval: {required: true, source: portal}", "", ("portal",)),
        ("approval: {required: true, source: portal}", "approval: {required: false}", ()),
        ("", "approval: {required: true, sources: [portal, internal]}", ("portal", "internal")),
        ("approval: {required: true}", "", ("internal",)),
    ],
)
def test_approval_is_the_tasks_then_the_templates_then_the_types(repo, template, task, expected):
    text = BLOG_POST.replace("calendar: office", f"calendar: office\n{template}")
    repo.put(TEMPLATE, text.replace("    phase: writing\n", f"    phase: writing\n    {task}\n"))
    repo.commit()
    resolved = Catalog(repo.folder).content().resolve("blog_post")
    assert resolved.approval_of(resolved.template.task("draft")).rounds == expected


# --- the pin


def test_a_pin_survives_the_repository(repo):
    repo.put("task_templates/partners/acme/blog_post.yaml", PARTNER)
    repo.commit()
    resolved = Catalog(repo.folder).content().resolve("blog_post", partner="acme")
    text = json.dumps(resolved.as_pin())
    shutil.rmtree(repo.top)
    again = ResolvedTemplate.from_pin(json.loads(text))
    assert again == resolved
    assert again.closure_hash == resolved.closure_hash
    assert again.as_json() == resolved.as_json()
    assert again.process_docs["content.blog-post"].step("10").title == "Publish"
    assert json.dumps(again.as_pin()) == text


def test_a_pin_is_read_whatever_content_may_not_say_any_more(repo):
    """D10: running work does not change with the rules for new content."""
    repo.commit()
    pin = Catalog(repo.folder).content().resolve("blog_post").as_pin()
    earlier = {"ref": "old", "type": "t", "meta_schema": {"properties": {"a": {"pattern": "(?=a)"}}}}
    pin["template"]["tasks"][0]["deliverables"] = [earlier]
    pin["task_types"]["article"]["deliverables"] = [earlier]
    again = ResolvedTemplate.from_pin(json.loads(json.dumps(pin)))
    assert again.template.tasks[0].deliverables[0].meta_schema == earlier["meta_schema"]


def test_what_is_shown_has_an_origin_for_every_written_value(repo):
    repo.commit()
    shown = Catalog(repo.folder).content().resolve("blog_post").as_json()
    assert shown["template"]["tasks"][1]["due"]["from"] == "anchor"
    assert set(shown["origins"]["/tasks/0/title"]) == {"level", "file", "line", "commit"}
    for pointer in shown["origins"]:
        value = shown["template"]
        for step in pointer.strip("/").split("/"):
            value = (
                value[int(step)]
                if isinstance(value, list)
                else value[step.replace("~1", "/").replace("~0", "~")]
            )
