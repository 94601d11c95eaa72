"""Look the pinned requirements up among the known vulnerabilities; no answer is not a good answer.

pip-audit asks PyPI about each pinned version. Where the index does not know those answers (a mirror, a closed
network) it skips the package, prints "No known vulnerabilities found" and ends with 0; so what counts here
is its report. Exit codes: 0 every version was looked up and none is known to be vulnerable, 1 at least
one is, 2 at least one could not be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_SHOWN = 5


def main(requirements: str) -> int:
    """Print the verdict on the versions that a file pins; return the exit code."""
    words = ["--requirement", requirements, "--no-deps", "--disable-pip"]
    form = ["--format", "json", "--progress-spinner", "off", "--desc", "off"]
    done = subprocess.run(
        ["pip-audit", *words, *form],  # the environment's own, which `make` puts first on the path
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        looked_up = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        print(f"Could not look for known vulnerabilities: {last}")
        return 2
    return _judge(looked_up)


def _judge(looked_up: list[dict[str, Any]]) -> int:
    """Print what is vulnerable and what nobody knows."""
    vulnerable = [entry for entry in looked_up if entry.get("vulns")]
    unknown = [entry["name"] for entry in looked_up if "skip_reason" in entry]
    for entry in vulnerable:
        for found in entry["vulns"]:
            fixed = ", ".join(found.get("fix_versions", [])) or "no version"
            print(f"{entry['name']} {entry['version']}: {found['id']}, fixed in {fixed}")
    if unknown:
        some = ", ".join(unknown[:_SHOWN]) + (", ..." if len(unknown) > _SHOWN else "")
        print(
            f"Could not look up {len(unknown)} of {len(looked_up)} packages ({some}): the index that is "
            "reached from here does not tell known vulnerabilities. Run this where PyPI itself is reached."
        )
    if not vulnerable and not unknown:
        print(f"No known vulnerability in the {len(looked_up)} pinned packages.")
    return 1 if vulnerable else 2 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
