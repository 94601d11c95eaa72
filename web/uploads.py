"""How large a file may be that comes with a form, in words."""

from __future__ import annotations

from web.context import current_workbench


def limit() -> str:
    """Give the size of the largest file that is taken; for templates."""
    return f"{current_workbench().settings.max_upload_mb} MiB"
