"""One fault found in data, before it is known which file and line it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog.problems import Problem, ProblemCode, problem
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
