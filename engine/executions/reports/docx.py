"""A report as a Word document."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from engine.executions.reports.document import Part, rows_of, text_of
from engine.executions.reports.packing import NO_MOMENT, packed_again

_MONOSPACED = "Courier New"
#: Word's own styles go so deep.
_DEEPEST_LIST = 3


@dataclass(frozen=True)
class _Look:
    """How a run of letters looks."""

    bold: bool = False
    italic: bool = False


def written(title: str, parts: Iterable[Part | str]) -> bytes:
    """Return the document; the title is that of the file, and stands in it where the text says it."""
    document = Document()
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments = title, "Workbench", "Workbench", ""
    about.created = about.modified = NO_MOMENT
    about.revision = 1
    for part in parts:
        _block(document, part)
    kept = io.BytesIO()
    document.save(kept)
    return packed_again(kept.getvalue())


def _block(document: Any, part: Part | str, style: str | None = None, depth: int = 1) -> None:
    """Write a part that stands by itself."""
    if isinstance(part, str):
        document.add_paragraph(part, style)
        return
    kind = part["kind"]
    if kind == "heading":
        _runs(document.add_heading(level=min(part["level"], 9)), part["parts"])
    elif kind in ("list", "numbers"):
        _list(document, part, depth)
    elif kind == "quote":
        for inner in part["parts"]:
            _block(document, inner, "Quote", depth)
    elif kind == "table":
        _table(document, part)
    elif kind == "lines":
        run = document.add_paragraph().add_run(part["text"])
        run.font.name, run.font.size = _MONOSPACED, Pt(9)
    elif kind == "rule":
        document.add_paragraph("—" * 20)
    else:
        _runs(document.add_paragraph(style=style), part["parts"])


def _list(document: Any, part: Part, depth: int) -> None:
    name, deep = "List Bullet" if part["kind"] == "list" else "List Number", min(depth, _DEEPEST_LIST)
    for item in part["parts"]:
        for inner in item["parts"]:
            _block(document, inner, name if deep == 1 else f"{name} {deep}", depth + 1)


def _table(document: Any, part: Part) -> None:
    rows = rows_of(part)
    table = document.add_table(rows=len(rows), cols=part["columns"], style="Table Grid")
    for number, (cells, row) in enumerate(zip(table.rows, rows, strict=True)):
        for cell, told in zip(cells.cells, row, strict=True):
            _runs(cell.paragraphs[0], told["parts"], _Look(bold=number == 0))


def _runs(paragraph: Any, parts: Iterable[Part | str], look: _Look = _Look()) -> None:
    """Write what stands within a line."""
    for part in parts:
        if isinstance(part, str):
            _looking(paragraph.add_run(part), look)
        elif part["kind"] == "break":
            paragraph.add_run().add_break()
        elif part["kind"] == "code":
            _looking(paragraph.add_run(part["text"]), look).font.name = _MONOSPACED
        elif part["kind"] == "link":
            _link(paragraph, part)
        else:
            is_bold, is_italic = part["kind"] == "strong", part["kind"] == "emphasis"
            _runs(paragraph, part["parts"], _Look(look.bold or is_bold, look.italic or is_italic))


def _looking(run: Any, look: _Look) -> Any:
    run.bold, run.italic = look.bold or None, look.italic or None
    return run


def _link(paragraph: Any, part: Part) -> None:
    """Write a link, for which the library has no words of its own."""
    link = OxmlElement("w:hyperlink")
    link.set(
        qn("r:id"), paragraph.part.relate_to(part["address"], RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    )
    run = paragraph.add_run(text_of(part))
    run.font.underline = True
    link.append(run._r)
    paragraph._p.append(link)
