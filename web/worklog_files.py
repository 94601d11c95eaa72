"""A worklog as a file: Markdown, HTML or PDF, the same bytes every time (WLG-06)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from engine.errors import bad_field
from engine.worklogs import prose, service
from engine.worklogs.models import WorkLog
from web import markdown, pdf

_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif; }}
body {{ color: #1f2328; background: #fff; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }}
h2 {{ margin-top: 2rem; font-size: 1.15rem; }}
a {{ color: #1d4ed8; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}</body>
</html>
"""
)


@dataclass(frozen=True)
class Format:
    """One form in which a worklog leaves Workbench."""

    name: str
    ending: str
    content_type: str
    make: Callable[[WorkLog], bytes]


def to_markdown(worklog: WorkLog) -> bytes:
    """Return it as Markdown, with its title."""
    return f"# {prose.escaped(service.title_of(worklog))}\n\n{worklog.body}".encode()


def to_html(worklog: WorkLog) -> bytes:
    """Return it as a page of its own, which loads nothing from elsewhere."""
    body = markdown.render(worklog.body, below=1)
    return _PAGE.format(title=service.title_of(worklog), body=body).encode()


def to_pdf(worklog: WorkLog) -> bytes:
    """Return it as a PDF.

    Raises:
        UnavailableError: no PDF can be made here, or not of this text.
    """
    return pdf.of_markdown(service.title_of(worklog), worklog.body)


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format("markdown", "md", "text/markdown; charset=utf-8", to_markdown),
        Format("html", "html", "text/html; charset=utf-8", to_html),
        Format("pdf", "pdf", "application/pdf", to_pdf),
    )
}


def named(name: str) -> Format:
    """Return a format by its name.

    Raises:
        BadRequestError: there is none.
    """
    if name not in FORMATS:
        raise bad_field("format", f"{name!r} is no form of a worklog; use {', '.join(FORMATS)}")
    return FORMATS[name]


def file_name(worklog: WorkLog, form: Format) -> str:
    """Name the file: ``worklog-2026-11-16.pdf``."""
    return f"worklog-{worklog.week.isoformat()}.{form.ending}"
