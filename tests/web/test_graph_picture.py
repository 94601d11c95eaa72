"""The picture of what waits for what, and the bundle's page that shows it."""

from __future__ import annotations

from itertools import pairwise

from engine.tasks import lifecycle
from engine.tasks.graph import Graph, Node
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_bundle
from tests.web.test_task_approvals import panel
from web.pages.graph_picture import HEIGHT, WIDTH, draw
from web.pages.graph_picture import lost as lost_in


def node(number, *depends_on, level=0, status=TaskStatus.PENDING, title="Do it", is_blocked=False):
    return Node(
        task_id=f"t{number}",
        number=number,
        title=title,
        status=status,
        depends_on=tuple(f"t{other}" for other in depends_on),
        is_blocked=is_blocked,
        is_not_ready=is_blocked and status is TaskStatus.PENDING,
        is_outside=False,
        level=level,
    )


def graph(*nodes):
    edges = tuple((other, item.task_id) for item in nodes for other in item.depends_on)
    return Graph(nodes=nodes, edges=edges)


def test_a_bundle_of_42_tasks_has_no_boxes_on_one_another():
    nodes = [node(number, level=0) for number in range(6)]
    nodes += [node(number, number - 6, max(0, number - 9), level=number // 6) for number in range(6, 42)]
    picture = draw(graph(*nodes))
    places = sorted((box.x, box.y) for box in picture.boxes)
    assert len(places) == len(set(places)) == 42
    for (x, y), (other_x, other_y) in pairwise(places):
        assert other_x >= x + WIDTH or (other_x == x and other_y >= y + HEIGHT)
    assert max(box.x for box in picture.boxes) + WIDTH <= picture.width
    assert max(box.y for box in picture.boxes) + HEIGHT <= picture.height


def test_what_waits_stands_beside_what_it_waits_for():
    picture = draw(graph(*(node(n) for n in range(5)), node(9, 4, level=1)))
    places = {box.node.number: box for box in picture.boxes}
    assert places[9].y == places[4].y
    assert places[9].x > places[4].x


def test_titles_are_cut_to_two_lines():
    long = "Schedule the announcement posts on LinkedIn, Twitter and everywhere else that day"
    for title in (long, "x" * 90, "Short", "A " + "y" * 60):
        box = draw(graph(node(1, title=title))).boxes[0]
        assert 1 <= len(box.lines) <= 2
        assert all(0 < len(line) <= 25 for line in box.lines), box.lines
    assert draw(graph(node(1, title=long))).boxes[0].lines[1].endswith("…")


def test_lost_blockers_are_told_from_those_that_nobody_waits_for():
    lost = node(1, status=TaskStatus.CANCELLED)
    waits, idle = node(2, 1, level=1, is_blocked=True), node(3, status=TaskStatus.FAILED)
    assert lost_in(graph(lost, waits, idle).nodes) == 1
    picture = draw(graph(lost, waits, idle))
    assert [arrow.is_lost for arrow in picture.arrows] == [True]
    assert draw(graph(node(1, status=TaskStatus.COMPLETED), node(2, 1, level=1))).arrows[0].is_met
    assert draw(graph()).boxes == []


def test_the_bundles_page_draws_it_and_says_the_same_in_words(mara, workbench, people):
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    address = f"/bundles/{bundle.bundle_id}"
    text = panel(mara.get(address).text, "order")
    assert "5 times one comes after another" in text
    assert f'href="{address}?order=shown#order"' in text
    assert "<svg" not in text, "it is drawn for whoever asks for it"
    text = panel(mara.get(f"{address}?order=shown").text, "order")
    assert f'href="{address}?order=hidden#order"' in text
    assert text.count('class="node ') == 6
    assert text.count("waits for</span>") == 5
    assert "style=" not in text
    with workbench.reading(workbench.operator()) as tx:
        first = next(item for item in tx.find(Task, bundle_id=bundle.bundle_id) if not item.depends_on)
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, first.task_id)
    text = panel(mara.get(f"/bundles/{bundle.bundle_id}").text, "order")
    assert "1 lost blocker" in text
    assert "is-lost" in text
    assert "lost: it releases nobody" in text
    assert "<svg" not in panel(mara.get(f"{address}?order=hidden").text, "order")


def test_process_documents_come_when_they_are_asked_for_and_leave_the_picture_where_it_is(mara, workbench):
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    address = f"/bundles/{bundle.bundle_id}"
    page = mara.get(f"{address}?order=shown&documents=perhaps").text
    reading = panel(page, "reading")
    assert 'class="prose"' not in reading
    assert f'href="{address}?order=shown&amp;documents=shown#reading"' in reading
    page = mara.get(f"{address}?order=shown&documents=shown").text
    reading = panel(page, "reading")
    assert 'class="prose"' in reading
    assert f'href="{address}?order=shown&amp;documents=hidden#reading"' in reading
    assert "<svg" in panel(page, "order")


def test_a_bundle_without_dependencies_shows_no_picture(mara, workbench):
    bundle = make_bundle(workbench, "newsletter")
    assert panel(mara.get(f"/bundles/{bundle.bundle_id}").text, "order") == ""
