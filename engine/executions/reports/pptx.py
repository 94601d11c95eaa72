"""A report as slides: one for each heading of the first two levels, or as many as what follows takes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pptx import Presentation
from pptx.util import Inches, Pt

from engine.executions.reports.document import Part, after_title, rows_of, text_of
from engine.executions.reports.packing import NO_MOMENT, packed_again

#: So much stands on one slide.
LINES_OF_A_SLIDE, ROWS_OF_A_SLIDE = 9, 10
_TITLE, _WORDS, _TITLE_ALONE = 0, 1, 5
_DEEPEST_LEVEL = 2


@dataclass
class _Slide:
    """What a slide is to show: lines with how deep they stand, or rows of a table."""

    title: str
    lines: list[tuple[int, str]] = field(default_factory=list)
    rows: Sequence[Sequence[str]] = ()


def written(title: str, parts: Iterable[Part | str]) -> bytes:
    """Return the slides; the first has the title alone."""
    deck = Presentation()
    about = deck.core_properties
    about.title, about.author, about.last_modified_by = title, "Workbench", "Workbench"
    about.created = about.modified = NO_MOMENT
    about.revision = 1
    _add(deck, _TITLE, title)
    for slide in _slides(title, after_title(title, list(parts))):
        if slide.rows:
            _table(_add(deck, _TITLE_ALONE, slide.title), slide.rows)
        else:
            _lines(_add(deck, _WORDS, slide.title), slide.lines)
    kept = io.BytesIO()
    deck.save(kept)
    return packed_again(kept.getvalue())


def _slides(title: str, parts: Iterable[Part | str]) -> Iterator[_Slide]:
    """Yield the slides; one that would be too full goes on in another with the same title."""
    slide = _Slide(title)
    for part in parts:
        if not isinstance(part, str) and part["kind"] == "heading" and part["level"] <= _DEEPEST_LEVEL:
            if slide.lines:
                yield slide
            slide = _Slide(text_of(part))
        elif not isinstance(part, str) and part["kind"] == "table":
            if slide.lines:
                yield slide
            header, *rows = [[text_of(cell) for cell in row] for row in rows_of(part)]
            for at in range(0, max(1, len(rows)), ROWS_OF_A_SLIDE):
                yield _Slide(slide.title, rows=[header, *rows[at : at + ROWS_OF_A_SLIDE]])
            slide = _Slide(slide.title)
        else:
            for line in _lines_of(part):
                if len(slide.lines) == LINES_OF_A_SLIDE:
                    yield slide
                    slide = _Slide(slide.title)
                slide.lines.append(line)
    if slide.lines:
        yield slide


def _lines_of(part: Part | str, depth: int = 0) -> Iterator[tuple[int, str]]:
    if not isinstance(part, str) and part["kind"] in ("list", "numbers", "item", "quote"):
        inner = depth + 1 if part["kind"] == "item" else depth
        for place, one in enumerate(part["parts"]):
            yield from _lines_of(one, inner if place else depth)
    elif text := text_of(part).strip():
        yield min(depth, 4), text


def _add(deck: Any, layout: int, title: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    slide.shapes.title.text = title
    return slide


def _lines(slide: Any, lines: Sequence[tuple[int, str]]) -> None:
    frame = slide.placeholders[1].text_frame
    for place, (depth, text) in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text, paragraph.level, paragraph.font.size = text, depth, Pt(18)


def _table(slide: Any, rows: Sequence[Sequence[str]]) -> None:
    frame = slide.shapes.add_table(
        len(rows), len(rows[0]), Inches(0.5), Inches(1.6), Inches(9), Inches(0.4 * len(rows))
    )
    for cells, row in zip(frame.table.rows, rows, strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text
            for paragraph in cell.text_frame.paragraphs:
                paragraph.font.size = Pt(12)
