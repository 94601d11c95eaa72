"""One fault found in data, before it is known which file and line it comes from."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.budgets import FAULTS_OF_CONTENT_FILE
from engine.catalog.problems import WARNINGS, Problem, ProblemCode, problem
from engine.catalog.yaml_reader import Path, YamlDocument

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """A fault at a path of the data; ``placed_in`` turns it into a problem of a file."""

    code: ProblemCode
    path: Path
    message: str
    hint: str = ""

    def placed_in(self, document: YamlDocument) -> Problem:
        """Return the problem at the line and column of the path."""
        return problem(self.code, document.file, document.at(self.path), self.message, self.hint)


def first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the first findings, each once, and an error that says so where there are more errors (S21).

    No more are looked for then, so a file with thousands of faults costs what its first ones cost. Where a
    check breaks down, that is an error too, and what the checks after it would have found is not known.
    """
    errors: dict[Finding, None] = {}
    warnings: dict[Finding, None] = {}
    for finding in _unbroken(findings):
        if finding.code in WARNINGS:
            if len(warnings) < FAULTS_OF_CONTENT_FILE:
                warnings[finding] = None
        elif finding not in errors:
            if len(errors) == FAULTS_OF_CONTENT_FILE:
                return [*errors, *warnings, MORE]
            errors[finding] = None
    return [*errors, *warnings]


def _unbroken(findings: Iterable[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except Exception as error:  # one file must not take all others out of use
        yield check_failed(error)


def check_failed(error: Exception) -> Finding:
    """Return the finding that a check broke down over a file, and log where it did: the fault is the check's.

    Whatever one file makes a check do, all other files stay in use.
    """
    _log.error("a check of the content broke down", exc_info=error)
    message = f"Workbench could not check this file to its end: {type(error).__name__}."
    hint = "Take back what changed last; whoever runs Workbench finds in its log where it broke down."
    return Finding(ProblemCode.CHECK_FAILED, (), message, hint)


def duplicates(path: Path, field: str, names: Sequence[str]) -> Iterator[Finding]:
    """Yield one finding for each name that occurs before in the same list."""
    seen: Counter[str] = Counter()
    for number, name in enumerate(names):
        if seen[name]:
            message = f"{field} {name} is used twice in {path[-1]}."
            yield Finding(ProblemCode.DUPLICATE_REF, (*path, number, field), message, "Each needs its own.")
        seen[name] += 1


MORE = Finding(
    ProblemCode.MANY_PROBLEMS, (), "There are more problems than are listed here.", "Correct these first."
)
