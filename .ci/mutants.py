"""Change the rules in one place at a time and see that a test of that rule fails: `make mutants`.

Which modules are changed, and by which tests each is held, stands in `pyproject.toml` under
`[tool.workbench.mutants]`. mutmut changes them; what it changed without any test failing is a survivor
and has to be explained in `tests/MUTANTS.md`, by the function and the lines before and after, so that
a line that moves needs no new explanation.

Exit codes: 0 enough were killed and every survivor is explained, 1 not so, 2 mutmut itself failed.
"""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from mutmut import configuration
from mutmut.__main__ import cli
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

LEAST_KILLED = 0.9
EXPLAINED = Path("tests/MUTANTS.md")
_REFUSED = "caught by type check"
_KILLED = {"killed", "timeout", "segfault", _REFUSED}
_FAILED = 2
#: What `make lint` refuses is noticed, too; it is asked first, since that is quick.
_TYPES = (
    "--output=json",
    "--cache-dir=../.mypy_cache/mutants",
    "--no-warn-unused-ignores",
    "--follow-imports=silent",
)


class Change(NamedTuple):
    """What a mutant does: in which function which lines become which, without their indentation."""

    module: str
    function: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    def __str__(self) -> str:
        """Give the change as `tests/MUTANTS.md` has it."""
        lines = [f"@@ {self.module}: {self.function}"]
        lines += [f"-{line}" for line in self.before] + [f"+{line}" for line in self.after]
        return "\n".join(lines)


def explained(text: str) -> Counter[Change]:
    """Give the changes that the fenced diffs of `tests/MUTANTS.md` name, each as often as it stands there."""
    found: list[Change] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = line == "```diff"
        elif inside and line.startswith("@@ "):
            module, _, function = line.removeprefix("@@ ").partition(": ")
            found.append(Change(module, function, (), ()))
        elif inside and line[:1] in {"-", "+"}:
            found[-1] = _with(found[-1], line)
    return Counter(found)


def _with(change: Change, line: str) -> Change:
    text = (line[1:].strip(),)
    if line[0] == "-":
        return change._replace(before=change.before + text)
    return change._replace(after=change.after + text)


def _change(module: str, name: str) -> Change:
    function, class_name = orig_function_and_class_names_from_key(name)
    found = Change(module, f"{class_name}.{function}" if class_name else function, (), ())
    for line in get_diff_for_mutant(name, path=module).splitlines():
        if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}:
            found = _with(found, line)
    return found


def run(module: str, tests: list[str]) -> None:
    """Let mutmut change one module, in this process; it knows one selection of tests for all modules."""
    configuration._config = dataclasses.replace(
        configuration.config(),
        only_mutate=[module],
        pytest_add_cli_args_test_selection=tests,
        type_check_command=[sys.executable, "-m", "mypy", *_TYPES, module],
    )
    cli(["run", "--max-children", "2"])


def judge(module: str) -> tuple[Counter[str], list[Change]]:
    """Return how the mutants of a module ended, and what those that nobody noticed change."""
    data = SourceFileMutationData(path=module)
    data.load()
    ends = {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items()}
    return Counter(ends.values()), [_change(module, name) for name, end in ends.items() if end not in _KILLED]


def main(words: list[str]) -> int:
    """Change the named modules, all where none is named; print what survived and return the exit code."""
    chosen: dict[str, list[str]] = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["workbench"][
        "mutants"
    ]
    if words[:1] == ["--run"]:
        run(words[1], chosen[words[1]])
        return 0
    if unknown := set(words) - set(chosen):
        print(f"No module of [tool.workbench.mutants]: {', '.join(sorted(unknown))}")
        return _FAILED
    known, all_killed, all_total, faults, failed = explained(EXPLAINED.read_text()), 0, 0, 0, False
    for module in words or chosen:
        shutil.rmtree("mutants", ignore_errors=True)
        done = subprocess.run(
            [sys.executable, __file__, "--run", module], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(
                done.stdout[-5000:],
                done.stderr[-5000:],
                f"mutmut failed with {module}.",
                sep="\n",
                flush=True,
            )
            failed = True
            continue
        ends, lived = judge(module)
        total, killed = ends.total(), ends.total() - len(lived)
        new = Counter(lived) - known
        gone = Counter(
            {change: count for change, count in known.items() if change.module == module}
        ) - Counter(lived)
        print(
            f"{module}: {killed} of {total} killed, {ends[_REFUSED]} of these by types; "
            f"{len(lived) - new.total()} explained",
            flush=True,
        )
        for change in new.elements():
            print(f"Survived, and is not explained in {EXPLAINED}:\n{change}")
        for change in gone.elements():
            print(f"Is explained in {EXPLAINED}, and does not survive any more:\n{change}")
        faults += new.total() + gone.total()
        all_killed, all_total = all_killed + killed, all_total + total
    if failed:
        return _FAILED
    share = all_killed / all_total
    print(f"All: {all_killed} of {all_total} killed, {share:.1%}; at least {LEAST_KILLED:.0%} is asked.")
    return int(faults > 0 or share < LEAST_KILLED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
