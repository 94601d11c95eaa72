"""Sets one text as a PDF: a program of its own, which may be killed at any time.

It reads JSON from its standard input (``web.pdf`` and ``engine.executions.reports.document`` say what) and
writes the PDF to its standard output. The text is data for the template below: nothing in it is ever read as
a program, so whatever somebody called a task stays what it is called. The template reads no files, asks no
network and knows no time: the same text gives the same bytes.

It imports nothing of Workbench: it starts in a tenth of a second, and from wherever it lies.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from contextlib import suppress

#: Lets those go first who ask for pages.
_NICENESS = 5
_TEMPLATE = """
#let told = json(bytes(sys.inputs.told))
#set document(title: told.title, date: none)
#set page(
  paper: "a4",
  margin: (x: 25mm, top: 25mm, bottom: 22mm),
  footer: context align(center, text(size: 9pt, fill: luma(100), counter(page).display("1 / 1", both: true))),
)
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), size: 11pt, lang: "en")
#set par(leading: 0.7em, spacing: 1.1em)
#show heading: set block(above: 1.6em, below: 0.8em)
#show heading.where(level: 1): set text(size: 18pt)
#show link: set text(fill: rgb("#1d4ed8"))
#set table(stroke: 0.5pt + luma(180))
#show raw: set text(font: "DejaVu Sans Mono", size: 9pt)
#let show-part(part) = {
  if type(part) == str { return text(part) }
  let inner = part.parts.map(show-part).join()
  if part.kind == "heading" { heading(level: part.level, inner) }
  else if part.kind == "paragraph" { par(inner) }
  else if part.kind == "strong" { strong(inner) }
  else if part.kind == "emphasis" { emph(inner) }
  else if part.kind == "struck" { strike(inner) }
  else if part.kind == "link" { link(part.address, inner) }
  else if part.kind == "quote" { block(inset: (left: 1em), stroke: (left: 1.5pt + luma(200)), inner) }
  else if part.kind == "code" { raw(part.text) }
  else if part.kind == "lines" { raw(part.text, block: true) }
  else if part.kind == "list" { list(..part.parts.map(show-part)) }
  else if part.kind == "numbers" { enum(start: part.start, ..part.parts.map(show-part)) }
  else if part.kind == "table" { table(columns: part.columns, ..part.parts.map(show-part)) }
  else if part.kind == "rule" { line(length: 100%, stroke: 0.5pt + luma(180)) }
  else if part.kind == "break" { linebreak() }
  else { inner }
}
#heading(level: 1, told.title)
#told.parts.map(show-part).join()
"""


def bind(seconds: int, memory: int) -> None:
    """Let the system end this process after so much of the processor's time, and give it no more memory."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def pdf_of(told: str) -> bytes:
    """Return the PDF of a title and its parts, which are given as JSON.

    Raises:
        ImportError: typst is not installed.
    """
    import typst  # noqa: PLC0415 - within the bounds

    with tempfile.TemporaryDirectory() as empty:
        compiler = typst.Compiler(
            _TEMPLATE.encode(),
            root=empty,
            ignore_system_fonts=True,  # another machine has others
            sys_inputs={"told": told},
            package_path=empty,
            package_cache_path=empty,
        )
        made = compiler.compile(format="pdf")
    return made if isinstance(made, bytes) else b""  # its stub knows of formats that give several


def main() -> None:
    """Set the text; how much time and memory that may take, the command line says."""
    bind(*map(int, sys.argv[1:]))
    sys.stdout.buffer.write(pdf_of(sys.stdin.buffer.read().decode()))


if __name__ == "__main__":
    main()
