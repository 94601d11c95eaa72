"""Makes one report: a program of its own, which may be killed at any time.

It reads JSON from its standard input: ``title``, ``text`` (the template), ``told`` (the records) and
``formats``. It writes to its standard output a line of JSON, with the ``sizes`` of the files in the order of
the formats, then their bytes; or with an ``error`` in words.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from typing import Any, BinaryIO

from engine import typesetting
from engine.budgets import CHARACTERS_OF_A_REPORT
from engine.catalog import report_text

#: Half characters, and what XML does not take, of which three of the formats are made.
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BrokenError(Exception):
    """A format could not be written, for no reason that is known beforehand."""

    def __init__(self, form: str, error: Exception) -> None:
        """Name the format and the kind of error: its words could hold anything."""
        kind = type(error).__name__
        super().__init__(
            f"The report could not be made as {form}: {kind}. Change its text, or leave that format out."
        )


def made(asked: dict[str, Any]) -> list[bytes]:
    """Return the files of a report, one for each format; what no format takes is replaced in all.

    Raises:
        ReportTextError: the template is not right.
        ImportError: what writes a format is not installed.
        MemoryError: it takes more than it may.
        BrokenError: anything else.
    """
    files, form = list[bytes](), "text"
    try:
        text = _fit(report_text.render(asked["text"], asked["told"], CHARACTERS_OF_A_REPORT))
        for form in asked["formats"]:
            files.append(_written(form, _fit(asked["title"]), text))
    except (report_text.ReportTextError, ImportError, MemoryError):
        raise
    except Exception as error:
        raise BrokenError(form, error) from error
    return files


def _fit(text: str) -> str:
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


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
    except BrokenError as error:
        out.write(json.dumps({"code": "REPORT_BROKE", "error": str(error)}).encode() + b"\n")
    else:
        out.write(json.dumps({"sizes": [len(data) for data in files]}).encode() + b"\n")
        out.writelines(files)


def main() -> None:
    """Make the report; how much time and memory that may take, the command line says."""
    typesetting.bind(*map(int, sys.argv[1:]))
    answer(json.load(sys.stdin.buffer), sys.stdout.buffer)


if __name__ == "__main__":
    main()
