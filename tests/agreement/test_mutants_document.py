"""What `make mutants` looks at is there, and so is every line that tests/MUTANTS.md explains."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["workbench"]["mutants"]


def explained() -> list[tuple[str, str, str]]:
    """Give module, function and line of what stands before a change in the document."""
    found, place = [], ("", "")
    for line in (ROOT / "tests" / "MUTANTS.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("@@ "):
            module, _, function = line.removeprefix("@@ ").partition(": ")
            place = module, function
        elif line.startswith("-"):
            found.append((*place, line[1:].strip()))
    return found


def test_every_rule_and_the_tests_that_hold_it_are_there():
    assert len(RULES) > 10
    named = [*RULES, *(test for tests in RULES.values() for test in tests)]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_line_that_is_explained_stands_in_its_function():
    assert explained()
    for module, function, line in explained():
        assert module in RULES
        source = (ROOT / module).read_text(encoding="utf-8")
        assert f"def {function.rpartition('.')[2]}(" in source
        assert line in [one.strip() for one in source.splitlines()], (
            f"{module}: {function} has no line {line}"
        )
