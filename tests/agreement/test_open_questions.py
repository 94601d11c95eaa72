"""engine/OPEN_QUESTIONS.md has a word on every area (DCS-04)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_HEADING = re.compile(r"^#{2,3} .*`([\w/]+)`.*\n\n- ", re.MULTILINE)


def areas() -> list[str]:
    """List the packages of the engine, and the two rooms that have no areas of their own."""
    packages = (ROOT / "engine").glob("*/__init__.py")
    return [*sorted(f"engine/{item.parent.name}" for item in packages), "exports", "web"]


def described() -> list[str]:
    """List the areas that have a heading with at least one line under it."""
    text = (ROOT / "engine" / "OPEN_QUESTIONS.md").read_text(encoding="utf-8")
    return _HEADING.findall(text)


@pytest.mark.parametrize("area", areas())
def test_what_an_area_leaves_open_is_said(area: str):
    assert area in described()
