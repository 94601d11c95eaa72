"""What can be wrong with content: the stable codes, and one found problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

Severity = Literal["error", "warning"]


class ProblemCode(StrEnum):
    """Every finding of the content check; a code is never renamed or removed."""

    # one file
    UNREADABLE_FILE = "UNREADABLE_FILE"  #: not UTF-8, or not a plain file
    FILE_TOO_LARGE = "FILE_TOO_LARGE"  #: too many bytes, nodes or levels
    EMPTY_FILE = "EMPTY_FILE"  #: nothing in it
    INVALID_YAML = "INVALID_YAML"  #: the text does not follow the strict YAML of content-format.md
    DUPLICATE_KEY = "DUPLICATE_KEY"  #: a field written twice in one mapping
    UNKNOWN_FIELD = "UNKNOWN_FIELD"  #: a field the format does not have
    MISSING_FIELD = "MISSING_FIELD"  #: a field that must be there
    WRONG_TYPE = "WRONG_TYPE"  #: text where a number belongs, and the like
    INVALID_VALUE = "INVALID_VALUE"  #: the right type, but not an allowed value
    INVALID_SCHEMA = "INVALID_SCHEMA"  #: what should be a JSON Schema is not one
    INVALID_FRONT_MATTER = "INVALID_FRONT_MATTER"  #: a process doc without id and title
    NAME_MISMATCH = "NAME_MISMATCH"  #: the file's name is not its key or id
    MISPLACED_FILE = "MISPLACED_FILE"  #: a file where content does not belong
    MISSING_EDITOR_LINE = "MISSING_EDITOR_LINE"  #: no schema line for editors
    CUT_TEXT = "CUT_TEXT"  #: a comma inside [...] or {...} that seems to cut one text in two
    MANY_PROBLEMS = "MANY_PROBLEMS"  #: more is wrong than is told; correct what is told first
    CHECK_FAILED = "CHECK_FAILED"  #: the check itself broke down over the file; the log says where
    # within one template
    DUPLICATE_REF = "DUPLICATE_REF"  #: a ref, phase, link, step or name used twice in its scope
    UNKNOWN_STEP = "UNKNOWN_STEP"  #: a deliverable of a step that does not exist
    UNKNOWN_TASK = "UNKNOWN_TASK"  #: a dependency on, or due date after, a task that does not exist
    UNKNOWN_PHASE = "UNKNOWN_PHASE"  #: a phase the template does not have
    UNKNOWN_LINK = "UNKNOWN_LINK"  #: a bundle link the template does not have
    DEPENDENCY_CYCLE = "DEPENDENCY_CYCLE"  #: tasks that wait for one another
    DUE_CONTRADICTION = "DUE_CONTRADICTION"  #: always due before something it depends on
    DUE_SOMETIMES_EARLY = "DUE_SOMETIMES_EARLY"  #: on some days due before something it depends on
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"  #: on a hard day due before its start or its blocker, or never
    LINK_WITHOUT_PROOF = "LINK_WITHOUT_PROOF"  #: fills_link without a url proof to fill it from
    LINK_FILLED_LATER = "LINK_FILLED_LATER"  #: a task needs a link that only tasks after it fill
    NOTHING_TO_APPROVE = "NOTHING_TO_APPROVE"  #: an approval of a task that hands nothing over to judge
    UNDECLARED_PARAMETER = "UNDECLARED_PARAMETER"  #: {{ name }}, when or due names no parameter
    INVALID_PLACEHOLDER = "INVALID_PLACEHOLDER"  #: {{ ... }} that is not a plain name
    MISSING_PARAMETER_TITLE = "MISSING_PARAMETER_TITLE"  #: a recipe's form field without a title
    INVALID_SCHEDULE = "INVALID_SCHEDULE"  #: no crontab line, no time zone, or a contradiction
    SCHEDULE_NEVER_FIRES = "SCHEDULE_NEVER_FIRES"  #: a schedule without any future date
    SCHEDULE_SKIPS_MONTHS = "SCHEDULE_SKIPS_MONTHS"  #: a day that some of its months do not have
    # across files
    UNKNOWN_TASK_TYPE = "UNKNOWN_TASK_TYPE"  #: a task without type, or of a type that does not exist
    INACTIVE_TASK_TYPE = "INACTIVE_TASK_TYPE"  #: an active template uses a draft or retired type
    UNKNOWN_DOC = "UNKNOWN_DOC"  #: a process doc that is not in the registry
    UNKNOWN_DOC_STEP = "UNKNOWN_DOC_STEP"  #: a step that the process doc does not have
    UNKNOWN_CALENDAR = "UNKNOWN_CALENDAR"  #: a calendar that does not exist
    UNKNOWN_TOOL = "UNKNOWN_TOOL"  #: auto_fetch with a tool that Workbench cannot run
    UNKNOWN_ROLE = "UNKNOWN_ROLE"  #: an assignee role that nobody holds
    UNKNOWN_EMPLOYEE = "UNKNOWN_EMPLOYEE"  #: work for an employee who is no active one
    UNKNOWN_PARTNER = "UNKNOWN_PARTNER"  #: an override or a schedule for a partner that nobody has
    UNKNOWN_CAMPAIGN = "UNKNOWN_CAMPAIGN"  #: an override or a schedule for a campaign that nobody has
    CONFIG_MISMATCH = "CONFIG_MISMATCH"  #: config that the task type's config_schema refuses
    DUPLICATE_SERVICE_ITEM = "DUPLICATE_SERVICE_ITEM"  #: one Portal service item, two templates
    DUPLICATE_DOC_ID = "DUPLICATE_DOC_ID"  #: one doc id, two files
    OVERRIDE_OF_NOTHING = "OVERRIDE_OF_NOTHING"  #: an override of a template that does not exist
    OVERRIDE_REPEATS = "OVERRIDE_REPEATS"  #: an override that says what the template says already
    # scenarios
    SCENARIO_OF_NOTHING = (
        "SCENARIO_OF_NOTHING"  #: a scenario of a template or an override that does not exist
    )
    UNKNOWN_VERB = "UNKNOWN_VERB"  #: a step that does what no command does
    UNKNOWN_ACTOR = "UNKNOWN_ACTOR"  #: somebody who is not among the actors of the scenario
    SCENARIO_FAILED = "SCENARIO_FAILED"  #: something else happened than the scenario says
    # the whole
    NO_CONTENT = "NO_CONTENT"  #: no content folder, or nothing in it
    NO_GIT = "NO_GIT"  #: the content is not in Git
    BROKEN_REVISION = "BROKEN_REVISION"  #: a newer revision could not be read; the last good one stays live
    QUARANTINED = "QUARANTINED"  #: an older version of the file is in use


#: The findings that only inform (definitions.md section 3); all others are errors.
WARNINGS = frozenset(
    {
        ProblemCode.CUT_TEXT,
        ProblemCode.LINK_FILLED_LATER,
        ProblemCode.OVERRIDE_REPEATS,
        ProblemCode.MISSING_PARAMETER_TITLE,
        ProblemCode.DUE_SOMETIMES_EARLY,
        ProblemCode.SCHEDULE_NEVER_FIRES,
        ProblemCode.SCHEDULE_SKIPS_MONTHS,
        ProblemCode.UNKNOWN_ROLE,
        ProblemCode.UNKNOWN_PARTNER,
        ProblemCode.UNKNOWN_CAMPAIGN,
        ProblemCode.UNKNOWN_TOOL,
        ProblemCode.MISSING_EDITOR_LINE,
        ProblemCode.NO_GIT,
        ProblemCode.QUARANTINED,
    }
)


@dataclass(frozen=True, order=True)
class Problem:
    """One finding, at a place an editor can jump to."""

    #: Relative to the folder that holds ``content/``.
    file: str
    #: From 1.
    line: int
    #: From 1.
    column: int
    code: str
    severity: Severity
    message: str
    #: What to do about it; may be empty.
    hint: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it keeps the content check from passing."""
        return self.severity == "error"

    @property
    def identity(self) -> tuple[str, str, str]:
        """What is the same of it wherever its line stands."""
        return self.file, self.code, self.message

    def as_detail(self) -> dict[str, Any]:
        """Return the entry for ``details`` of an error answer and for ``content check --json``."""
        return asdict(self)

    def __str__(self) -> str:
        """Return ``path:line:column: code: message``."""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.message}{hint}"


def problem(
    code: ProblemCode, file: str, at: tuple[int, int] = (1, 1), message: str = "", hint: str = ""
) -> Problem:
    """Return a finding with the code's own severity; ``at`` is line and column, from 1."""
    severity: Severity = "warning" if code in WARNINGS else "error"
    return Problem(file, at[0], at[1], str(code), severity, message, hint)


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the errors among ``problems``."""
    return [found for found in problems if found.is_error]
