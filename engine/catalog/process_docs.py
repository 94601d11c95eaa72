"""Process docs: Markdown with front matter, whose headings ending in ``{#step_id}`` are steps (DOC-01)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.budgets import STEPS_OF_A_DOCUMENT
from engine.catalog.findings import Finding
from engine.catalog.models import ProcessDoc, ProcessDocStep
from engine.catalog.parts import DOC_ID_PATTERN
from engine.catalog.problems import Problem, ProblemCode, problem
from engine.catalog.yaml_reader import Path, YamlDocument, decode, read_yaml_text
from engine.record import UNSTORABLE

# Neither says what spaces may stand before its end: in a line full of them, each would be tried as the first.
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_STEP_MARK = re.compile(r"\{#([^{}]+)\}$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_FIELDS = ("id", "title")


@dataclass(frozen=True)
class _Heading:
    line: int
    level: int
    title: str
    step_id: str | None


def read_process_doc(raw: bytes, file: str) -> tuple[YamlDocument, ProcessDoc | None]:
    """Return the front matter with its places and the document; problems are in the former."""
    text = decode(raw, file)
    if isinstance(text, Problem):
        return YamlDocument(file, problems=[text]), None
    lines = text.replace("\r\n", "\n").split("\n")
    if (odd := next((n for n, line in enumerate(lines, 1) if UNSTORABLE.search(line)), None)) is not None:
        message, hint = "This line holds a control character, which cannot be kept.", "Remove it."
        found = problem(ProblemCode.UNREADABLE_FILE, file, (odd, 1), message, hint)
        return YamlDocument(file, problems=[found]), None
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() == "---"), None)
    if lines[0].rstrip() != "---" or end is None:
        message = "A process doc begins with front matter: ---, id: ..., title: ..., ---."
        return YamlDocument(
            file, problems=[problem(ProblemCode.INVALID_FRONT_MATTER, file, message=message)]
        ), None
    front = read_yaml_text("\n".join(lines[1:end]), file, first_line=2)
    if front.problems:
        return front, None
    steps, findings = _steps(lines, end + 1, front)
    findings = _front_matter_faults(front.data) + findings
    front.problems = [finding.placed_in(front) for finding in findings]
    if front.problems:
        return front, None
    body = "\n".join(lines[end + 1 :]).strip("\n") + "\n"
    return front, ProcessDoc(id=front.data["id"], title=front.data["title"], body=body, steps=steps)


def _front_matter_faults(data: object) -> list[Finding]:
    code = ProblemCode.INVALID_FRONT_MATTER
    if not isinstance(data, dict):
        return [Finding(code, (), "The front matter needs id: and title:.")]
    faults = [
        Finding(ProblemCode.UNKNOWN_FIELD, (name,), f"{name} is not a field.", "Known fields: id, title.")
        for name in data
        if name not in _FIELDS
    ]
    for name in _FIELDS:
        value = data.get(name)
        if not isinstance(value, str) or not value.strip():
            faults.append(
                Finding(code, (name,), f"{name} must be a text.", "Put it in quotes if it is a number.")
            )
    doc_id = data.get("id")
    if isinstance(doc_id, str) and doc_id.strip() and not re.fullmatch(DOC_ID_PATTERN, doc_id):
        hint = "Use lower-case letters, digits, dots, hyphens and underscores."
        faults.append(Finding(ProblemCode.INVALID_VALUE, ("id",), f'id is "{doc_id}".', hint))
    return faults


def _steps(lines: list[str], start: int, front: YamlDocument) -> tuple[list[ProcessDocStep], list[Finding]]:
    headings = _headings(lines, start)
    steps: list[ProcessDocStep] = []
    findings: list[Finding] = []
    for number, heading in enumerate(headings):
        if heading.step_id is None:
            continue
        path: Path = ("steps", len(steps))
        front.places[path] = (heading.line + 1, 1)
        if len(steps) == STEPS_OF_A_DOCUMENT:
            message = f"The document has more than {STEPS_OF_A_DOCUMENT} steps."
            findings.append(Finding(ProblemCode.FILE_TOO_LARGE, path, message, "Make several of it."))
            break
        if any(step.id == heading.step_id for step in steps):
            message = f"The step id {heading.step_id} is used twice."
            findings.append(Finding(ProblemCode.DUPLICATE_REF, path, message, "Give each step its own id."))
        following = (other.line for other in headings[number + 1 :] if other.level <= heading.level)
        body = "\n".join(lines[heading.line + 1 : next(following, len(lines))]).strip("\n")
        steps.append(ProcessDocStep(id=heading.step_id, title=heading.title, body=body))
    return steps, findings


def _headings(lines: list[str], start: int) -> list[_Heading]:
    """Return the ATX headings outside fenced code, in order."""
    found: list[_Heading] = []
    fence = ""
    for number in range(start, len(lines)):
        line = lines[number]
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1][0] == fence[0] and len(mark[1]) >= len(fence):
                fence = ""
            continue
        if not fence and (match := _HEADING.match(line)):
            title = match[2].rstrip()
            step_id = None
            if step := _STEP_MARK.search(title):
                title, step_id = title[: step.start()].rstrip(), step[1].strip()
            found.append(_Heading(number, len(match[1]), title, step_id))
    return found
