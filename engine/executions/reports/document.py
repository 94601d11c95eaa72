"""A document as data: what Markdown shows, in parts that every format can write.

A part is a text, or a mapping with its ``kind`` and the ``parts`` within it, as ``engine.typesetting`` takes
them: ``heading`` with its ``level``, ``paragraph``, ``strong``, ``emphasis``, ``link`` with its ``address``,
``quote``, ``code`` and ``lines`` with their ``text``, ``list``, ``numbers`` with their ``start``, ``item``,
``table`` with its ``columns``, ``cell``, ``rule`` and ``break``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Part: TypeAlias = Mapping[str, Any]

#: Raw HTML stays text, and no picture is loaded from elsewhere.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_KINDS = {
    "paragraph": "paragraph", "strong": "strong", "em": "emphasis", "blockquote": "quote",
    "bullet_list": "list", "list_item": "item",
}  # fmt: skip


def html_of(text: str) -> str:
    """Return Markdown as HTML that holds nothing but what it shows."""
    html: str = _MARKDOWN.render(text)
    return html


def parts_of(text: str) -> list[Part | str]:
    """Return the parts of a text in Markdown."""
    return list(_parts(SyntaxTreeNode(_MARKDOWN.parse(text)).children))


def text_of(part: Part | str) -> str:
    """Return what a part says, without its form."""
    if isinstance(part, str):
        return part
    if part["kind"] in ("code", "lines"):
        return str(part["text"])
    if part["kind"] == "break":
        return "\n"
    between = "\n" if part["kind"] in ("list", "numbers", "quote") else ""
    return between.join(map(text_of, part["parts"]))


def after_title(title: str, parts: list[Part | str]) -> list[Part | str]:
    """Return the parts without the title, where they begin with it: some formats show it by themselves."""
    if parts and not isinstance(parts[0], str) and parts[0]["kind"] == "heading":
        return parts[1:] if text_of(parts[0]) == title else parts
    return parts


def rows_of(table: Part) -> list[list[Part]]:
    """Return the cells of a table row by row, its header first."""
    cells, columns = table["parts"], table["columns"]
    return [list(cells[at : at + columns]) for at in range(0, len(cells), columns)]


def _parts(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Part | str]:
    for node in nodes:
        if node.type == "inline":
            yield from _parts(node.children)
        elif node.type == "text":
            yield node.content
        elif node.type == "softbreak":
            yield " "
        elif node.type == "table":
            yield _table(node)
        elif node.type == "link" and not node.attrs.get("href"):  # it leads nowhere
            yield from _parts(node.children)
        else:
            yield {**_own(node), "parts": list(_parts(node.children))}


def _own(node: SyntaxTreeNode) -> Part:
    """Return what a node is, without what is within it."""
    if node.type == "heading":
        return {"kind": "heading", "level": int(node.tag[1])}
    if node.type == "link":
        return {"kind": "link", "address": str(node.attrs.get("href", ""))}
    if node.type == "ordered_list":
        return {"kind": "numbers", "start": int(node.attrs.get("start", 1))}
    if node.type == "code_inline":
        return {"kind": "code", "text": node.content}
    if node.type in ("fence", "code_block"):
        return {"kind": "lines", "text": node.content.rstrip("\n")}
    if node.type == "hr":
        return {"kind": "rule"}
    if node.type == "hardbreak":
        return {"kind": "break"}
    return {"kind": _KINDS[node.type]}


def _table(node: SyntaxTreeNode) -> Part:
    rows = [row for half in node.children for row in half.children]
    cells = [{"kind": "cell", "parts": list(_parts(cell.children))} for row in rows for cell in row.children]
    return {"kind": "table", "columns": len(rows[0].children), "parts": cells}
