"""The table "What is bounded" of the runbook and engine/budgets.py say the same, and nothing else says it."""

from __future__ import annotations

import re
from pathlib import Path

from engine import budgets

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r"^\| (.+?) \| ([\d,]+) \| (.+?) \|$", re.MULTILINE)


def test_the_runbook_says_every_budget():
    text = (ROOT / "web" / "RUNBOOK.md").read_text()
    section = text.partition("### What is bounded")[2].partition("\n#")[0]
    told = [(of, int(most.replace(",", "")), beyond) for of, most, beyond in _ROW.findall(section)]
    assert told == [(one.of, int(one), one.beyond) for one in budgets.everything().values()]


def test_every_budget_is_used():
    words = {
        word
        for folder in ("engine", "exports", "web")
        for file in (ROOT / folder).rglob("*.py")
        if file.name != "budgets.py"
        for word in re.findall(r"\w+", file.read_text())
    }
    assert set(budgets.everything()) <= words
