"""Every test can fail: it asserts something, and nothing that it asserts is true by itself (T2)."""

from __future__ import annotations

import ast
import re
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: They fail by themselves, and are no helpers of the tests: what Hypothesis runs, and what benchmarks ask.
_FAIL = {"raises", "warns", "fail", "run_state_machine_as_test", "require_it_arrives"}


class Facts(NamedTuple):
    """What a function of the tests does, as far as it can be read."""

    name: str
    #: It asserts, raises, or says what it expects.
    can_fail: bool
    #: The names of the functions that it calls, and of those of objects.
    called: frozenset[str]
    called_of_objects: frozenset[str]


def facts_of(function: ast.AST, name: str = "") -> Facts:
    can_fail, called = False, {True: set(), False: set()}
    for node in ast.walk(function):
        can_fail = can_fail or isinstance(node, (ast.Assert, ast.Raise))
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            of_object = isinstance(node.func, ast.Attribute)
            called[of_object].add(node.func.attr if of_object else node.func.id)
            can_fail = can_fail or any(given.arg == "expect" for given in node.keywords)
    can_fail = can_fail or not _FAIL.isdisjoint(called[True] | called[False])
    return Facts(name, can_fail, frozenset(called[False]), frozenset(called[True] - of_the_product()))


@cache
def of_the_product() -> frozenset[str]:
    """Name what objects that are no helpers have: a call of it asserts nothing."""
    known = {
        name
        for layer in ("engine", "exports", "web")
        for file in (ROOT / layer).rglob("*.py")
        for name in re.findall(r"\bdef (\w+)\(", file.read_text(encoding="utf-8"))
    }
    return frozenset(known.union(*(dir(kind) for kind in (dict, list, set, str))))


@cache
def trees() -> dict[str, ast.Module]:
    files = sorted((ROOT / "tests").rglob("*.py"))
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


@cache
def functions() -> list[tuple[str, Facts]]:
    return [
        (file, facts_of(node, node.name))
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


@cache
def places() -> dict[str, frozenset[str]]:
    """Name the files that define a function, by its name."""
    found: dict[str, set[str]] = {}
    for file, facts in functions():
        found.setdefault(facts.name, set()).add(file)
    return {name: frozenset(files) for name, files in found.items()}


@cache
def mute() -> frozenset[tuple[str, str]]:
    """Name the functions of the tests that cannot fail, neither themselves nor by what they call."""
    found = frozenset((file, facts.name) for file, facts in functions() if not facts.can_fail)
    while True:
        left = frozenset(
            (file, facts.name)
            for file, facts in functions()
            if (file, facts.name) in found and not asks(file, facts, found)
        )
        if left == found:
            return found
        found = left


def asks(file: str, facts: Facts, silent: frozenset[tuple[str, str]]) -> bool:
    """Whether something is called that can fail: a function of the same file, else all of that name."""
    for name in facts.called | facts.called_of_objects:
        known = places().get(name, frozenset())
        known = known & {file} or known
        if known and not any((one, name) in silent for one in known):
            return True
    return False


def is_true_by_itself(given: ast.expr) -> bool:
    """Whether an assertion holds whatever the product does."""
    if isinstance(given, (ast.Constant, ast.JoinedStr, ast.Tuple, ast.List, ast.Dict, ast.GeneratorExp)):
        return True  # a tuple with words in it is true; so is a generator
    if isinstance(given, ast.BoolOp) and isinstance(given.op, ast.Or):
        return any(isinstance(one, ast.Constant) and one.value for one in given.values)
    if isinstance(given, ast.Compare) and not any(isinstance(node, ast.Call) for node in ast.walk(given)):
        return ast.dump(given.left) == ast.dump(given.comparators[0])
    return False


#: What holds something exactly if what it is given does.
_KEEPING = {"items", "keys", "values", "enumerate", "sorted", "reversed", "list", "tuple", "set", "zip"}


def held_of_nothing(function: ast.AST) -> list[int]:
    """Return the lines that say all of a list to be so, where it may be empty and nothing else asks for it.

    What is written out in the function, what has the name of a constant or a class, and ranges are not empty.
    """
    lists = {
        id(node.args[0]): source_of(node.args[0].generators[0].iter)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "all"
        and isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp))
    }
    if not lists:
        return []
    besides = {id(node) for source in lists.values() for node in ast.walk(source)}
    asked: set[str] = set()
    known: set[str] = set()
    found: list[ast.expr] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            asked |= {ast.dump(one) for one in ast.walk(node) if id(one) not in besides}
            found += [lists[id(one)] for one in ast.walk(node) if id(one) in lists]
        if isinstance(node, ast.Assign) and is_written_out(node.value, known):
            known |= {name.id for name in node.targets if is_name(name)}
    return [one.lineno for one in found if not is_written_out(one, known) and ast.dump(one) not in asked]


def source_of(given: ast.expr) -> ast.expr:
    """Return what must hold something for this to do so."""
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr in _KEEPING:
        return source_of(given.func.value)
    if isinstance(given, ast.Call) and is_name(given.func) and given.func.id in _KEEPING and given.args:
        return source_of(given.args[0])
    return given


def is_written_out(given: ast.expr, known: AbstractSet[str]) -> bool:
    """Whether something stands in it, as far as it can be read; ``known`` names what is written out."""
    if isinstance(given, ast.ListComp):
        return all(not of.ifs and is_written_out(source_of(of.iter), known) for of in given.generators)
    if isinstance(given, (ast.Tuple, ast.List, ast.Set)):
        return bool(given.elts)
    if isinstance(given, ast.Dict):
        return bool(given.keys)
    if isinstance(given, ast.Call):
        return is_name(given.func) and given.func.id == "range"
    return isinstance(given, ast.Constant) or (
        is_name(given) and (given.id in known or given.id[0].isupper())
    )


def is_name(given: ast.expr) -> TypeGuard[ast.Name]:
    return isinstance(given, ast.Name)


def test_every_test_asserts_something():
    tests = [(file, facts.name) for file, facts in functions() if facts.name.startswith("test_")]
    assert len(tests) > 2000
    assert [f"{file}: {name}" for file, name in tests if (file, name) in mute()] == []


def test_no_assertion_is_true_by_itself():
    found = [
        f"{file}:{node.lineno}"
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and is_true_by_itself(node.test)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code", ["(x == 1, 'it is one')", "'words'", "x or True", "x.y == x.y", "(one for one in x)", "[x]"]
)
def test_what_is_true_by_itself_is_known(code: str):
    assert is_true_by_itself(ast.parse(code, mode="eval").body)


def test_what_holds_for_all_of_a_list_holds_for_one():
    found = [
        f"{file}:{line}"
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for line in held_of_nothing(node)
    ]
    assert found == [], "assert that there is one first, or compare: {is_so(one) for one in found} == {True}"


@pytest.mark.parametrize(
    "code",
    [
        "assert all(one.ok for one in found)",
        "assert all(one.ok for one in read()); assert all(one.new for one in read())",
        "assert all(one for _, one in sorted(found.items()))",
        "found = []\nassert all(one for one in found)",
        "found = [one for one in (1, 2) if one > x]\nassert all(one.ok for one in found)",
        "assert x and all([one.ok for one in enumerate(found)])",
    ],
)
def test_what_may_hold_for_none_is_known(code: str):
    assert held_of_nothing(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "assert found and all(one.ok for one in found)",
        "assert len(found) == 3\nassert all(one.ok for one in found.values())",
        "assert all(one in text for one in ('a', 'b'))",
        "words = ['a', 'b']\nassert all(one in text for one in words)",
        "nine = [make() for _ in range(9)]\nmade = [one for one in nine]\nassert all(one.ok for one in made)",
        "assert all(one in text for one in WORDS)",
        "assert {one.ok for one in found} == {True}",
        "assert all(found)",
    ],
)
def test_what_holds_for_one_at_least_is_left_alone(code: str):
    assert held_of_nothing(ast.parse(code)) == []


@pytest.mark.parametrize("code", ["x == 1", "x or y", "make() != make()", "x", "all(x)"])
def test_what_may_be_false_is_left_alone(code: str):
    assert not is_true_by_itself(ast.parse(code, mode="eval").body)


@pytest.mark.parametrize("code", ["make()", "thing.update({})", "for one in found: one.save()", "pass"])
def test_a_test_that_only_does_something_is_known(code: str):
    facts = facts_of(ast.parse(code))
    assert not facts.can_fail
    assert not asks("tests/test_new.py", facts, mute())


@pytest.mark.parametrize("code", ["assert x", "with pytest.raises(ValueError): x()", "get(page, expect=304)"])
def test_a_test_that_can_fail_is_known(code: str):
    assert facts_of(ast.parse(code)).can_fail
