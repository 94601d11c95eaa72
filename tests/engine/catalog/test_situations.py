"""Which tasks a start may make: found by trying what the conditions of a template tell apart (R4)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.catalog import situations
from engine.catalog.models import TaskTemplate
from engine.catalog.situations import made_sets, samples


def template(
    whens: dict[str, Any], parameters: dict[str, Any], required: tuple[str, ...] = ()
) -> TaskTemplate:
    """Make a template with a task ``a`` that is always made, and one for each condition."""
    tasks: list[dict[str, Any]] = [{"ref": "a", "title": "A"}]
    tasks += [{"ref": ref, "title": ref.upper(), "when": when} for ref, when in whens.items()]
    schema = {"type": "object", "properties": parameters, "required": list(required)}
    return TaskTemplate.model_validate(
        {"key": "small", "name": "Small", "task_type": "work", "parameters": schema, "tasks": tasks}
    )


def sets(whens: dict[str, Any], parameters: dict[str, Any], required: tuple[str, ...] = ()) -> list[str]:
    return ["".join(sorted(made)) for made in made_sets(template(whens, parameters, required))]


def of(name: str, **schema: Any) -> dict[str, Any]:
    return {"properties": {name: schema}}


YES = of("x", const=True)
ONE_OR_OTHER = ["ab", "a"]
INTEGER, NUMBER, STRING = {"type": "integer"}, {"type": "number"}, {"type": "string"}


def test_without_conditions_everything_is_made():
    assert sets({}, {"x": INTEGER}) == ["a"]
    plain = template({}, {}).model_copy(update={"parameters": None})
    assert made_sets(plain) == [frozenset("a")]


@pytest.mark.parametrize(
    ("parameter", "when"),
    [
        ({"type": "boolean"}, YES),
        ({"type": ["null", "boolean"]}, YES),
        ({"type": "boolean", "default": True}, YES),
        (STRING, of("x", minLength=1)),
        (STRING, of("x", maxLength=0)),
        (STRING, of("x", minLength=5)),
        (STRING, of("x", const="rocket")),
        (STRING, of("x", enum=["rocket", "plane"])),
        ({}, of("x", const="rocket")),
        ({"type": "string", "enum": ["rocket", "plane"]}, of("x", pattern="^plane$")),
        ({"type": "string", "examples": ["rocket", "plane"]}, of("x", pattern="^plane$")),
        ({"type": "string", "default": "plane"}, of("x", pattern="^plane$")),
        (INTEGER, of("x", const=0)),
        (INTEGER, of("x", const=1)),
        (INTEGER, of("x", const=7)),
        (NUMBER, of("x", const=0)),
        (NUMBER, of("x", const=1)),
        (INTEGER, of("x", minimum=5)),
        (INTEGER, of("x", maximum=-5)),
        (INTEGER, of("x", exclusiveMinimum=5)),
        (INTEGER, of("x", exclusiveMaximum=-5)),
        (INTEGER, of("x", multipleOf=7)),
        (INTEGER, of("x", minimum=7, maximum=7)),
        ({"type": "integer", "minimum": 1, "maximum": 9}, of("x", pattern="never", minimum=9)),
        ({"type": "array"}, of("x", maxItems=0)),
        ({"type": "array"}, of("x", contains={"const": "rocket"})),
        ({"type": "array"}, of("x", contains={"enum": ["rocket"]})),
        ({"type": "object"}, of("x", maxProperties=0)),
        ({"type": "object"}, of("x", const={"b": 1, "a": 2})),
        (STRING, {"required": ["x"]}),
        (STRING, of("x", allOf=[{"const": "rocket"}])),
        (STRING, of("x", anyOf=[{"const": "rocket"}, {"const": "plane"}])),
        (STRING, of("x", oneOf=[{"const": "rocket"}])),
        (INTEGER, of("x", **{"not": {"minimum": -9}})),
        (INTEGER, of("x", **{"if": {"minimum": 9}, "then": {"maximum": 9}, "else": {"const": -3}})),
        (STRING, {"allOf": [of("x", const="rocket")]}),
        (STRING, {"anyOf": [of("x", const="rocket")]}),
        (STRING, {"oneOf": [of("x", const="rocket")]}),
        (STRING, {"not": of("x", const="rocket")}),
        (STRING, {"if": of("x", const="rocket"), "then": True, "else": False}),
        (STRING, {"if": True, "then": of("x", const="rocket")}),
        (STRING, {"if": False, "else": of("x", const="rocket")}),
        (STRING, {"allOf": [of("x", const="rocket")], **of("x", minLength=1)}),
        (STRING, {"not": {"allOf": [{"anyOf": [of("x", const="rocket")]}]}}),
    ],
)
def test_what_a_condition_tells_apart_is_tried(parameter, when):
    assert sets({"b": when}, {"x": parameter}) == ONE_OR_OTHER


def test_what_the_parameters_schema_forbids_is_not_tried():
    assert sets({"b": of("x", const=2)}, {"x": {"type": "integer", "minimum": 3}}) == ["a"]


@pytest.mark.parametrize(
    ("parameter", "when", "made"),
    [
        ({"type": "boolean"}, {}, ["ab"]),  # whatever is given
        (STRING, of("x", const="rocket"), ["ab", "a"]),
        ({"type": "string", "enum": ["rocket"]}, of("x", const="rocket"), ["ab"]),
        ({"type": "string", "enum": ["rocket"]}, of("x", const="plane"), ["a"]),
        (INTEGER, of("x", minimum=5), ["ab", "a"]),
        ({"type": "integer", "minimum": 5}, of("x", minimum=5), ["ab"]),
        ({"type": "integer", "maximum": 4}, of("x", minimum=5), ["a"]),
        (STRING, of("x"), ["ab"]),
    ],
)
def test_a_parameter_that_is_required_always_has_a_value_that_its_schema_allows(parameter, when, made):
    assert sets({"b": when}, {"x": parameter}, required=("x",)) == made


def test_what_is_not_given_has_its_default():
    rocket = {"type": "string", "enum": ["rocket", "plane"], "default": "rocket"}
    assert sets({"b": of("x")}, {"x": rocket}) == ["ab"]
    assert sets({"b": of("x")}, {"x": {"type": "string", "enum": ["rocket"]}}) == ["ab", "a"]


def test_conditions_on_several_parameters_are_combined():
    whens = {"b": of("x", const=True), "c": of("y", minimum=3)}
    assert sets(whens, {"x": {"type": "boolean"}, "y": INTEGER, "z": STRING}) == ["abc", "ab", "ac", "a"]


def test_conditions_on_one_parameter_go_together():
    whens = {"b": of("x", const="rocket"), "c": of("x", const="plane")}
    assert sets(whens, {"x": STRING}) == ["ab", "ac", "a"]
    assert sets({"b": YES, "c": {"not": YES}}, {"x": {"type": "boolean"}}) == ["ab", "ac"]


def test_a_parameter_that_no_condition_names_may_be_required_and_is_not_tried():
    assert sets({"b": YES}, {"x": {"type": "boolean"}, "topic": STRING}, ("topic",)) == ONE_OR_OTHER
    assert sets({"b": YES}, {"x": {"type": "boolean"}, "topic": STRING}, ("topic", "x")) == ONE_OR_OTHER


def test_what_no_condition_names_is_no_combination_more():
    """Else ten of them would leave no room for the other value of the one that matters."""
    others = {f"z{number}": {"type": "boolean"} for number in range(10)}
    assert sets({"b": YES}, {"x": {"type": "boolean"}, **others}) == ONE_OR_OTHER


def test_a_default_is_allowed_only_where_it_may_be_given():
    small = template({"b": YES}, {"x": {"type": "boolean", "default": True}})
    never = {**small.parameters, "not": {"required": ["x"], "properties": {"x": {"const": True}}}}
    assert made_sets(small.model_copy(update={"parameters": never})) == [frozenset("a")]


def test_where_no_values_are_allowed_everything_is_looked_at():
    nothing = {"type": "integer", "minimum": 5, "maximum": 4}
    assert sets({"b": of("x", minimum=5)}, {"x": nothing}, required=("x",)) == ["ab"]


def test_a_condition_on_what_is_not_declared_is_never_met():
    assert sets({"b": of("unknown", const=1)}, {"x": INTEGER}) == ["a"]


def test_a_text_of_more_than_a_thousand_signs_is_not_tried():
    assert sets({"b": of("x", minLength=1000)}, {"x": STRING}) == ONE_OR_OTHER
    assert sets({"b": of("x", minLength=1001)}, {"x": STRING}) == ["a"]


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"const": 3}, [3]),
        ({"default": None}, [None]),
        ({"enum": [1, 2], "examples": [3]}, [1, 2, 3]),
        ({"examples": "no list"}, []),
        ({"minimum": 5}, [5, 4, 6]),
        ({"minLength": 2}, ["x", "xx", "xxx"]),
        ({"maxLength": 0}, ["", "x"]),
        ({"minLength": 1001}, ["x" * 1000]),
        ({"contains": {"minimum": 2}}, [[2], [1], [3]]),
        ([{"const": 1}, {"const": 2}], [1, 2]),
        ({"anyOf": [{"const": 1}], "not": {"const": 2}}, [1, 2]),
        ({"if": {"const": 1}, "then": {"const": 2}, "else": {"const": 3}}, [1, 2, 3]),
        ({"title": "Size", "properties": {"const": 1}}, []),
        (True, []),
    ],
)
def test_the_values_that_a_schema_names(schema, values):
    assert list(situations._named_values(schema)) == values


def test_each_value_is_tried_once():
    spec = {"type": "boolean", "default": True, "enum": [False, True]}
    tried = situations._candidates("x", spec, [YES], is_required=True)
    assert tried == [True, False]
    same = {"type": "object", "enum": [{"b": 1, "a": 2}], "default": {"a": 2, "b": 1}}
    assert situations._candidates("x", same, [], is_required=True) == [{"a": 2, "b": 1}, {}]
    optional = situations._candidates("x", {"const": 1}, [], is_required=False)
    assert optional[:-1] == [1, "", "x"]
    assert optional[-1] is situations._ABSENT
    assert situations._candidates("x", True, [], is_required=True) == []


@pytest.mark.parametrize(("tasks", "limit"), [(1, 256), (78, 256), (79, 253), (5000, 4), (9000, 4)])
def test_the_more_tasks_there_are_the_fewer_values_are_tried(tasks, limit):
    small = template({"b": YES}, {"x": {"type": "boolean"}})
    many = small.model_copy(update={"tasks": [small.tasks[0]] * tasks})
    assert situations._limit(many) == limit


def test_no_more_than_the_limit_is_tried(monkeypatch):
    """Each yes or no doubles them: of twelve, the first 256 leave the first four always made."""
    names = "bcdefghijklm"
    whens = {name: of(name, const=True) for name in names}
    found = sets(whens, {name: {"type": "boolean"} for name in names}, required=tuple(names))
    assert len(found) == 256
    assert {"abcde"} == {made[:5] for made in found}
    monkeypatch.setattr(situations, "_MOST_TRIED", 8)
    assert len(sets(whens, {name: {"type": "boolean"} for name in names}, required=tuple(names))) == 8


def test_conditions_that_take_long_to_tell_apart_are_tried_as_far_as_their_steps_go(monkeypatch):
    tried = []
    evaluate = situations.evaluate_when
    monkeypatch.setattr(
        situations, "evaluate_when", lambda *given: (tried.append(given), evaluate(*given))[1]
    )
    monkeypatch.setattr(situations, "_STEPS_TRIED", 30_000)
    heavy = {"allOf": [{"items": {"allOf": [{}] * 50}}], "enum": [[0] * 80, [1] * 81]}
    whens = {f"t{number}": of("x", **heavy) for number in range(20)}
    assert made_sets(template(whens, {"x": {"type": "array"}}))[0] == {"a", *whens}
    assert 1 < len(tried) < 20, "each takes some 4,000 steps"


@pytest.mark.parametrize(
    ("whens", "parameters", "values"),
    [
        pytest.param({}, {"x": INTEGER}, [{}], id="without conditions, one start makes all"),
        pytest.param({"b": YES}, {"x": {"type": "boolean"}}, [{"x": True}], id="one makes all that can be"),
        pytest.param(
            {"b": of("x", const="r"), "c": of("x", const="p")},
            {"x": STRING},
            [{"x": "r"}, {"x": "p"}],
            id="one that makes what the others leave out",
        ),
        pytest.param(
            {"b": of("x", const="r"), "c": of("x", enum=["r", "p"]), "d": of("x", const="p")},
            {"x": STRING},
            [{"x": "r"}, {"x": "p"}],
            id="none that makes nothing more",
        ),
        pytest.param(
            {"b": of("x", const="r")},
            {"x": {"type": "string", "enum": ["p"]}},
            [{"x": "p"}],
            id="a task that no start makes asks for none",
        ),
    ],
)
def test_just_so_many_starts_are_sampled_that_each_task_is_made(
    whens: dict[str, Any], parameters: dict[str, Any], values: list[dict[str, Any]]
):
    assert samples(template(whens, parameters, ("x",) if whens else ())) == values
