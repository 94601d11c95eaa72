from __future__ import annotations

import os
import shutil
import threading

import pytest

from engine.catalog.catalog import Catalog, check
from engine.errors import ContentError, TemplateNotFoundError
from tests.engine.catalog.conftest import ARTICLE, BLOG_POST, OFFICE, ContentRepo, fill

TEMPLATE = "task_templates/blog_post.yaml"
FILE = f"content/{TEMPLATE}"


def error_codes(content) -> set[str]:
    return {found.code for found in content.problems if found.is_error}


# --- where content is read from


def test_content_comes_from_the_commit_not_from_the_work_tree(repo):
    commit = repo.commit()
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Uncommitted"))
    content = Catalog(repo.folder).content()
    assert (content.commit, content.dirty, content.problems) == (commit, False, ())
    assert content.templates["blog_post"].name == "Blog post"


def test_an_author_reads_uncommitted_files_and_they_count_as_dirty(repo):
    commit = repo.commit()
    catalog = Catalog(repo.folder, worktree=True)
    assert (catalog.content().commit, catalog.content().dirty) == (commit, False)
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Uncommitted"))
    content = catalog.content()
    assert (content.commit, content.dirty) == (commit, True)
    assert content.templates["blog_post"].name == "Uncommitted"
    assert content.resolve("blog_post").dirty


def test_a_template_names_the_commit_of_the_work_tree_only_where_that_holds_all_of_its_files(repo):
    commit = repo.commit()
    repo.put("task_templates/tried.yaml", BLOG_POST.replace("key: blog_post", "key: tried"))
    content = Catalog(repo.folder, worktree=True).content()
    tried, committed = content.resolve("tried"), content.resolve("blog_post")
    assert (tried.commit, tried.dirty) == (None, True)
    assert (committed.commit, committed.dirty) == (commit, False)
    assert (tried.as_pin()["commit"], tried.as_pin()["dirty"]) == (None, True)
    kind = repo.folder / "content/task_types/article.yaml"
    kind.write_text(kind.read_text() + "# changed\n")
    assert Catalog(repo.folder, worktree=True).content().resolve("blog_post").commit is None


def test_a_folder_without_git_works_with_a_warning(repo):
    content = Catalog(repo.folder).content()
    assert content.commit is None
    assert [(found.code, found.severity) for found in content.problems] == [("NO_GIT", "warning")]
    resolved = content.resolve("blog_post")
    assert resolved.commit is None
    assert {file.commit for file in resolved.closure} == {None}


def test_a_repository_without_commits_is_read_like_a_folder(repo):
    repo.git("init", "-q")
    content = Catalog(repo.folder).content()
    assert content.commit is None
    assert "blog_post" in content.templates
    assert [found.code for found in content.problems] == ["NO_GIT"]


def test_the_content_may_lie_below_the_top_of_the_repository(tmp_path):
    repo = ContentRepo(tmp_path / "repo", below="team/[odd] name")
    fill(repo)
    commit = repo.commit(author="Ben <ben@example.com>")
    (repo.top / "content/task_types").mkdir(parents=True)
    (repo.top / "content/task_types/elsewhere.yaml").write_text("key: elsewhere\nname: Elsewhere\n")
    repo.commit("other content")
    content = Catalog(repo.folder).content()
    assert set(content.task_types) == {"article"}
    resolved = content.resolve("blog_post")
    assert FILE in {file.path for file in resolved.closure}
    assert {(file.commit, file.author) for file in resolved.closure} == {(commit, "Ben")}


def test_a_branch_a_tag_or_a_commit_can_be_the_ref(repo):
    first = repo.commit()
    repo.git("tag", "-a", "v1", "-m", "one")
    repo.git("branch", "stable")
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Newer"))
    second = repo.commit()
    for ref in ("v1", "stable", "refs/heads/stable", first, first[:10], "HEAD~1"):
        assert Catalog(repo.folder, ref=ref).content().commit == first
    assert Catalog(repo.folder, ref="main").content().commit == second


def test_a_bare_repository_can_be_read(repo, tmp_path):
    commit = repo.commit()
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.top), str(bare))
    assert Catalog(bare).content().resolve("blog_post").commit == commit


def test_packed_refs_and_linked_work_trees_make_no_difference(repo, tmp_path):
    commit = repo.commit()
    repo.git("pack-refs", "--all")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert Catalog(repo.folder).content().commit == commit
    assert Catalog(tmp_path / "linked").content().commit == commit


@pytest.mark.parametrize("ref", ["nowhere", "--help", "HEAD:content", "0" * 40])
def test_an_unknown_ref_is_a_problem_not_a_crash(repo, ref):
    repo.commit()
    content = Catalog(repo.folder, ref=ref).content()
    assert error_codes(content) == {"NO_CONTENT"}
    with pytest.raises(TemplateNotFoundError):
        content.resolve("blog_post")


def test_no_content_at_all_is_a_problem_that_says_what_to_do(tmp_path, repo):
    assert "--content" in check(tmp_path / "nowhere")[0].message
    repo.git("init", "-q", "-b", "main")
    repo.git("commit", "-q", "--allow-empty", "-m", "empty")
    [found] = check(repo.folder)
    assert (found.code, found.line) == ("NO_CONTENT", 1)
    assert "--worktree" in found.message


def test_reading_never_changes_the_repository(repo):
    repo.commit()
    repo.put(TEMPLATE, "key: [broken")

    def state():
        files = sorted(path for path in (repo.top / ".git").rglob("*") if path.is_file())
        return [(str(path), path.stat().st_mtime_ns, path.read_bytes()) for path in files]

    before = state()
    for worktree in (False, True):
        Catalog(repo.folder, worktree=worktree).content().resolve("blog_post").as_pin()
    assert state() == before


def test_a_pipe_or_a_folder_in_place_of_a_file_hides_no_other_file(repo):
    os.mkfifo(repo.folder / "content/task_types/pipe.yaml")
    (repo.folder / "content/task_types/folder.yaml").mkdir()
    content = Catalog(repo.folder).content()
    assert error_codes(content) == {"UNREADABLE_FILE"}
    assert content.resolve("blog_post").key == "blog_post"


# --- reloading


def test_a_new_commit_is_seen_and_an_unchanged_one_is_the_same_object(repo):
    first = repo.commit()
    catalog = Catalog(repo.folder)
    content = catalog.content()
    assert content.commit == first
    assert catalog.content() is content
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Newer"))
    second = repo.commit()
    assert catalog.content().commit == second
    assert catalog.content().templates["blog_post"].name == "Newer"
    assert content.templates["blog_post"].name == "Blog post"


def test_a_force_push_is_followed(repo):
    first = repo.commit()
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Newer"))
    repo.commit()
    catalog = Catalog(repo.folder)
    assert catalog.content().templates["blog_post"].name == "Newer"
    repo.git("reset", "-q", "--hard", first)
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert catalog.content().commit == first
    assert catalog.content().resolve("blog_post").template.name == "Blog post"


def test_a_revision_without_content_leaves_the_last_good_one_live(repo):
    first = repo.commit()
    catalog = Catalog(repo.folder)
    catalog.content()
    shutil.rmtree(repo.folder / "content")
    repo.commit("all gone")
    content = catalog.content()
    assert error_codes(content) == {"BROKEN_REVISION"}
    assert content.commit == first
    assert content.resolve("blog_post").commit == first
    assert catalog.content() is content
    fill(repo)
    assert error_codes(catalog.content()) == {"BROKEN_REVISION"}
    repo.commit("back again")
    assert catalog.content().problems == ()


def test_a_deleted_repository_leaves_the_last_good_revision_live(repo):
    first = repo.commit()
    catalog = Catalog(repo.folder)
    content = catalog.content()
    shutil.rmtree(repo.top)
    assert catalog.content().commit == first
    assert error_codes(catalog.content()) == {"BROKEN_REVISION"}
    assert catalog.content().resolve("blog_post").template == content.templates["blog_post"]


def test_threads_share_one_reading(repo):
    repo.commit()
    catalog = Catalog(repo.folder)
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(catalog.content())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(content is seen[0] for content in seen)
    resolved = [content.resolve("blog_post") for content in seen]
    assert all(one is resolved[0] for one in resolved)


# --- quarantine


def test_a_broken_file_is_taken_from_the_newest_commit_at_which_it_loads(repo):
    repo.commit("one")
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "Second"))
    good = repo.commit("two", author="Ben <ben@example.com>")
    repo.put(TEMPLATE, "key: blog_post\n")
    repo.commit("broken")
    repo.put(
        "task_templates/other.yaml",
        "key: other\nname: Other\ntask_type: article\napproval: {required: false}\n"
        "tasks: [{ref: a, title: A}]\n",
    )
    repo.put(TEMPLATE, "key: [blog_post\n")
    newest = repo.commit("more broken")
    content = Catalog(repo.folder).content()
    assert content.commit == newest
    assert "other" in content.templates
    assert error_codes(content) == {"INVALID_YAML"}
    [notice] = [found for found in content.problems if found.code == "QUARANTINED"]
    assert good[:12] in notice.message
    resolved = content.resolve("blog_post")
    assert resolved.template.name == "Second"
    [file] = [file for file in resolved.closure if file.path == FILE]
    assert file.commit == good
    assert resolved.origins["/name"].commit == good
    assert resolved.commit == good
    assert content.resolve("other").commit == newest


def test_a_pin_names_the_newest_commit_that_holds_every_file_as_it_was_used(repo):
    repo.put("overrides/partners/acme/blog_post.yaml", "reason: Longer.\nconfig: {word_target: 1200}\n")
    repo.commit("one")
    repo.git("checkout", "-q", "-b", "feature")
    repo.put("task_types/article.yaml", ARTICLE.replace("name: Article", "name: Story"))
    repo.commit("on the branch")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
    repo.put("task_templates/other.yaml", BLOG_POST.replace("key: blog_post", "key: other"))
    both = repo.commit("another template")
    for path in ("task_types/article.yaml", "overrides/partners/acme/blog_post.yaml"):
        repo.put(path, "key: [")
        repo.commit(f"broken {path}")
        resolved = Catalog(repo.folder).content().resolve("blog_post", partner="acme")
        assert (resolved.task_types["article"].name, resolved.commit) == ("Story", both)
    repo.put("calendars/office.yaml", OFFICE.replace("name: Office", "name: House"))
    newest = repo.commit("a calendar that no commit has beside those")
    resolved = Catalog(repo.folder).content().resolve("blog_post", partner="acme")
    assert (resolved.calendar.name, resolved.commit, resolved.is_of_several_commits) == ("House", None, True)
    files = {file.path.rpartition("/")[2]: file.commit for file in resolved.closure}
    assert files["office.yaml"] == newest
    assert files["article.yaml"] != newest
    repo.put("task_types/article.yaml", ARTICLE)
    repo.put("overrides/partners/acme/blog_post.yaml", "reason: Longer.\nconfig: {word_target: 1200}\n")
    mended = repo.commit("mended")
    assert Catalog(repo.folder).content().resolve("blog_post", partner="acme").commit == mended


def test_the_older_version_of_a_file_broken_on_disk_names_its_commit(repo):
    good = repo.commit("good")
    repo.put(TEMPLATE, "key: nonsense\n")
    repo.commit("broken")
    repo.put(TEMPLATE, "key: [")
    resolved = Catalog(repo.folder, worktree=True).content().resolve("blog_post")
    assert (resolved.commit, resolved.dirty) == (good, False)


def test_the_quarantine_follows_first_parents_only(repo):
    repo.commit("main one")
    repo.git("checkout", "-q", "-b", "feature")
    repo.put(TEMPLATE, BLOG_POST.replace("Blog post", "On the branch"))
    repo.commit("good on the branch")
    repo.put(TEMPLATE, "key: nonsense\n")
    repo.commit("broken on the branch")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
    content = Catalog(repo.folder).content()
    assert content.resolve("blog_post").template.name == "Blog post"


def test_a_fault_within_one_template_quarantines_it_too(repo):
    repo.commit()
    repo.put(TEMPLATE, BLOG_POST.replace("depends_on: [draft]", "depends_on: [publish]"))
    repo.commit()
    content = Catalog(repo.folder).content()
    assert error_codes(content) == {"DEPENDENCY_CYCLE"}
    assert content.templates["blog_post"].task("publish").depends_on == ["draft"]


def test_a_file_that_never_loaded_is_not_found_and_its_problem_named(repo):
    repo.put("task_templates/broken.yaml", "key: broken\nname: B\ntaks: []\n")
    repo.commit()
    with pytest.raises(TemplateNotFoundError) as refusal:
        Catalog(repo.folder).content().resolve("broken")
    assert "content/task_templates/broken.yaml:4:1: UNKNOWN_FIELD" in refusal.value.message
    assert {detail["code"] for detail in refusal.value.details} == {"UNKNOWN_FIELD", "MISSING_FIELD"}


def test_a_broken_file_on_disk_falls_back_to_its_commit(repo):
    commit = repo.commit()
    repo.put(TEMPLATE, "key: [")
    content = Catalog(repo.folder, worktree=True).content()
    assert content.resolve("blog_post").origins["/name"].commit == commit
    assert error_codes(content) == {"INVALID_YAML"}


def test_a_deleted_file_is_gone_and_not_quarantined(repo):
    repo.commit()
    (repo.folder / FILE).unlink()
    repo.commit()
    with pytest.raises(TemplateNotFoundError, match="no template blog_post"):
        Catalog(repo.folder).content().resolve("blog_post")


def test_a_type_that_is_gone_blocks_its_templates_only(repo):
    repo.put("task_types/other.yaml", "key: other\nname: Other\n")
    repo.put(
        "task_templates/other.yaml",
        "key: other\nname: Other\ntask_type: other\ntasks: [{ref: a, title: A}]\n",
    )
    (repo.folder / "content/task_types/article.yaml").unlink()
    repo.commit()
    content = Catalog(repo.folder).content()
    assert content.resolve("other").key == "other"
    with pytest.raises(ContentError) as refusal:
        content.resolve("blog_post")
    assert refusal.value.details[0]["code"] == "UNKNOWN_TASK_TYPE"


def test_a_files_bytes_never_become_code(repo):
    repo.put(TEMPLATE, "key: !!python/object/apply:os.system ['touch /tmp/owned']\n")
    repo.commit()
    assert error_codes(Catalog(repo.folder).content()) == {"INVALID_YAML"}
