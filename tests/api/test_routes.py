"""Where commands stand: every one has its place, derived from the registry by a few rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import commands
from engine.asked import fields_of
from tests.swept import swept
from web.api import examples
from web.api.refusals import codes_of, meaning_of, status_of
from web.api.routes import AREAS, OF_HEADERS, ROUTES, Route, routes_of

#: Command -> method and path, one of each rule.
PLACES = {
    "task create": ("POST", "/tasks"),
    "task update": ("PATCH", "/tasks/{task_id}"),
    "task delete": ("DELETE", "/tasks/{task_id}"),
    "task cancel": ("POST", "/tasks/{task_id}/cancel"),
    "task start": ("POST", "/tasks/{task_id}/start"),
    "task put-back": ("POST", "/tasks/{task_id}/put-back"),
    "task bulk": ("POST", "/tasks/bulk"),
    "task decide": ("POST", "/approvals/{task_approval_id}/decide"),
    "task resubmit": ("POST", "/deliverables/{deliverable_id}/resubmit"),
    "bundle create": ("POST", "/bundles"),
    "bundle migrate-all": ("POST", "/bundles/migrate-all"),
    "user add": ("POST", "/users"),
    "user change": ("PATCH", "/users/{user_id}"),
    "employee update": ("PATCH", "/employees/{employee_id}"),
    "session end-all": ("POST", "/sessions/end-all"),
    "qa flag": ("POST", "/qa/{task_id}/flag"),
    "secrets set": ("POST", "/secrets/{name}/set"),
    "feed make": ("POST", "/feeds"),
    "inbox seen": ("POST", "/inbox/seen"),
    "act undo": ("POST", "/acts/{act_id}/undo"),
    "reference load": ("POST", "/reference/load"),
}


def of(command: str) -> list[Route]:
    return [route for route in ROUTES if route.command.name == command and not route.fixed]


@swept("name", commands.COMMANDS)
def test_every_command_has_exactly_one_place_of_its_own(name: str):
    assert len(of(name)) == 1


@pytest.mark.parametrize(("name", "place"), PLACES.items())
def test_a_command_stands_where_its_name_and_its_input_say(name: str, place: tuple[str, str]):
    [route] = of(name)
    assert (route.method, route.template) == place


def test_every_place_and_every_name_of_an_operation_is_another():
    assert len({(route.method, route.template) for route in ROUTES}) == len(ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    made = commands.get("feed make")
    with pytest.raises(RuntimeError, match="the same address"):
        routes_of([made, replace(made, name="feed add")])


@swept("route", ROUTES)
def test_a_route_names_a_field_of_its_input_and_has_an_example(route: Route):
    fields = fields_of(route.command.input)
    example = examples.of(route.name, route.command.name)
    assert set(example) <= set(fields)
    if route.item is not None:
        assert fields[route.item].required
        assert route.item in example
        assert f"<{route.item}>" in route.path
    assert not set(OF_HEADERS) & set(example)


@swept("route", ROUTES)
def test_every_refusal_of_a_route_has_a_meaning_and_a_status(route: Route):
    for code in codes_of(route):
        assert meaning_of(code).endswith("."), code
        assert 400 <= status_of(code) < 600


def test_approve_and_reject_are_the_human_review_with_its_verdict():
    fixed = {route.template: route.fixed for route in ROUTES if route.fixed}
    assert fixed == {
        "/tasks/{task_id}/approve": {"verdict": "approve"},
        "/tasks/{task_id}/reject": {"verdict": "reject"},
    }


def test_every_area_has_a_collection():
    assert {command.area for command in commands.COMMANDS.values()} <= set(AREAS)
