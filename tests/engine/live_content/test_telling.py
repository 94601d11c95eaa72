"""Whoever has a file of the content to mend, and whose bundles have a newer template, is told; once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.clock import FixedClock
from engine.config import Settings
from engine.inbox import details
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.live_content import broken, telling
from engine.notifications import choices
from engine.notifications.models import Notification, NotificationKind
from tests.conftest import commit_all, git
from tests.factories import make_bundle, make_people

NEWSLETTER, BLOG = (f"content/task_templates/{key}.yaml" for key in ("newsletter", "blog_post"))


@pytest.fixture
def workbench(content_repo: Path, settings: Settings, clock: FixedClock) -> Iterator[Workbench]:
    """An engine that reads the repository of the test."""
    with closing(Workbench(replace(settings, content=str(content_repo)), clock=clock)) as engine:
        yield engine


@pytest.fixture
def people(workbench: Workbench, content_repo: Path) -> dict[str, Actor]:
    """Users of every role, who were told of the content as it is."""
    found = make_people(workbench)
    look(workbench)
    return found


def look(engine: Workbench) -> str:
    return telling.tell(engine, engine.system_actor())


def change(repo: Path, path: str, before: str, after: str, *, author: str = "") -> str:
    """Replace words of a file in a commit of Sam's, or of another author."""
    file = repo / path
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after, 1))
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Change it", *(["--author", author] if author else []))
    return git(repo, "rev-parse", "HEAD")


def told(engine: Workbench, who: Actor) -> list[Notification]:
    """Give what somebody finds in their inbox that nothing else tells."""
    with engine.reading(who) as tx:
        items = [item for item in inbox.load(tx, shown=50).items if item.kind is Kind.NOTICE]
        assert inbox.count(tx, inbox.positions(tx)) >= len(items)
        found = [details.load(tx, item).notice for item in items]
    return [one for one in found if one is not None]


def titles(engine: Workbench, who: Actor) -> list[str]:
    return [one.title for one in told(engine, who)]


def break_it(repo: Path, *, author: str = "", word: str = "ownr:") -> str:
    return change(repo, NEWSLETTER, "owner:", word, author=author)


# --- a file to mend ---------------------------------------------------------------------------


def test_whoever_broke_a_file_is_told_which_line_and_what_to_do_and_nobody_else_is(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    good = git(content_repo, "rev-parse", "HEAD")
    commit = break_it(content_repo)
    look(workbench)
    [found] = told(workbench, people["sam"])
    assert found.kind is NotificationKind.CONTENT_BROKEN
    assert found.title.startswith(f"{NEWSLETTER} has ")
    line = 1 + next(
        number
        for number, text in enumerate((content_repo / NEWSLETTER).read_text().splitlines())
        if text.startswith("ownr:")
    )
    assert any(said.startswith(f"Line {line}: ") and "ownr" in said for said in found.lines)
    assert f"It came with your commit {commit[:12]}." in found.lines
    assert f"The version of commit {good[:12]} stays in use until this file is fixed." in found.lines
    assert "`workbench content check`" in found.lines[-1]
    assert [titles(workbench, people[name]) for name in ("mara", "ana", "ben", "pat")] == [[], [], [], []]


@pytest.mark.parametrize(
    "author", ["Zoe <zoe@elsewhere.example>", "Pat <pat@example.com>", "Left <left@example.com>"]
)
def test_managers_are_told_where_nobody_of_the_team_has_the_address(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor], author: str
) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        left = accounts.add_user(tx, "left@example.com", "Left", ["strategist"])
        accounts.change_user(tx, left.user_id, is_active=False)
    break_it(content_repo, author=author)
    look(workbench)
    [found] = told(workbench, people["mara"])
    assert any(f" by {author.partition(' <')[0]}, who does not sign in here." in line for line in found.lines)
    assert titles(workbench, people["sam"]) == titles(workbench, people["pat"]) == []


def test_a_broken_version_is_told_once_and_another_broken_one_in_its_place(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    break_it(content_repo)
    look(workbench)
    [first] = told(workbench, people["sam"])
    (content_repo / "aside").write_text("x")
    commit_all(content_repo)
    look(workbench)
    assert [one.notification_id for one in told(workbench, people["sam"])] == [first.notification_id]
    assert titles(workbench, people["mara"]) == [], "nor is anybody else told in their place"
    change(content_repo, NEWSLETTER, "ownr:", "ownrr:")
    look(workbench)
    [second] = told(workbench, people["sam"])
    assert second.notification_id != first.notification_id


@pytest.mark.wide
def test_it_goes_away_by_itself_and_comes_back_with_the_same_fault(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    break_it(content_repo)
    look(workbench)
    before = told(workbench, people["sam"])
    change(content_repo, NEWSLETTER, "ownr:", "owner:", author="Zoe <zoe@elsewhere.example>")
    look(workbench)
    assert titles(workbench, people["sam"]) == []
    with workbench.reading(people["sam"]) as tx:
        over = tx.get(Notification, before[0].notification_id)
        assert over.over_at == tx.now
        assert over.ways == [], "nor is it sent, where it waited for the morning"
    break_it(content_repo)
    look(workbench)
    assert len(told(workbench, people["sam"])) == 1


def test_a_file_that_is_deleted_has_nothing_to_mend(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    break_it(content_repo)
    look(workbench)
    for file in content_repo.rglob("newsletter*"):
        if file.is_file():
            file.unlink()
    commit_all(content_repo)
    look(workbench)
    assert NEWSLETTER not in " ".join(titles(workbench, people["sam"]))


def test_where_a_change_elsewhere_broke_a_file_its_writer_is_not_blamed(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    """A type that is no more: the templates that use it are as they were."""
    template = (content_repo / BLOG).read_text()
    key = template.partition("type: ")[2].split()[0].strip(",}")
    (content_repo / f"content/task_types/{key}.yaml").unlink()
    commit_all(content_repo)
    look(workbench)
    found = [one for one in told(workbench, people["mara"]) if one.title.startswith(BLOG)]
    assert "The file is as it was: a change of another one broke it." in found[0].lines
    assert not any(title.startswith(BLOG) for title in titles(workbench, people["sam"]))


def test_a_workspace_that_begins_with_broken_content_tells_of_it(
    workbench: Workbench, content_repo: Path
) -> None:
    people = make_people(workbench)
    break_it(content_repo)
    look(workbench)
    assert len(told(workbench, people["sam"])) == 1


def test_it_goes_out_as_a_message_to_whoever_has_chosen_nothing(
    workbench: Workbench, people: dict[str, Actor]
) -> None:
    with workbench.reading(people["sam"]) as tx:
        sam = tx.get(User, people["sam"].user_id)
        assert NotificationKind.CONTENT_BROKEN in choices.usual(sam)
        assert NotificationKind.TEMPLATE_CHANGED in choices.offered_to(sam)
        assert NotificationKind.TEMPLATE_CHANGED not in choices.usual(sam)


# --- a newer template -------------------------------------------------------------------------


def sign(repo: Path, word: str = "x") -> str:
    """Give the first task of the newsletter a sign, which its bundles do not have."""
    return change(repo, NEWSLETTER, "  - ref:", f"  - icon: {word}\n    ref:")


def test_owners_of_running_bundles_are_told_once_of_all_of_one_template(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    bundles = [
        make_bundle(workbench, "newsletter", actor=people["mara"], title=f"Letter {n}") for n in (1, 2)
    ]
    other = make_bundle(workbench, "newsletter", actor=people["ana"], title="Ana's letter")
    make_bundle(workbench, "podcast_episode", actor=people["ben"])
    sign(content_repo)
    look(workbench)
    [found] = told(workbench, people["mara"])
    assert found.kind is NotificationKind.TEMPLATE_CHANGED
    assert found.title.startswith("2 bundles of yours: there is a newer ")
    assert found.lines[0] == "A migration takes nothing from what was done already: “Letter 1”, “Letter 2”."
    assert found.about_bundle_id in {bundle.bundle_id for bundle in bundles}
    assert titles(workbench, people["ana"])[0].startswith("Ana's letter: there is a newer ")
    assert told(workbench, people["ana"])[0].about_bundle_id == other.bundle_id
    assert titles(workbench, people["ben"]) == []
    look(workbench)
    (content_repo / "aside").write_text("x")
    commit_all(content_repo)
    look(workbench)
    assert [one.notification_id for one in told(workbench, people["mara"])] == [found.notification_id]


@pytest.mark.wide
def test_a_still_newer_template_takes_the_place_of_what_was_told_of_the_one_before(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    make_bundle(workbench, "newsletter", actor=people["mara"])
    sign(content_repo)
    look(workbench)
    [first] = told(workbench, people["mara"])
    change(content_repo, NEWSLETTER, "icon: x", "icon: y")
    look(workbench)
    [second] = told(workbench, people["mara"])
    assert second.notification_id != first.notification_id


@pytest.mark.wide
def test_what_changes_nothing_for_a_bundle_is_not_told(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    """A bundle that is over, one of a revision that comes back, and a template that only reads otherwise."""
    first = git(content_repo, "rev-parse", "HEAD")
    make_bundle(workbench, "newsletter", actor=people["mara"])
    sign(content_repo)
    made_later = make_bundle(workbench, "newsletter", actor=people["ana"])
    assert made_later.commit != first
    look(workbench)
    assert titles(workbench, people["ana"]) == [], "it was made from this revision"
    assert len(told(workbench, people["mara"])) == 1
    file = content_repo / NEWSLETTER
    file.write_text(f"{file.read_text()}# A remark of the author\n")
    commit_all(content_repo)
    look(workbench)
    assert titles(workbench, people["ana"]) == [], "it reads otherwise, and says the same"
    assert len(told(workbench, people["mara"])) == 1


@pytest.mark.wide
def test_managers_are_told_of_bundles_whose_owner_is_gone(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    make_bundle(workbench, "newsletter", actor=people["ana"])
    with workbench.transaction(workbench.operator()) as tx:
        accounts.change_user(tx, people["ana"].user_id, is_active=False)
    sign(content_repo)
    look(workbench)
    assert len(told(workbench, people["mara"])) == 1


@pytest.mark.wide
def test_a_template_that_cannot_be_used_is_a_file_to_mend_and_no_newer_one(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    """Broken itself, so that it stays as it was, and then without its types, so that it cannot be made."""
    make_bundle(workbench, "newsletter", actor=people["ana"])
    break_it(content_repo)
    look(workbench)
    assert titles(workbench, people["ana"]) == []
    git(content_repo, "reset", "-q", "--hard", "HEAD~1")
    for file in (content_repo / "content/task_types").glob("*.yaml"):
        file.unlink()
    commit_all(content_repo)
    look(workbench)
    assert titles(workbench, people["ana"]) == []
    assert any(title.startswith(NEWSLETTER) for title in titles(workbench, people["sam"]))


@pytest.mark.wide
def test_a_commit_that_breaks_very_many_files_tells_of_the_first_and_another_of_the_next(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, "MOST_FILES", 2)
    for name in ("a", "b", "c"):
        (content_repo / f"content/task_templates/{name}.yaml").write_text("key: [")
    commit_all(content_repo)
    look(workbench)
    assert len(told(workbench, people["sam"])) == 2
    (content_repo / "aside").write_text("x")
    commit_all(content_repo)
    look(workbench)
    assert len([one for one in titles(workbench, people["mara"]) if "/c.yaml" in one]) == 1


# --- when it is told --------------------------------------------------------------------------


def test_the_commit_that_was_told_is_kept_and_nothing_is_worked_out_for_it_again(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, commit = git(content_repo, "rev-parse", "HEAD"), sign(content_repo)
    assert look(workbench) == "0 files to mend told, 0 mended, 0 told of a newer template."
    with workbench.reading(people["mara"]) as tx:
        events = tx.find(Event, action=Action.CONTENT_IN_USE.value, order_by=("seq",))
    assert [event.after for event in events] == [
        {"from": None, "commit": first},
        {"from": first, "commit": commit},
    ]
    monkeypatch.setattr(telling, "content_of", None)
    assert look(workbench) == "The content is as it was."


@pytest.mark.wide
def test_who_was_told_meanwhile_by_another_process_is_not_told_again(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_bundle(workbench, "newsletter", actor=people["mara"])
    sign(content_repo)
    worked_out = telling._impact

    def slow(*given):
        found = worked_out(*given)
        with monkeypatch.context() as other:
            other.setattr(telling, "_impact", worked_out)
            look(workbench)
        return found

    monkeypatch.setattr(telling, "_impact", slow)
    assert look(workbench) == "Another process tells of it."
    assert len(told(workbench, people["mara"])) == 1


@pytest.mark.wide
def test_where_the_commit_before_is_lost_what_is_broken_is_told_all_the_same(
    workbench: Workbench, content_repo: Path, people: dict[str, Actor]
) -> None:
    make_bundle(workbench, "newsletter", actor=people["mara"])
    break_it(content_repo)
    git(content_repo, "checkout", "-q", "--orphan", "other")
    commit_all(content_repo)
    git(content_repo, "branch", "-q", "-M", "main")
    git(content_repo, "reflog", "expire", "--expire=now", "--all")
    git(content_repo, "gc", "-q", "--prune=now")
    look(workbench)
    assert len(told(workbench, people["sam"])) == 1
    assert titles(workbench, people["mara"]) == []
