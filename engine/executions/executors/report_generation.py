"""Makes a report of records: Markdown by a template, and the same as HTML, PDF, Word, Excel and PowerPoint.

It changes nothing outside. What it tells of is read in one snapshot; the files are made by a program of their
own (``engine.executions.reports``), and become outputs of the task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from engine.budgets import ROWS_OF_A_REPORT
from engine.executions.executors.base import (
    Call,
    Effect,
    Executor,
    ExecutorError,
    Json,
    OutputFile,
    Result,
    Run,
    Step,
)
from engine.executions.reports import making
from engine.executions.reports.standard import TEXTS

#: Format -> the ending of the file's name, and what people call it.
FORMATS: Mapping[str, tuple[str, str]] = {
    "markdown": ("md", "Markdown"),
    "html": ("html", "HTML"),
    "pdf": ("pdf", "PDF"),
    "docx": ("docx", "Word"),
    "xlsx": ("xlsx", "Excel"),
    "pptx": ("pptx", "PowerPoint"),
}
#: What settings say that do not say it.
_USUAL: Mapping[str, Any] = {"title": "Report", "about": "bundle", "formats": ["markdown"]}
#: These come as text, which is read as it is.
_TEXTS = frozenset({"markdown", "html"})


class ReportGeneration(Executor):
    """A report in one or several formats."""

    key: ClassVar[str] = "report_generation"

    def plan(self, config: Mapping[str, Any]) -> Sequence[Step]:
        """Name the reading, where records are told of, and the making of the files."""
        config = {**_USUAL, **config}
        return [*_reading(config), _making(config)]

    def dry_run(self, config: Mapping[str, Any]) -> list[str]:
        """Say what is read, and what comes out."""
        config = {**_USUAL, **config}
        what = {
            "bundle": "The bundle of the task is read, with its tasks, deliverables and links.",
            "worklog": f"The worklog of the week of {_monday(config.get('week'))} is read.",
            "rows": "Nothing is read: the settings have the rows.",
        }
        own = "by the text of the settings" if "text" in config else "by the usual text"
        return [what[config["about"]], f"“{config['title']}” is made {own}, as {_named(config)}."]

    def run(self, run: Run) -> Result:
        """Read, then make the files."""
        config, told = {**_USUAL, **run.config}, dict[str, Any]()
        title, about, formats = str(config["title"]), config["about"], config["formats"]
        for step in _reading(config):
            told = run.step(step, lambda _: run.records(about, {"week": str(config.get("week", ""))}))
        told = {**told, "title": title, "rows": _rows(config)}
        files = list[bytes]()

        def make(call: Call) -> Json:
            text = str(config.get("text", TEXTS[about]))
            files.extend(making.made(title, text, told, formats, seconds=call.seconds, check=run.check))
            return {"bytes": sum(map(len, files))}

        run.step(_making(config), make)
        return Result(
            summary=f"“{title}” came out as {_named(config)}.",
            files=[_file(title, form, data) for form, data in zip(formats, files, strict=True)],
        )


def _reading(config: Mapping[str, Any]) -> list[Step]:
    about = config["about"]
    if about == "rows":
        return []
    request = {"about": about, "week": config.get("week")}
    return [Step(name=f"Read the {about}", effect=Effect.NONE, request=request)]


def _monday(week: object) -> object:
    """Return the Monday of a day's week; what is no day as it is."""
    try:
        day = date.fromisoformat(str(week).strip())
    except ValueError:
        return week
    return day - timedelta(days=day.weekday())


def _making(config: Mapping[str, Any]) -> Step:
    request = {"title": config["title"], "text": config.get("text"), "formats": config["formats"]}
    return Step(name=f"Make the report as {_named(config)}", effect=Effect.NONE, request=request)


def _named(config: Mapping[str, Any]) -> str:
    return ", ".join(FORMATS[form][1] for form in config["formats"])


def _file(title: str, form: str, data: bytes) -> OutputFile:
    body = data.decode() if form in _TEXTS else data
    return OutputFile(title=title, body=body, format=FORMATS[form][0], output_type=f"{form}_report")


def _rows(config: Mapping[str, Any]) -> list[Any]:
    """Return the rows of the settings, which may be JSON that a parameter filled in.

    Raises:
        ExecutorError: ``CONFIG_INVALID``, they are none.
    """
    given = config.get("rows", [])
    try:
        rows = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise ExecutorError("CONFIG_INVALID", "rows is a text, and no list in JSON.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ExecutorError("CONFIG_INVALID", "rows is to be a list of mappings, each with the same names.")
    if len(rows) > ROWS_OF_A_REPORT:
        raise ExecutorError("CONFIG_INVALID", f"There are {len(rows)} rows; {ROWS_OF_A_REPORT} is the most.")
    return rows
