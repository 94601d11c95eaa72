"""The checks across files (content-format.md, "Checks across files"; definitions.md section 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from engine.budgets import FAULTS_OF_CONTENT
from engine.catalog.check_overrides import override_problems
from engine.catalog.check_references import calendar_findings, reference_findings, tool_findings
from engine.catalog.config_check import config_findings
from engine.catalog.content import Content
from engine.catalog.findings import MORE, Finding, first
from engine.catalog.layout import FileKind, editor_line, kind_of, scenario_at
from engine.catalog.loader import LoadedFile
from engine.catalog.models import Assignee, TaskTemplate, TaskType, WorkspaceReminders
from engine.catalog.overrides import Override
from engine.catalog.problems import Problem, ProblemCode, problem
from engine.catalog.schemas import MODELS
from engine.catalog.task_type import FEWEST_SIDES, MOST_SIDES
from engine.catalog.yaml_reader import Path as DataPath
from engine.catalog.yaml_reader import decode
from engine.errors import UnavailableError

_HAVE_EDITOR_LINES = {*MODELS, "scenario"}


def cross_file_problems(content: Content) -> list[Problem]:
    """List what is wrong between the files of one revision, in the order of files and lines.

    No more is looked for after ``FAULTS_OF_CONTENT`` (S21).
    """
    everything = chain(
        _service_items(content),
        _doc_ids(content),
        (found for file in content.files.values() for found in _beyond_file(content, file)),
        override_problems(content),
    )
    problems = list(islice(everything, FAULTS_OF_CONTENT))
    if next(everything, None) is not None:
        problems.append(problem(MORE.code, "content", message=MORE.message, hint=MORE.hint))
    return sorted(set(problems))


def _beyond_file(content: Content, file: LoadedFile) -> Iterator[Problem]:
    """Yield what is wrong with a file, together with those that it names."""
    findings: Iterable[Finding] = ()
    if isinstance(file.item, TaskTemplate):
        findings = chain(
            reference_findings(file.item, content), config_findings(file.item, content.task_types)
        )
    elif isinstance(file.item, TaskType):
        findings = chain(tool_findings((), file.item.tools), _die_findings(file.item))
    elif isinstance(file.item, WorkspaceReminders):
        findings = calendar_findings(file.item.calendar, content.calendars)
    for finding in first(findings):
        yield finding.placed_in(file.document)


def people_problems(content: Content, held_roles: Container[str], employees: Container[str]) -> list[Problem]:
    """Return what templates and overrides say of people who are not there; who is, reference data say.

    A role that nobody holds is a warning: its tasks wait for somebody. A named employee who is no active one
    is an error: nothing can be started then.
    """
    return sorted(
        finding.placed_in(file.document)
        for file in content.files.values()
        if isinstance(file.item, (TaskTemplate, Override))
        for path, assignee in _assignees(file.item)
        for finding in _assignee_findings(path, assignee, held_roles, employees)
    )


def _assignee_findings(
    path: DataPath, assignee: Assignee, held_roles: Container[str], employees: Container[str]
) -> Iterator[Finding]:
    if assignee.role is not None and assignee.role not in held_roles:
        message, hint = f"Nobody has the role {assignee.role}.", "Give it to an employee."
        yield Finding(ProblemCode.UNKNOWN_ROLE, (*path, "role"), message, hint)
    if assignee.employee is not None and assignee.employee not in employees:
        message = f"There is no active employee {assignee.employee}."
        hint = "Correct the key, or load them: workbench reference load FILE."
        yield Finding(ProblemCode.UNKNOWN_EMPLOYEE, (*path, "employee"), message, hint)


def _assignees(item: TaskTemplate | Override) -> Iterator[tuple[DataPath, Assignee]]:
    if item.default_assignee:
        yield ("default_assignee",), item.default_assignee
    for number, task in enumerate(item.tasks or ()):
        if task.assignee:
            yield ("tasks", number, "assignee"), task.assignee


def _die_findings(item: TaskType) -> Iterator[Finding]:
    """Yield a die with too few or too many sides; the type stays in use, with the nearest number (QA-01)."""
    if not FEWEST_SIDES <= item.qa.die_sides <= MOST_SIDES:
        message = f"die_sides is {item.qa.die_sides}; a die has {FEWEST_SIDES} to {MOST_SIDES} sides."
        yield Finding(ProblemCode.INVALID_VALUE, ("qa", "die_sides"), message)


def _service_items(content: Content) -> Iterator[Problem]:
    users: dict[str, list[LoadedFile]] = defaultdict(list)
    for file in content.files.values():
        if not isinstance(file.item, TaskTemplate) or file.item.status == "retired":
            continue
        if file.item.portal_service_item_id is not None:
            users[file.item.portal_service_item_id].append(file)
    for service_item, files in users.items():
        for file in files[1:]:
            message = f"{service_item} is planned with {files[0].path} already."
            path = ("portal_service_item_id",)
            finding = Finding(
                ProblemCode.DUPLICATE_SERVICE_ITEM, path, message, "One template per service item."
            )
            yield finding.placed_in(file.document)


def _doc_ids(content: Content) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for path, file in content.files.items():
        if file.place.kind == "process_doc" and file.item is not None:
            other = first.setdefault(file.place.name, path)
            if other != path:
                message = f"The document id {file.place.name} belongs to {other} already."
                finding = Finding(
                    ProblemCode.DUPLICATE_DOC_ID, ("id",), message, "Give each document its own id."
                )
                yield finding.placed_in(file.document)


def fix_editor_lines(folder: Path) -> list[str]:
    """Give every YAML content file below ``folder`` its editor line; return the paths that changed.

    What is no plain file, or cannot be read as text, stays as it is: the check says so.

    Raises:
        UnavailableError: a file cannot be read or written; those before it are done.
    """
    changed = []
    for file in sorted((folder / "content").rglob("*.yaml")):
        path = file.relative_to(folder).as_posix()
        place = kind_of(path) or scenario_at(path)
        if place is None or place.kind not in _HAVE_EDITOR_LINES or file.is_symlink() or not file.is_file():
            continue
        try:
            raw = file.read_bytes()
            fixed = _with_editor_line(path, place.kind, raw)
            if fixed != raw:
                file.write_bytes(fixed)
                changed.append(path)
        except OSError as error:
            hint = "Give yourself the right to, and repeat it."
            raise UnavailableError(f"{path} cannot be changed: {error.strerror}. {hint}") from error
    return changed


def _with_editor_line(path: str, kind: FileKind, raw: bytes) -> bytes:
    """Return a file that begins with the editor line; its lines end as they did."""
    if isinstance(decode(raw, path), Problem):
        return raw
    bare = raw.removeprefix(b"\xef\xbb\xbf")
    expected = editor_line(path, kind).encode()
    first, end, rest = bare.partition(b"\n")
    if first.rstrip() == expected:
        return raw
    kept = rest if first.startswith(b"# yaml-language-server:") else bare
    return expected + (b"\r\n" if end and first.endswith(b"\r") else b"\n") + kept
