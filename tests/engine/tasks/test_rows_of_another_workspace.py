"""Tasks of another workspace are shown to nobody, even where they name a bundle or people of this one."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from engine.inbox.queries import stuck
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Task
from engine.tasks.queries import cards, reading
from tests.factories import make_bundle, make_people, make_task

ELSEWHERE = "wsp_elsewhere"
TITLE = "Not yours"


@pytest.fixture
def crossed(either_workbench):
    """A store with a second row of each task, of another workspace, put there by SQL, and else the same."""
    people = make_people(either_workbench)
    bundle = make_bundle(either_workbench, "podcast_episode", actor=people["mara"])
    make_task(either_workbench, actor=people["ana"], title="Ana's own", assignee="ana")
    with either_workbench.database.write() as connection:
        table = either_workbench.database.sql_table(Task.spec.table)
        for row in connection.execute(select(table)).mappings().all():
            twin = {name: value for name, value in row.items() if name != "doc_id"}
            names = {row["task_id"]: f"{row['task_id']}X", row["task_uuid"]: f"X{row['task_uuid'][1:]}"}
            names |= {row["workspace_id"]: ELSEWHERE, row["title"]: TITLE}
            for known, other in names.items():
                twin["document"] = twin["document"].replace(known, other)
            twin |= {name: names[row[name]] for name in ("task_id", "task_uuid", "workspace_id", "title")}
            connection.execute(insert(table).values(twin))
    return either_workbench, people, bundle.bundle_id


@pytest.mark.parametrize("name", ["mara", "sam", "ana", "ben"])
def test_no_list_board_or_bundle_shows_them(crossed, name):
    workbench, people, bundle_id = crossed
    with workbench.reading(people[name]) as tx:
        shown = [*queries.list_tasks(tx, TaskFilter(limit=100)).items, *queries.mine(tx, 50)]
        shown += [row for column in queries.board(tx, TaskFilter()) for row in column.cards]
        shown += cards.of_bundle(tx, bundle_id)
        assert shown
        assert TITLE not in {row.title for row in shown}


@pytest.mark.parametrize("name", ["mara", "ana"])
def test_their_ids_lead_to_nothing(crossed, name):
    workbench, people, _ = crossed
    with workbench.reading(people[name]) as tx:
        table = tx.database.sql_table(Task.spec.table)
        others = select(table.c.doc_id, table.c.task_id).where(table.c.workspace_id == ELSEWHERE)
        found = tx.connection.execute(others).all()
        assert found
        doc_ids, task_ids = [row.doc_id for row in found], [row.task_id for row in found]
        assert queries.visible(tx, task_ids) == set()
        assert cards.placed(tx, task_ids) == reading.rows_by_id(tx, doc_ids) == []
        assert stuck.rows(tx, doc_ids) == {}


def test_a_task_of_theirs_makes_no_bundle_visible(crossed):
    workbench, people, _ = crossed
    alone = make_bundle(workbench, "podcast_episode", actor=people["mara"]).bundle_id
    ana, table = people["ana"], workbench.database.sql_table(Task.spec.table)
    with workbench.database.write() as connection:
        connection.execute(
            table.update()
            .where(table.c.workspace_id == ELSEWHERE)
            .values(bundle_id=alone, owner_id=ana.user_id)
        )
        theirs = (table.c.bundle_id == alone) & (table.c.workspace_id != ELSEWHERE)
        connection.execute(table.update().where(theirs).values(assignee_id=None, assignee_role="nobody"))
    with workbench.reading(ana) as tx:
        assert queries.involved_in(tx, [alone]) == set()
        assert queries.involved_in(tx, [alone, "bnd_other"]) == set()
