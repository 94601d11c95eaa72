"""The texts that the screens have: what stands in the templates, and the words that the code gives them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from engine import commands
from engine.asked import fields_of

ROOT = Path(__file__).resolve().parents[2]
#: What ends a text in a template: a tag, an expression, a statement, a comment, and the sign of a status.
_BETWEEN = re.compile(r"<[^<>]*>|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|[✓×!◇◷⊘←→]", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\\n])*)"' + r"|'((?:[^'\\\n])*)'")
#: Modules whose words are shown: labels of verbs, titles of sections and reports.
_WORDS_OF_THE_ENGINE = (
    "engine/tasks/states.py",
    "engine/deliverables/actions.py",
    "engine/deliverables/next_step.py",
    "engine/inbox/reading.py",
    "engine/reports",
)


@cache
def screen_texts() -> frozenset[str]:
    """Return every text that a screen may have, its spaces made one, and without a colon at its end."""
    return frozenset(re.sub(r"\s+", " ", text).strip().removesuffix(":") for text in _all())


def _all() -> Iterator[str]:
    for template in (ROOT / "web" / "templates").rglob("*.html"):
        source = template.read_text(encoding="utf-8")
        yield from _BETWEEN.split(source)
        for expression in re.findall(r"\{[{%].*?[%}]\}", source, re.DOTALL):
            for double, single in _QUOTED.findall(expression):
                yield double or single
    for path in ("web", *_WORDS_OF_THE_ENGINE):
        place = ROOT / path
        for module in [place] if place.is_file() else sorted(place.rglob("*.py")):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
    for command in commands.COMMANDS.values():
        yield from (field.label for field in fields_of(command.input).values())
