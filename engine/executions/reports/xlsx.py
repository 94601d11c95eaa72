"""A report as a workbook: a sheet for each of its tables, and one for its words where it has none."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

from xlsxwriter import Workbook

from engine.executions.reports.document import Part, rows_of, text_of
from engine.executions.reports.packing import NO_MOMENT, packed_again

#: What no name of a sheet has, and how long one is at most.
_NOT_IN_NAMES, _LONGEST_NAME = re.compile(r"[\[\]:*?/\\]"), 31
#: So many characters a cell holds; of a longer text it says that there is more.
_LONGEST_CELL, _CUT = 32_767, "… (cut: a cell takes no more)"
#: Written as a number: what begins with a zero, such as a telephone number, is a text.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?")
_NARROWEST, _WIDEST = 8, 60


def written(title: str, parts: Sequence[Part | str]) -> bytes:
    """Return the workbook. What a cell says is never a formula, whatever it begins with."""
    kept = io.BytesIO()
    book = Workbook(kept, {"in_memory": True})
    book.set_properties({"title": title, "author": "Workbench", "created": NO_MOMENT})
    sheets = list(_sheets(parts)) or [(title, [[text_of(part)] for part in parts], False)]
    names = set[str]()
    for name, rows, has_header in sheets:
        _sheet(book, _free(name, names), rows, has_header=has_header)
    book.close()
    return packed_again(kept.getvalue())


def _sheets(parts: Iterable[Part | str]) -> Iterable[tuple[str, list[list[str]], bool]]:
    """Yield the tables, each under the heading that it follows."""
    heading = "Table"
    for part in parts:
        if isinstance(part, str):
            continue
        if part["kind"] == "heading":
            heading = text_of(part)
        elif part["kind"] == "table":
            yield heading, [[text_of(cell) for cell in row] for row in rows_of(part)], True


def _sheet(book: Workbook, name: str, rows: list[list[str]], *, has_header: bool) -> None:
    sheet = book.add_worksheet(name)
    header = book.add_format({"bold": True, "bottom": 1})
    widths = list[int]()
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if _NUMBER.fullmatch(text):
                sheet.write_number(number, column, float(text))
            else:
                if len(text) > _LONGEST_CELL:
                    text = text[: _LONGEST_CELL - len(_CUT)] + _CUT  # noqa: PLW2901 - as it is written
                # Never as a formula or an address, as `write` would.
                sheet.write_string(number, column, text, header if has_header and number == 0 else None)
            widths += [_NARROWEST] * (column + 1 - len(widths))
            widths[column] = min(max(widths[column], len(text) + 2), _WIDEST)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    if has_header:
        sheet.freeze_panes(1, 0)


def _free(name: str, taken: set[str]) -> str:
    """Return a name for a sheet that no other has; programs do not tell capitals apart."""
    plain = _cut(" ".join(_NOT_IN_NAMES.sub(" ", name).split()), _LONGEST_NAME) or "Table"
    number, found = 1, plain
    while found.casefold() in taken:
        number += 1
        end = f" ({number})"
        found = _cut(plain, _LONGEST_NAME - len(end)) + end
    taken.add(found.casefold())
    return found


def _cut(name: str, length: int) -> str:
    """Return the beginning of a name, which neither begins nor ends with a quote or a space."""
    return name.strip(" '")[:length].rstrip(" '")
