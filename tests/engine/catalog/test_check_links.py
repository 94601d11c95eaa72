"""The check finds a link that is needed before anything can fill it (N8)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.catalog.check_links import link_findings
from engine.catalog.models import TaskTemplate


def template(*tasks: dict[str, Any]) -> TaskTemplate:
    whole = {
        "key": "x",
        "name": "X",
        "owner": "o",
        "status": "active",
        "links": [{"name": "A"}, {"name": "B"}],
    }
    return TaskTemplate.model_validate({**whole, "tasks": [{"title": "T", **task} for task in tasks]})


def fills(link: str, *after: str, **more: Any) -> dict[str, Any]:
    return {
        "ref": f"fill_{link.lower()}",
        "fills_link": link,
        "proof": [{"kind": "url", "label": link}],
        "depends_on": list(after),
        **more,
    }


#: What a template has -> the tasks whose needed links come too late.
CASES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "a task before": ([fills("A"), {"ref": "needs", "needs_links": ["A"], "depends_on": ["fill_a"]}], []),
    "a task beside": ([{"ref": "needs", "needs_links": ["A"]}, fills("A")], []),
    "a task after": ([{"ref": "needs", "needs_links": ["A"]}, fills("A", "needs")], ["needs"]),
    "a task after one after": (
        [
            {"ref": "needs", "needs_links": ["A"]},
            {"ref": "between", "depends_on": ["needs"]},
            fills("A", "between"),
        ],
        ["needs"],
    ),
    "the task itself": ([fills("A", needs_links=["A"])], []),
    "two that need what the other fills": (
        [fills("A", needs_links=["B"]), fills("B", needs_links=["A"])],
        ["fill_a", "fill_b"],
    ),
    "a task after, and one before": (
        [{"ref": "needs", "needs_links": ["A"]}, fills("A", "needs"), fills("A") | {"ref": "early"}],
        [],
    ),
    "nobody: a person by hand": ([{"ref": "needs", "needs_links": ["A"]}], []),
    "a task after, or whoever skips another": (
        [
            {"ref": "needs", "needs_links": ["A"]},
            fills("A", "needs"),
            {"ref": "other", "skip": {"reasons": [{"text": "x", "waives": {"links": ["A"]}}]}},
        ],
        [],
    ),
    "a task after, or whoever skips the task itself": (
        [
            {
                "ref": "needs",
                "needs_links": ["A"],
                "skip": {"reasons": [{"text": "x", "waives": {"links": ["A"]}}]},
            },
            fills("A", "needs"),
        ],
        ["needs"],
    ),
    "a task after, or whoever skips with all": (
        [
            {"ref": "needs", "needs_links": ["A"]},
            fills("A", "needs"),
            {"ref": "other", "skip": {"reasons": [{"text": "x", "waives": {"links": "all"}}]}},
        ],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_needed_link_comes_too_late_where_only_later_tasks_fill_it(case: str):
    tasks, expected = CASES[case]
    found = list(link_findings(template(*tasks)))
    assert [tasks[int(finding.path[1])]["ref"] for finding in found] == expected
    assert all("only after that" in finding.message for finding in found)


def test_the_finding_stands_at_the_name_and_says_who_fills_it():
    (found,) = link_findings(template({"ref": "needs", "needs_links": ["B", "A"]}, fills("A", "needs")))
    assert found.path == ("tasks", 0, "needs_links", 1)
    assert found.message == "needs needs the link A to be completed, but fill_a can fill it only after that."
