"""The bundle index tells no text that a person wrote, whatever the conditions of a template ask for (D1)."""

from __future__ import annotations

import pytest

from engine.migration import index
from engine.migration.impact import impact
from tests.engine.migration import articles

_VISIT = {
    "task_types/work.yaml": "key: work\nname: Work\n",
    "task_templates/visit.yaml": """
        key: visit
        name: Visit
        task_type: work
        parameters:
          type: object
          properties:
            mail: {type: string, title: Whom we write to}
            guests: {type: integer, title: Guests}
            rooms: {type: integer, title: Rooms}
            filmed: {type: boolean, title: Filmed}
        tasks:
          - {ref: plan, title: Plan}
          - {ref: write, title: Write, when: {required: [mail]}}
          - {ref: cook, title: Cook, when: {properties: {guests: {minimum: 3}}}}
    """,
}


@pytest.fixture
def repository(tmp_path):
    return articles.make(tmp_path / "visit", _VISIT)


def test_a_text_is_withheld_also_where_a_condition_asks_for_it(running, repository):
    given = {"mail": "wanda@example.com", "guests": 4, "rooms": 2, "filmed": True}
    running.start("visit", parameters=given)
    with running.workbench.reading(running.people["mara"]) as tx:
        data = index.write(tx)
    (bundle,) = data["bundles"]
    assert bundle["parameters"] == {"guests": 4, "filmed": True}
    assert bundle["withheld"] == ["mail", "rooms"]
    change = [("when: {required: [mail]}", "when: {not: {required: [mail]}}")]
    articles.change(repository, {"task_templates/visit.yaml": change})
    base, head = running.content("main"), running.content("change")
    (found,) = impact(base, head, index.IndexedWork(data, (base, head))).bundles
    assert [one.why for one in found.findings] == ["it depends on mail, which the index does not tell"]
