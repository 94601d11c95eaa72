"""What reads cost beside plain SQL has a figure each, and both sides are answered by indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from benchmarks import beside_sql
from benchmarks.fill import fill
from benchmarks.reading import case
from benchmarks.stand import Stand, folder, stand
from engine.access import Actor
from engine.tasks import create
from tests.statements import counted

FIGURES = [
    *(f"list page of 50 : its documents, {who}, N tasks" for who in ("admin", "member")),
    *(f"search with 50 hits : the bare match, {who}, N tasks" for who in ("admin", "member")),
    *(
        f"{what} : {counts} indexed counts, {who}, N tasks"
        for counts, who in ((9, "admin"), (8, "member"))
        for what in ("inbox badge", "the same counted afresh")
    ),
    *(f"list page and search of 50 hits, {who}, N : N tasks" for who in ("admin", "member")),
    "inbox badge of 50 things, member, N : N tasks",
    "the same counted afresh, member, N : N tasks",
]
#: A step that reads a whole table, or all that a workspace has of one.
_MANY = (
    r"(tasks|t|task_approvals|task_notes|task_qa_reviews|deliverables|deliverable_comments|bundles|watches"
    r"|store_pieces|store_positions|store_listing\w+)(_\d+)?"
)
_WHOLE = re.compile(
    rf"SCAN {_MANY}\b(?! VIRTUAL)|SEARCH {_MANY} USING (COVERING )?INDEX \S+ \(workspace_id=\?\)$"
)


@pytest.fixture(scope="module")
def stands() -> Iterator[tuple[Stand, Stand]]:
    with folder() as place, stand(place) as few, stand(place) as many:
        for one, tasks in ((few, 30), (many, 60)):
            fill(one, tasks)
        with many.workbench.transaction(many.admin) as tx:  # so that the member's list fills a page
            for number in range(50):
                asked = {"title": f"Theirs {number}", "task_type": "untyped", "assignee": "person0"}
                create.create(tx, many.content, create.NewTask.parse(asked))
        yield few, many


@pytest.mark.wide  # measures
def test_each_read_has_its_figure(stands: tuple[Stand, Stand]):
    found = beside_sql.figures(*stands, times=1)
    assert [re.sub(r"(?<=[ ,])\d+(?= (tasks|: \d))", "N", figure.what) for figure in found] == FIGURES
    assert all(float(figure.value.partition("x ")[0]) > 0 for figure in found)
    asked = [figure.what for figure in found if figure.met is not None]
    assert asked == [figure.what for figure in found if "afresh" not in figure.what]
    compared = {figure.what.partition(",")[0]: figure.value for figure in found if "admin" in figure.what}
    assert "the worst of 8 filters" in compared["list page and search of 50 hits"]


@pytest.mark.wide
@pytest.mark.parametrize("who", ["admin", "newcomer"])
def test_both_sides_are_answered_by_indexes(stands: tuple[Stand, Stand], who: str):
    _, many = stands
    newcomer = beside_sql.make_the_same(many)
    actor = many.admin if who == "admin" else newcomer
    wanted = beside_sql._same_hits(many, newcomer)
    with counted() as sent:
        for request in wanted.values():
            case(many, actor, beside_sql._list(request))()
        case(many, actor, beside_sql._fresh)()
    asked = [(one, tuple(one.params)) for one in sent if one.startswith(("SELECT", "WITH"))]
    assert len(asked) > len(wanted)
    assert [step for step in _steps(many, asked) if _WHOLE.match(step)] == []
    plain = list(_plain(many, actor))
    assert len(plain) == 2 + len(beside_sql._sorts(actor))
    assert [step for step in _steps(many, plain) if _WHOLE.match(step)] == []


def _plain(many: Stand, actor: Actor) -> Iterator[tuple[str, tuple[object, ...]]]:
    yield beside_sql._BY_IDS["sqlite"], ("[]",)
    yield beside_sql._MATCH["sqlite"], (beside_sql._ASKED["sqlite"], actor.workspace_id)
    for rows in beside_sql._sorts(actor):
        text, found = beside_sql._NAMED.subn("?", rows)
        yield f"SELECT 1 FROM {text}", ("",) * found  # noqa: S608 - the benchmark's own


def _steps(many: Stand, asked: list[tuple[str, tuple[object, ...]]]) -> list[str]:
    with many.workbench.database.read() as connection:
        return [
            str(row[3])
            for text, params in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", params)
        ]
