"""A report as a page of its own, which loads nothing and runs nothing."""

from __future__ import annotations

import html as escaping

from engine.executions.reports.document import html_of

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif; }}
body {{ color: #1f2328; background: #fff; }}
a {{ color: #1d4ed8; overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .3rem .6rem; border: 1px solid #c8ccd1; text-align: left; vertical-align: top; }}
</style>
</head>
<body>
{body}</body>
</html>
"""


def written(title: str, markdown: str) -> bytes:
    """Return the page."""
    return _PAGE.format(title=escaping.escape(title), body=html_of(markdown)).encode()
