"""The change feed: where it begins, what its cursors say, and what it never does."""

from __future__ import annotations

import shutil
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.access import Actor
from engine.accounts import actors, bootstrap
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Event
from engine.changes import feed as feeds
from engine.changes.cursors import LENGTH
from engine.changes.feed import Changes
from engine.changes.queries import visibility
from engine.config import Settings
from engine.errors import BadCursorError
from engine.qa import service as qa
from engine.tasks import assignment, lifecycle, notes
from exports import restore, writer
from tests.conftest import opened
from tests.factories import do, make_people, make_task
from tests.statements import counted
from tests.told import saved


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def begin(workbench: Workbench, actor: Actor) -> str:
    feed = workbench.changes
    with workbench.reading(actor) as tx:
        return feed.now(tx)


def after(workbench: Workbench, actor: Actor, cursor: str, limit: int = 50) -> Changes:
    feed = workbench.changes
    with workbench.reading(actor) as tx:
        return feed.after(tx, cursor, limit)


def told(found: Changes) -> list[tuple[str, str]]:
    return [(one.kind, one.subject.id) for one in found.events]


def test_it_goes_on_from_where_somebody_began(either_workbench: Workbench, people):
    workbench = either_workbench
    make_task(workbench, actor=people["mara"])
    cursor = begin(workbench, people["mara"])
    assert told(after(workbench, people["mara"], cursor)) == []
    made = make_task(workbench, actor=people["mara"])
    found = after(workbench, people["mara"], cursor)
    assert told(found) == [("task_created", made.task_id)]
    assert told(after(workbench, people["mara"], found.cursor)) == []
    assert told(after(workbench, people["mara"], cursor)) == [("task_created", made.task_id)], "asked again"


def test_what_others_do_unseen_moves_nothing(either_workbench: Workbench, people):
    """Neither the cursor nor its length tells that anything happened, or how much (S23)."""
    workbench, ben = either_workbench, people["ben"]
    cursor = begin(workbench, ben)
    for _ in range(12):
        make_task(workbench, actor=people["ana"], assignee="ana")
        found = after(workbench, ben, cursor)
        assert (found.events, found.cursor) == ((), cursor)
    own = make_task(workbench, actor=ben)
    found = after(workbench, ben, cursor)
    assert told(found) == [("task_created", own.task_id)]
    assert len(found.cursor) == len(cursor) == LENGTH
    assert begin(workbench, ben) != begin(workbench, ben), "two cursors of one moment tell no number"


def test_what_was_looked_at_is_not_looked_at_again(either_workbench: Workbench, people, monkeypatch):
    workbench, ben, looked = either_workbench, people["ben"], []
    whole = visibility.told_of
    monkeypatch.setattr(visibility, "told_of", lambda tx, rows: looked.extend(rows) or whole(tx, rows))
    cursor = begin(workbench, ben)
    for count in (3, 0, 2):
        looked.clear()
        for _ in range(count):
            make_task(workbench, actor=people["ana"], assignee="ana")
        assert after(workbench, ben, cursor).cursor == cursor
        assert len(looked) == count


def test_a_call_looks_at_so_many_events_and_the_next_goes_on(
    either_workbench: Workbench, people, monkeypatch
):
    workbench, ben = either_workbench, people["ben"]
    monkeypatch.setattr(feeds, "EVENTS_PASSED", 10)
    cursor = begin(workbench, ben)
    for _ in range(25):
        make_task(workbench, actor=people["ana"], assignee="ana")
    own = make_task(workbench, actor=ben)
    for _ in range(2):
        found = after(workbench, ben, cursor)
        assert (found.events, found.cursor, found.is_all) == ((), cursor, False)
    found = after(workbench, ben, cursor)
    assert told(found) == [("task_created", own.task_id)]
    assert found.is_all


@pytest.mark.parametrize("place", range(0, LENGTH, 7))
def test_a_changed_cursor_is_refused(workbench: Workbench, place: int):
    olga = workbench.operator()
    cursor = begin(workbench, olga)
    for letter in "Ab_=é ":
        if cursor[place] != letter:
            changed = cursor[:place] + letter + cursor[place + 1 :]
            with pytest.raises(BadCursorError, match=r"leave “after” out .* after=start"):
                after(workbench, olga, changed)


@pytest.mark.parametrize("cursor", ["", "start", "0", "A" * LENGTH, "A" * 100_000, "-" * LENGTH])
def test_what_is_no_cursor_is_refused(workbench: Workbench, cursor: str):
    with pytest.raises(BadCursorError) as refused:
        after(workbench, workbench.operator(), cursor)
    assert refused.value.code == "BAD_CURSOR"
    assert refused.value.details[0]["field"] == "after"


def test_a_cursor_is_its_readers_alone(either_workbench: Workbench, people):
    cursor = begin(either_workbench, people["mara"])
    with pytest.raises(BadCursorError, match="gave to you"):
        after(either_workbench, people["sam"], cursor)


def test_two_workspaces_of_a_store_know_nothing_of_each_other(either_workbench: Workbench):
    workbench, mine = either_workbench, either_workbench.operator()
    foreign = actors.system("wsp_01K9ZQ3V5M8Y7C2R4T6W8X0B1D")
    with workbench.transaction(foreign) as tx:
        workspace = bootstrap.add_default_workspace(tx)
        workspace.key = "other"
        saved(tx, workspace)
    with workbench.reading(foreign) as tx:
        theirs = actors.actor_of(tx, tx.find(User)[0])
    feed, subjects = workbench.changes, {}
    for actor in (mine, theirs, mine, theirs):
        make_task(workbench, actor=actor)
    for actor in (mine, theirs):
        with workbench.reading(actor) as tx:
            cursor = feed.start(tx)
            subjects[actor] = {change.subject.id for change in feed.after(tx, cursor, 50).events}
            events = tx.find(Event)
        assert subjects[actor] == {event.entity_id for event in events}
        other = theirs if actor is mine else mine
        with pytest.raises(BadCursorError):
            after(workbench, other, cursor)
        with pytest.raises(BadCursorError):
            after(workbench, replace(actor, workspace_id=other.workspace_id), cursor)
    assert subjects[mine].isdisjoint(subjects[theirs])


def test_a_restored_store_refuses_the_cursors_of_the_one_that_was_exported(
    workbench: Workbench, tmp_path: Path
):
    """Its events are the same, and its secret is not: nothing is told twice or passed over in silence."""
    olga = workbench.operator()
    make_task(workbench, actor=olga)
    cursor = begin(workbench, olga)
    writer.write(workbench, olga, tmp_path / "export")
    there = settings_at(workbench, tmp_path / "there" / "store.db")
    restore.restore(there, tmp_path / "export")
    with closing(Workbench(there)) as again, pytest.raises(BadCursorError, match="after=start"):
        after(again, again.operator(), cursor)


def settings_at(workbench: Workbench, file: Path) -> Settings:
    return replace(workbench.settings, database=f"sqlite:///{file}", blobs=str(file.parent / "blobs"))


def test_who_loses_sight_is_told_no_more_and_who_gains_it_from_then_on(either_workbench: Workbench, people):
    workbench, ana, ben = either_workbench, people["ana"], people["ben"]
    task_id = make_task(workbench, actor=people["mara"], assignee="ana").task_id
    of_ana, of_ben = begin(workbench, ana), begin(workbench, ben)
    with workbench.transaction(people["mara"]) as tx:
        assignment.assign(tx, task_id, "ben")
        notes.add(tx, task_id, "For Ben alone")
    assert after(workbench, ana, of_ana).events == ()
    assert [kind for kind, _ in told(after(workbench, ben, of_ben))] == ["task_assigned", "note_added"]


def test_a_history_is_told_as_its_page_tells_it(either_workbench: Workbench, people):
    workbench, mara = either_workbench, people["mara"]
    task_id = make_task(workbench, actor=mara, assignee="ana").task_id
    cursors = {name: begin(workbench, people[name]) for name in ("mara", "ana", "ben")}
    with workbench.transaction(mara) as tx:
        notes.add(tx, task_id, "The printer is back")
    [of_mara] = after(workbench, mara, cursors["mara"]).events
    assert of_mara.words == "The printer is back"
    assert of_mara.by is not None
    assert (of_mara.by.name, of_mara.by.user_id) == ("Mara", mara.user_id)
    assert "body" in of_mara.fields
    assert after(workbench, people["ben"], cursors["ben"]).events == ()


def test_a_score_is_told_to_whoever_may_read_it(either_workbench: Workbench, people):
    """Of a colleague's work others read that it was scored, and not how (QA-10)."""
    workbench, mara, ana = either_workbench, people["mara"], people["ana"]
    task_id = make_task(workbench, actor=people["ben"], assignee="ana").task_id
    with workbench.transaction(ana) as tx:
        lifecycle.start(tx, task_id)
        lifecycle.complete(tx, task_id)
    do(workbench, mara, "qa flag", task_id=task_id, reason="manual")
    cursors = {name: begin(workbench, people[name]) for name in ("ana", "ben")}
    with workbench.transaction(mara) as tx:
        qa.review(tx, task_id, passed=False, score=2, feedback="The logo is wrong")
    [of_ana] = [one for one in after(workbench, ana, cursors["ana"]).events if one.kind == "qa_reviewed"]
    [of_ben] = [
        one for one in after(workbench, people["ben"], cursors["ben"]).events if one.kind == "qa_reviewed"
    ]
    assert of_ana.words == "The logo is wrong"
    assert "score" in of_ana.fields
    assert (of_ben.words, of_ben.fields, of_ben.changes) == (None, (), ())


def test_a_cursor_of_a_past_that_was_taken_back_is_refused(
    workbench: Workbench, shipped_repository: Path, shipped_catalog, clock, tmp_path: Path
):
    """After an older file was put back, the same number is another event's: none may be passed over."""
    olga = workbench.operator()
    for _ in range(3):
        make_task(workbench, actor=olga)
    early = begin(workbench, olga)
    workbench.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(str(workbench.settings.database).removeprefix("sqlite:///"))
    older = shutil.copyfile(file, tmp_path / "older.db")
    make_task(workbench, actor=olga)
    late = begin(workbench, olga)
    after(workbench, olga, early)
    with opened(f"sqlite:///{older}", tmp_path, shipped_repository, shipped_catalog, clock) as again:
        again.changes._known = workbench.changes._known  # as in a process that goes on
        others = [make_task(again, actor=olga).task_id for _ in range(3)]
        with pytest.raises(BadCursorError, match="put back to an older state"):
            after(again, olga, late)
        assert [subject for _, subject in told(after(again, olga, early))] == others


def test_what_was_looked_at_in_a_past_that_was_taken_back_is_looked_at_again(
    workbench: Workbench, shipped_repository: Path, shipped_catalog, clock, tmp_path: Path
):
    people = make_people(workbench)
    cursor = begin(workbench, people["ben"])
    workbench.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(str(workbench.settings.database).removeprefix("sqlite:///"))
    older = shutil.copyfile(file, tmp_path / "older.db")
    for _ in range(5):
        make_task(workbench, actor=people["ana"], assignee="ana")
    assert after(workbench, people["ben"], cursor).events == ()
    with opened(f"sqlite:///{older}", tmp_path, shipped_repository, shipped_catalog, clock) as again:
        again.changes._known = workbench.changes._known
        own = [make_task(again, actor=people["ben"]).task_id for _ in range(6)]
        assert [subject for _, subject in told(after(again, people["ben"], cursor))] == own


def test_writers_at_once_are_all_told_of_once_and_in_order(either_workbench: Workbench, people):
    workbench, mara, each = either_workbench, people["mara"], 12
    cursor, found, failed = begin(workbench, mara), [], []

    def write(name: str) -> None:
        try:
            for number in range(each):
                make_task(workbench, actor=people[name], title=f"{name} {number}")
        except BaseException as error:
            failed.append(error)
            raise

    writers = [threading.Thread(target=write, args=(name,)) for name in ("ana", "ben")]
    for one in writers:
        one.start()
    is_over = False
    while not is_over:
        is_over = not any(one.is_alive() for one in writers)
        while (page := after(workbench, mara, cursor, 3)).events:
            cursor = page.cursor
            found += [one.subject.id for one in page.events]
    assert failed == []
    with workbench.reading(mara) as tx:
        events = tx.find(Event, action="task_created", order_by=("seq",))
    assert found == [event.entity_id for event in events]
    assert len(found) == 2 * each


#: Where nothing is new: the mark of the cursor, and what comes after it. Who sees a part of the work is
#: asked besides which of the tasks are theirs to see.
ASKED = {"mara": (2, 5), "ana": (2, 6)}


@pytest.mark.parametrize("name", ASKED)
def test_a_page_costs_so_many_statements_however_long_it_is(workbench: Workbench, name: str):
    people = make_people(workbench)
    actor, feed = people[name], workbench.changes
    cursor, found = begin(workbench, actor), []
    for count in (0, 3, 40):
        for number in range(count):
            make_task(workbench, actor=people["ben"], title=f"{number}", assignee=("ana", "ben")[number % 2])
        with counted() as statements, workbench.reading(actor) as tx:
            found.append((len(feed.after(tx, cursor, 100).events), len(statements)))
    assert [statements for _, statements in found] == [ASKED[name][0], ASKED[name][1], ASKED[name][1]]
    assert [told for told, _ in found][1:] != [0, 0]


def test_who_has_an_api_token_and_admins_are_told_what_becomes_of_it(either_workbench: Workbench, people):
    workbench, admin = either_workbench, either_workbench.operator()
    readers = {"ana": people["ana"], "mara": people["mara"], "admin": admin}
    cursors = {name: begin(workbench, reader) for name, reader in readers.items()}
    made = do(workbench, admin, "token make", name="Program", user_id="ana@example.com")
    do(workbench, people["ana"], "token rotate", api_token_id=made.token.api_token_id)
    do(workbench, admin, "token revoke", api_token_id=made.token.api_token_id)
    found = {name: told(after(workbench, readers[name], cursors[name])) for name in readers}
    ana = people["ana"].user_id
    assert found["ana"] == [("token_made", ana), ("token_rotated", ana), ("token_revoked", ana)]
    assert found["admin"] == found["ana"]
    assert found["mara"] == []
