"""What ``content review`` finds wrong, as programs of forges read it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from engine.catalog.problems import Problem

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
#: What GitLab calls what stands in the way, and what does not.
_SEVERITIES = {"error": "major", "warning": "minor"}


def as_sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what code scanning reads: SARIF 2.1.0, a result for each problem at its line."""
    results = [
        {
            "ruleId": one.code,
            "level": one.severity,
            "message": {"text": _words(one)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": one.file},
                        "region": {"startLine": one.line, "startColumn": one.column},
                    }
                }
            ],
        }
        for one in problems
    ]
    rules = [{"id": code} for code in sorted({one.code for one in problems})]
    driver = {"name": "Workbench content review", "rules": rules}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def as_code_quality(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return what GitLab reads as a code quality report, and shows beside the changed lines.

    Two of one fingerprint are one to it, and one of another is a new one: a fingerprint leaves out the line,
    which a change further up moves, and tells those that are alike apart by their order.
    """
    seen: dict[str, int] = {}
    found = []
    for one in problems:
        alike = "\n".join(one.identity)
        seen[alike] = seen.get(alike, 0) + 1
        found.append(
            {
                "description": _words(one),
                "check_name": one.code,
                "fingerprint": hashlib.sha256(f"{alike}\n{seen[alike]}".encode()).hexdigest(),
                "severity": _SEVERITIES[one.severity],
                "location": {"path": one.file, "lines": {"begin": one.line}},
            }
        )
    return found


def _words(one: Problem) -> str:
    return f"{one.message} {one.hint}".rstrip()
