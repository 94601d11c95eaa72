"""What changed in the content between two revisions: what authors wrote, and what work gets (CNT-07)."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog.diff import report
from engine.catalog.diff.contents import ContentDiff, diff
from engine.catalog.diff.sides import sides
from engine.catalog.diff.wording import Style
from engine.catalog.loader import FileCache
from tests.engine.catalog.conftest import ARTICLE, BLOG_POST, OFFICE, ContentRepo

WRITE = "Task “Write: {{ topic }}”"
TEMPLATE = "task_templates/blog_post.yaml"
ACME = "task_templates/partners/acme/blog_post.yaml"
SPRING = "task_templates/campaigns/spring/blog_post.yaml"
LATER = BLOG_POST.replace("offset_days: -7", "offset_days: -3")
DUE = f"{WRITE} is due 3 days before the anchor date, was 7 days before the anchor date"


@pytest.fixture
def base(repo: ContentRepo) -> ContentRepo:
    """The shipped files, and an override, committed."""
    repo.put(ACME, "overrides: blog_post\npartner: acme\ntasks: [{ref: draft, offset_days: 1}]\n")
    repo.commit()
    return repo


def changed(repo: ContentRepo, named: str = "HEAD~1..HEAD", **options: object) -> ContentDiff:
    return diff(*sides(repo.folder, named), **options)  # type: ignore[arg-type]


def told(found: ContentDiff) -> str:
    return report.as_text(found)


def work(found: ContentDiff) -> list[str]:
    """Return the lines below "What work gets"."""
    part = told(found).partition("What work gets")[2].partition("To look at")[0]
    return [line for line in part.splitlines() if line]


def test_a_change_that_an_override_hides_is_none_for_its_partner(base: ContentRepo):
    base.put(TEMPLATE, LATER)
    base.commit()
    assert work(changed(base)) == [
        "Template “Blog post” (`blog_post`)",
        "- For everybody as its author wrote",
        "- For partner acme nothing changes: its override says due date of “Write: {{ topic }}” itself",
    ]


def test_a_change_within_a_task_that_an_override_drops_is_none_for_its_partner(base: ContentRepo):
    base.put(ACME, "overrides: blog_post\npartner: acme\ntasks: [{ref: publish, disabled: true}]\n")
    base.commit()
    base.put(TEMPLATE, BLOG_POST.replace("fills_link: Published article", "priority: high"))
    base.commit()
    assert work(changed(base))[-1] == (
        "- For partner acme nothing changes: its override drops the task `publish`"
    )


def test_what_an_override_leaves_is_the_same_for_its_partner(base: ContentRepo):
    base.put(TEMPLATE, BLOG_POST.replace("title: Outline", "title: Outline it"))
    base.commit()
    assert work(changed(base))[-1] == "- For partner acme the same changes"


def test_a_change_of_an_override_is_one_for_its_partner_alone(base: ContentRepo):
    base.put(ACME, "overrides: blog_post\npartner: acme\ntasks: [{ref: draft, offset_days: 2}]\n")
    base.commit()
    after_before = "2 days after the anchor date, was 1 day after the anchor date"
    found = changed(base)
    assert work(found) == [
        "Template “Blog post” (`blog_post`)",
        "- For everybody nothing changes",
        f"- For partner acme: task “Write: {{{{ topic }}}}” is due {after_before}",
    ]
    assert f"- {WRITE} is due {after_before}" in told(found), "the override's own line names the task"


def test_a_change_of_a_type_is_told_of_each_template_that_uses_it(base: ContentRepo):
    base.put("task_templates/news.yaml", BLOG_POST.replace("blog_post", "news").replace("Blog post", "News"))
    base.put(
        "task_templates/other.yaml",
        "key: other\nname: Other\ntask_type: plain\ntasks: [{ref: a, title: A}]\n",
    )
    base.put("task_types/plain.yaml", "key: plain\nname: Plain\n")
    base.commit()
    base.put(
        "task_types/article.yaml", ARTICLE.replace("required: true, source: internal", "required: false")
    )
    base.commit()
    found = changed(base)
    assert [one.key for one in found.templates] == ["blog_post", "news"]
    assert f"- {WRITE} needs no approval now, needed the approval of the team" in work(found)


def test_an_override_that_came_overrides_tasks_and_one_that_went_does_so_no_more(base: ContentRepo):
    said = "[{ref: draft, offset_days: 2}, {ref: publish, disabled: true}, {ref: call, title: Call them}]"
    base.put(SPRING, f"overrides: blog_post\ncampaign: spring\nreason: They are slow.\ntasks: {said}\n")
    base.commit()
    came, went = told(changed(base)), told(changed(base, "HEAD..HEAD~1"))
    assert "- Task “Call them” is new\n" in came
    assert f"- {WRITE} (due 2 days after the anchor date) is overridden now\n" in came
    assert "- Task “Publish: {{ topic }}” is dropped now\n" in came
    assert "- The override: reason is “They are slow.” now, where nothing was said (" in came
    assert f"- {WRITE} is not overridden any more\n" in went


def test_a_type_that_an_override_alone_chooses_is_told_of_its_partner_alone(base: ContentRepo):
    base.put("task_types/plain.yaml", "key: plain\nname: Plain\n")
    base.put(ACME, "overrides: blog_post\npartner: acme\ntask_type: plain\nconfig: null\n")
    base.commit()
    base.put("task_types/plain.yaml", "key: plain\nname: Plain\nexecutor: assistant\n")
    base.commit()
    lines = work(changed(base))
    assert lines[1] == "- For everybody nothing changes"
    assert lines[2].startswith("- For partner acme: task type “Plain”: executor is “assistant” now")


def test_holidays_and_instructions_are_told_of_the_templates_that_go_by_them(base: ContentRepo):
    base.put("calendars/office.yaml", OFFICE.replace("17:00", "16:00"))
    base.doc("content/content.blog-post", body="## Draft {#draft}\n\nType.\n\n## Publish {#10}\n\nPush.")
    base.commit()
    lines = work(changed(base))
    assert any(
        line.startswith("- Calendar “Office”: cut off is “16:00” now, before “17:00”") for line in lines
    )
    assert any(line.startswith("- Process doc “How it is done”: step “Draft”: body") for line in lines)


def test_a_campaign_lies_over_its_partner_where_that_is_known(base: ContentRepo):
    base.put(SPRING, "overrides: blog_post\ncampaign: spring\nicon: S\n")
    base.commit()
    base.put(TEMPLATE, LATER)
    base.commit()
    of_acme = changed(base, partner_of={"spring": "acme"}).templates[0].scopes[2]
    of_nobody = changed(base).templates[0].scopes[2]
    assert (of_acme.scope.campaign, len(of_acme.changes), len(of_acme.hidden)) == ("spring", 0, 1)
    assert (len(of_nobody.changes), len(of_nobody.hidden)) == (1, 0)


def test_a_template_of_another_key_is_told_as_one_with_advice(base: ContentRepo):
    (base.folder / "content" / TEMPLATE).unlink()
    (base.folder / "content" / ACME).unlink()
    base.put("task_templates/post.yaml", LATER.replace("key: blog_post", "key: post"))
    base.commit()
    text = told(changed(base))
    assert "The template lies in another file now, before in `content/task_templates/blog_post.yaml`" in text
    assert f"- {DUE}" in text
    assert "The template `blog_post` has the key `post` now. Keep the old one" in text


def test_holidays_of_one_name_are_told_by_their_days(base: ContentRepo):
    days = '{date: "2027-12-25", name: Christmas}, {date: "2028-12-25", name: Christmas}'
    base.put("calendars/office.yaml", OFFICE.replace("holidays: [", f"holidays: [{days}, "))
    base.commit()
    text = told(changed(base))
    assert "- Holiday “Christmas (2027-12-25)” is new\n- Holiday “Christmas (2028-12-25)” is new\n" in text


def test_a_process_doc_in_another_folder_is_the_same_by_its_id(base: ContentRepo):
    docs = base.folder / "content/process_docs"
    (docs / "other").mkdir()
    (docs / "content/content.blog-post.md").rename(docs / "other/content.blog-post.md")
    base.commit()
    text = told(changed(base))
    assert "lies in another file now, before in `content/process_docs/content/content.blog-post.md`" in text
    assert "To look at" not in text
    assert "Work that is started from now on gets what it got." in text


def test_a_template_that_came_and_one_that_went_are_told_as_such(base: ContentRepo):
    base.put("task_templates/news.yaml", BLOG_POST.replace("blog_post", "news").replace("Blog post", "News"))
    base.commit()
    came = told(changed(base))
    assert "- The template is new, with 2 tasks" in came
    assert "Work of the templates that there were gets what it got." in came
    assert "- The template is gone" in told(changed(base, "HEAD..HEAD~1"))


def test_one_that_went_and_one_that_came_asks_whether_it_is_the_same(base: ContentRepo):
    base.put(
        TEMPLATE,
        BLOG_POST.replace("{ref: write, title: Write the draft}", "{ref: text, title: Dictate}").replace(
            "step_ref: write", "step_ref: text"
        ),
    )
    base.commit()
    assert told(changed(base)).rpartition("To look at")[2].strip() == (
        "- `write` is gone and `text` is new. If it is the same step keep the ref, which nobody sees; "
        "running bundles are joined by it."
    )


def test_a_file_that_does_not_load_is_compared_as_it_is_in_use(base: ContentRepo):
    good = base.git("rev-parse", "HEAD")[:12]
    base.write(TEMPLATE, LATER.replace("key: blog_post", "key: blog_post\nkey: x"))
    base.commit()
    found = changed(base)
    assert (found.files[0].changes, found.templates) == ([], [])
    assert f"it does not load, so the version of commit {good} stays in use: content/{TEMPLATE}:" in told(
        found
    )


def test_an_override_that_does_not_fit_is_said_and_the_rest_is_told(base: ContentRepo):
    base.put(TEMPLATE, LATER)
    base.put(ACME, "overrides: blog_post\npartner: acme\ntasks: [{ref: later, offset_days: 2}]\n")
    base.commit()
    lines = work(changed(base))
    assert lines[1] == "- For everybody as its author wrote"
    assert "cannot be resolved for partner acme: the override does not fit the template" in lines[-1]


def test_reminders_of_the_workspace_hold_at_once(base: ContentRepo):
    base.put("reminders/workspace.yaml", "key: workspace\n")
    base.commit()
    assert "- The workspace reminders are new\n" in told(changed(base))
    base.put("reminders/workspace.yaml", 'key: workspace\ndigest: "09:00"\n')
    base.commit()
    text = told(changed(base))
    assert "digest is “09:00” now" in text
    assert "This holds at once for all work, running bundles as well" in text


def test_the_work_tree_is_compared_as_it_lies_there(base: ContentRepo):
    base.put(TEMPLATE, LATER)
    found = diff(*sides(base.folder, "HEAD", worktree=True))
    assert f"- {DUE}" in told(found)
    assert " to the work tree\n" in told(found)


def test_nothing_changed_is_said(base: ContentRepo):
    base.commit()
    assert told(changed(base)).endswith("Nothing changed.")


def test_no_file_is_read_that_neither_changed_nor_belongs_to_what_did(base: ContentRepo):
    for number in range(20):
        key = f"other_{number}"
        base.put(f"task_templates/{key}.yaml", BLOG_POST.replace("blog_post", key))
    base.commit()
    base.put(TEMPLATE, LATER)
    base.commit()
    cache = FileCache()
    changed(base, cache=cache)
    read = {path for path, _ in cache._files}
    assert read == {
        f"content/{path}" for path in (TEMPLATE, ACME, "task_types/article.yaml", "calendars/office.yaml")
    }


def test_json_and_markdown_say_the_same(base: ContentRepo, tmp_path: Path):
    base.put(TEMPLATE, LATER)
    base.commit()
    found = changed(base)
    data = report.as_json(found)
    assert data["files"][0]["words"] == [DUE]
    assert data["templates"][0]["scopes"][0]["changes"][0]["words"] == DUE
    assert data["templates"][0]["scopes"][1]["hidden"][0]["field"] == "due"
    marked = report.as_text(found, Style.MARKDOWN)
    assert "## Content from HEAD" in marked
    assert "- Task **Write: {{ topic }}** is due 3 days before" in marked
