"""Makes one report: a program of its own, which may be killed at any time.

It reads JSON from its standard input: ``title``, ``text`` (the template), ``told`` (the records) and
``formats``. It writes to its standard output a line of JSON, with the ``sizes`` of the files in the order of
the formats, then their bytes; or with an ``error`` in words.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any, BinaryIO

from engine import typesetting
from engine.budgets import CHARACTERS_OF_A_REPORT
from engine.catalog import report_text


def made(asked: dict[str, Any]) -> list[bytes]:
    """Return the files of a report, one for each format.

    Raises:
        ReportTextError: the template is not right.
        ImportError: what writes a format is not installed.
    """
    text = report_text.render(asked["text"], asked["told"], CHARACTERS_OF_A_REPORT)
    return [_written(form, asked["title"], text) for form in asked["formats"]]


def _written(form: str, title: str, text: str) -> bytes:
    """Return a report in one format; what writes that is loaded here."""
    if form == "markdown":
        return text.encode()
    document = import_module("engine.executions.reports.document")
    if form == "pdf":
        parts = document.after_title(title, document.parts_of(text))
        return typesetting.pdf_of(json.dumps({"title": title, "parts": parts}))
    writer = import_module(f"engine.executions.reports.{form}")
    given = text if form == "html" else document.parts_of(text)
    data: bytes = writer.written(title, given)
    return data


def answer(asked: dict[str, Any], out: BinaryIO) -> None:
    """Write the files of a report, or why there are none."""
    try:
        files = made(asked)
    except report_text.ReportTextError as error:
        out.write(json.dumps({"code": "REPORT_TEXT", "error": str(error)}).encode() + b"\n")
    except ImportError as error:
        said = f"{error.name} is not installed. The operator installs it: pip install 'workbench[reports]'."
        out.write(json.dumps({"code": "NOT_INSTALLED", "error": said}).encode() + b"\n")
    else:
        out.write(json.dumps({"sizes": [len(data) for data in files]}).encode() + b"\n")
        out.writelines(files)


def main() -> None:
    """Make the report; how much time and memory that may take, the command line says."""
    typesetting.bind(*map(int, sys.argv[1:]))
    answer(json.load(sys.stdin.buffer), sys.stdout.buffer)


if __name__ == "__main__":
    main()
