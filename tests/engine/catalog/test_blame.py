"""Who set each value: the commit of its own lines, with author, day, reviewers and the merge (D2)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import blame, git_objects
from engine.catalog.blame import Blame, History, SetBy
from engine.catalog.catalog import Catalog
from engine.catalog.diff.history import changes_of
from engine.catalog.git_objects import CommitMessage, Line
from engine.catalog.resolved import ResolvedTemplate
from tests.engine.catalog.conftest import ARTICLE, BLOG_POST, ContentRepo

TEMPLATE = "task_templates/blog_post.yaml"
BEN = "Ben Brown <ben@example.com>"
CHLOE = "Chloe Carter <chloe@example.com>"


def resolved(repo: ContentRepo, *, worktree: bool = False, **whom: str) -> ResolvedTemplate:
    return Catalog(repo.folder, worktree=worktree).content().resolve("blog_post", **whom)


def change(repo: ContentRepo, old: str, new: str, author: str, message: str = "change") -> str:
    """Commit the template with one text in place of another."""
    file = repo.folder / "content" / TEMPLATE
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))
    return repo.commit(message, author)


# --- whose a value is


def test_each_value_is_of_the_commit_that_wrote_its_own_line(repo: ContentRepo) -> None:
    first = repo.commit("Begin")
    renamed = change(repo, "title: Outline}", "title: Outline it}", BEN, "Say what to outline")
    moved = change(repo, "offset_days: -7", "offset_days: -5", CHLOE, "Give writers two days less")
    found = resolved(repo).blame.values
    assert found["/tasks/0/steps/0/title"].commit == renamed
    assert found["/tasks/0/steps/1/title"].commit == first
    assert found["/tasks/0/offset_days"].commit == moved
    assert found["/tasks/1/due/unit"].commit == first
    assert found["/name"].author == "Ana"
    due = found["/tasks/0/offset_days"]
    assert (due.author, due.summary, due.is_oldest_known) == (
        "Chloe Carter",
        "Give writers two days less",
        False,
    )


def test_every_value_that_is_written_has_its_commit(repo: ContentRepo) -> None:
    repo.commit()
    shown = resolved(repo)
    assert shown.blame.values.keys() == shown.origins.keys()
    assert shown.blame.type_values.keys() == shown.type_origins.keys()
    assert shown.blame.files.keys() == {file.path for file in shown.closure}
    assert shown.blame.unknown == {}


LONG = "    description: |\n      One.\n      Two.\n\n      Three.\n\n\n"


@pytest.mark.parametrize(
    ("old", "new", "is_newer"),
    [
        ("      One.\n", "      First.\n", True),
        ("      Three.\n", "      Third.\n", True),
        ("Two.\n\n", "Two.\n\n\n", True),
        ("      Three.\n\n\n", "      Three.\n\n\n\n", False),
        ("    phase: writing\n", "    phase: writing # as ever\n", False),
    ],
    ids=["first line", "last line", "blank line inside", "blank line behind", "another field"],
)
def test_a_text_of_several_lines_is_of_the_newest_of_them(
    repo: ContentRepo, old: str, new: str, is_newer: bool
) -> None:
    repo.put(TEMPLATE, BLOG_POST.replace("    phase: writing\n", LONG + "    phase: writing\n"))
    first = repo.commit()
    newer = change(repo, old, new, BEN)
    found = resolved(repo).blame.values["/tasks/0/description"]
    assert found.commit == (newer if is_newer else first)


def test_an_alias_stands_where_it_is_named_and_what_is_in_it_where_it_was_written(repo: ContentRepo) -> None:
    text = BLOG_POST.replace(
        "rules: {tone: Follow the guidelines., length: Short.}",
        "rules:\n  tone: &said |\n    Follow\n    the guidelines.\n",
    )
    repo.put(TEMPLATE, text)
    first = repo.commit()
    second = change(repo, "    rules: {length: Long.}\n", "    rules:\n      length: *said\n", BEN)
    found = resolved(repo).blame.values
    assert found["/rules/tone"].commit == first
    assert found["/tasks/1/rules/length"].commit == second


def test_an_override_and_a_type_are_blamed_in_their_own_files(repo: ContentRepo) -> None:
    first = repo.commit()
    repo.put(
        "task_templates/partners/acme/blog_post.yaml",
        "overrides: blog_post\npartner: acme\ntasks:\n  - {ref: draft, offset_days: -9}\n",
    )
    overridden = repo.commit("Acme needs longer", BEN)
    repo.put(
        "task_types/article.yaml",
        ARTICLE.replace("tools:", "# more\ntools:").replace("type: text", "type: url"),
    )
    typed = repo.commit("A link sums it up", CHLOE)
    shown = resolved(repo, partner="acme")
    assert shown.blame.values["/tasks/0/offset_days"].commit == overridden
    assert shown.blame.values["/tasks/0/title"].commit == first
    assert shown.blame.type_values["/article/deliverables/0/type"].commit == typed
    assert shown.blame.type_values["/article/approval/required"].commit == first
    assert shown.type_origins["/article/deliverables/0/type"].line == 8


def test_a_quarantined_file_is_blamed_as_it_is_used(repo: ContentRepo) -> None:
    first = repo.commit()
    change(repo, "offset_days: -7", "offset_days: soon", BEN)
    shown = resolved(repo)
    assert shown.blame.values["/tasks/0/offset_days"].commit == first
    assert shown.blame.files[f"content/{TEMPLATE}"].commit == first


# --- who looked at it


def test_reviewers_are_those_of_the_commit_and_of_the_merge_that_brought_it(repo: ContentRepo) -> None:
    first = repo.commit()
    repo.git("checkout", "-q", "-b", "proposal")
    trailers = "Reviewed-by: Dora <dora@example.com>\nCo-authored-by: Eve <e@example.com>"
    message = f"Two days less\n\nBecause.\n\n{trailers}"
    moved = change(repo, "offset_days: -7", "offset_days: -5", BEN, message)
    repo.git("checkout", "-q", "main")
    repo.doc("content/other")
    repo.commit()
    words = (
        "Merge two days less\n\nReviewed-by: Dora <dora@example.com>\nApproved-by: Finn Ford <f@example.com>"
    )
    repo.git("merge", "-q", "--no-ff", "-m", words, "proposal", author=CHLOE)
    merge = repo.git("rev-parse", "HEAD")
    found = resolved(repo).blame.values
    assert found["/tasks/0/offset_days"] == SetBy(
        commit=moved,
        author="Ben Brown",
        authored_at=found["/tasks/0/offset_days"].authored_at,
        summary="Two days less",
        reviewers=("Dora", "Finn Ford"),
        co_authors=("Eve",),
        merge=merge,
        merged_by="Chloe Carter",
    )
    assert (found["/name"].commit, found["/name"].merge, found["/name"].reviewers) == (first, None, ())


def test_no_address_of_anybody_is_kept(repo: ContentRepo) -> None:
    repo.commit()
    message = "Change\n\nReviewed-by: <dora@example.com>\nCo-authored-by: eve@example.com"
    change(repo, "offset_days: -7", "offset_days: -5", "ben@example.com <ben@example.com>", message)
    shown = resolved(repo)
    assert "@example.com" not in json.dumps(shown.as_pin()["blame"])
    found = shown.blame.values["/tasks/0/offset_days"]
    assert (found.author, found.reviewers, found.co_authors) == ("ben", ("dora",), ("eve",))


@pytest.mark.parametrize(
    ("line", "author", "day"),
    [
        ("Eve\x02\x01il <e\x02ve@example.com> 1700000000 +0000", "Eveil", "2023-11-14"),
        ("Eve <eve@example.com> 253402300800 +0000", "Eve", None),  # the year 10000
        ("Eve <eve@example.com> 1700000000 +9999", "Eve", None),
        ("Eve <eve@example.com> -62135596800 +0000", "Eve", None),
        (" <> 1700000000 +0000", "", "2023-11-14"),
    ],
)
def test_whatever_a_commit_says_of_its_author_its_content_is_read(
    repo: ContentRepo, line: str, author: str, day: str | None
) -> None:
    before = repo.commit()
    change(repo, "offset_days: -7", "offset_days: -5", BEN)
    commit = f"tree {repo.git('rev-parse', 'HEAD^{tree}')}\nparent {before}\nauthor {line}\n"
    text = f"{commit}committer Ben <ben@example.com> 1700000000 +0000\n\nSay\x02 less\n"
    (repo.top / ".git/made").write_text(text)
    repo.git("reset", "-q", "--hard", repo.git("hash-object", "-wt", "commit", "--literally", ".git/made"))
    content = Catalog(repo.folder).content()
    found = content.resolve("blog_post")
    assert {file.author for file in found.closure if file.path.endswith(TEMPLATE)} == {author}
    assert found.written_on is not None
    newest = changes_of(repo.folder, content, "blog_post")[0].touch
    told = newest.authored_on.isoformat() if newest.authored_on else None
    assert (newest.author, told, newest.summary) == (author, day, "Say less")


# --- what is not known


def test_a_shallow_clone_says_that_it_may_have_been_set_before(repo: ContentRepo, tmp_path: Path) -> None:
    repo.commit()
    change(repo, "title: Outline}", "title: Outline it}", BEN)
    moved = change(repo, "offset_days: -7", "offset_days: -5", CHLOE)
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--depth=2", f"file://{repo.top}", str(clone))
    found = Catalog(clone).content().resolve("blog_post").blame.values
    assert (found["/tasks/0/offset_days"].commit, found["/tasks/0/offset_days"].is_oldest_known) == (
        moved,
        False,
    )
    assert found["/tasks/0/title"].is_oldest_known
    assert found["/tasks/0/title"].author == "Ben Brown"


def test_a_file_that_is_not_committed_as_it_was_read_says_so(repo: ContentRepo) -> None:
    repo.commit()
    file = repo.folder / "content" / TEMPLATE
    file.write_text(file.read_text().replace("offset_days: -7", "offset_days: -5"))
    shown = resolved(repo, worktree=True).blame
    assert shown.values == {}
    assert shown.unknown == {f"content/{TEMPLATE}": "The file was not committed as it was read."}
    assert shown.type_values["/article/name"].author == "Ana"


def test_a_plain_folder_has_nobody_to_name(repo: ContentRepo) -> None:
    shown = resolved(repo).blame
    assert (shown.values, shown.files) == ({}, {})
    assert set(shown.unknown.values()) == {"The content was not in a Git repository."}
    assert f"content/{TEMPLATE}" in shown.unknown


def test_a_repository_that_went_away_after_reading_leaves_the_template_usable(repo: ContentRepo) -> None:
    repo.commit()
    shown = resolved(repo)
    shutil.rmtree(repo.top)
    assert shown.blame.values == {}
    assert set(shown.blame.unknown.values()) == {
        "The history could not be read: The content cannot be read at this moment."
    }


def test_a_history_that_takes_too_long_holds_up_no_start(repo: ContentRepo, monkeypatch) -> None:
    repo.commit()
    monkeypatch.setattr(git_objects, "SECONDS_OF_BLAME", 0)
    monkeypatch.setattr(git_objects, "_lines", git_objects._lines.__class__())
    shown = resolved(repo).blame
    assert shown.values == {}
    assert shown.unknown[f"content/{TEMPLATE}"] == "Git took too long to read the history of the file."


# --- the pin


def test_a_pin_keeps_who_set_each_value_and_names_each_commit_once(repo: ContentRepo) -> None:
    repo.commit()
    change(repo, "offset_days: -7", "offset_days: -5", BEN, "Less\n\nReviewed-by: Dora <d@example.com>")
    shown = resolved(repo)
    text = json.dumps(shown.as_pin())
    shutil.rmtree(repo.top)
    again = ResolvedTemplate.from_pin(json.loads(text))
    assert again.blame == shown.blame
    assert again.type_origins == shown.type_origins
    assert text.count("Ben Brown") == 2, "in the closure, and in the table of commits"
    assert len(json.loads(text)["blame"]["commits"]) == 2


def test_a_pin_of_an_older_release_is_read_without(repo: ContentRepo) -> None:
    repo.commit()
    shown = resolved(repo)
    data = {name: value for name, value in shown.as_pin().items() if name not in ("blame", "type_origins")}
    again = ResolvedTemplate.from_pin(data)
    assert (again.blame, again.type_origins) == (Blame(), {})
    assert again.closure_hash == shown.closure_hash == data["closure_hash"]


def test_a_pin_of_a_newer_release_may_say_more_of_a_commit() -> None:
    told = SetBy("a" * 40, "Ana", "2026-11-01T10:00:00Z", "Begin").as_json()
    assert SetBy.from_json({**told, "signed_by": "Ana"}) == SetBy.from_json(told)


@pytest.mark.parametrize(
    ("said", "day"), [("2026-11-01T10:00:00+02:00", "2026-11-01"), ("", None), ("x", None)]
)
def test_the_day_of_a_commit_is_its_authors(said: str, day: str | None) -> None:
    found = SetBy("a" * 40, "Ana", said, "Begin").authored_on
    assert (found.isoformat() if found else None) == day


# --- the rules, against a naive reading


def test_messages_that_hold_separators_shift_no_field() -> None:
    said = {"c": CommitMessage("A\x1fB <a@example.com>", "2026-11-01", "Sum\x02mary", "", "Eve\x1f\x1f")}
    assert blame.set_by(said, {}, ()) == {"c": SetBy("c", "AB", "2026-11-01", "Summary", co_authors=("Eve",))}


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[str]]:
    """Draw commits by their parents, the head first; each has up to two parents among the older."""
    count = draw(st.integers(1, 12))
    parents: dict[str, list[str]] = {}
    for number in range(count - 1, -1, -1):
        older = [str(one) for one in range(number)]
        most = min(2, len(older))
        chosen = st.lists(st.sampled_from(older), unique=True, min_size=min(1, most), max_size=most)
        parents[str(number)] = draw(chosen) if older else []
    return parents


def ancestors(parents: dict[str, list[str]], commit: str) -> set[str]:
    return {commit}.union(*(ancestors(parents, one) for one in parents[commit]))


@given(histories())
def test_a_commit_came_by_the_oldest_merge_of_the_main_line_that_has_it(
    parents: dict[str, list[str]],
) -> None:
    head = next(iter(parents))
    main = [head]
    while parents[main[-1]]:
        main.append(parents[main[-1]][0])
    expected = {}
    for commit in ancestors(parents, head) - set(main):
        expected[commit] = [one for one in main if commit in ancestors(parents, one)][-1]
    assert blame.merges_of(parents, head) == expected


@given(st.lists(st.sampled_from(["a", "b", "c", " "]), min_size=1, max_size=8), st.data())
def test_lines_are_of_the_newest_commit_among_them(writers: list[str], data: st.DataObject) -> None:
    """A blank is a blank line that the newest commit of all wrote."""
    commits = {name: SetBy(name, name, "", "") for name in "dcba"}
    lines = [Line("d" if name == " " else name, is_blank=name == " ") for name in writers]
    history = History({"f": lines}, commits)
    first = data.draw(st.integers(1, len(lines)))
    last = data.draw(st.integers(first, len(lines)))
    said = "".join(writers[first - 1 : last])
    kept = said.rstrip(" ") or said[:1]
    found = history.of_lines("f", first, last)
    assert found is not None
    assert found.commit == max("d" if name == " " else name for name in kept)
