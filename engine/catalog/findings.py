"""One fault found in data, before it is known which file and line it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.budgets import FAULTS_OF_CONTENT_FILE
from engine.catalog.problems import WARNINGS, Problem, ProblemCode, problem
from engine.catalog.yaml_reader import Path, YamlDocument


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

    No more are looked for then, so a file with thousands of faults costs what its first ones cost.
    """
    errors: dict[Finding, None] = {}
    warnings: dict[Finding, None] = {}
    for finding in findings:
        if finding.code in WARNINGS:
            if len(warnings) < FAULTS_OF_CONTENT_FILE:
                warnings[finding] = None
        elif finding not in errors:
            if len(errors) == FAULTS_OF_CONTENT_FILE:
                return [*errors, *warnings, MORE]
            errors[finding] = None
    return [*errors, *warnings]


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
