"""The size limit of files sent with a form, in words."""

from __future__ import annotations

from web.context import current_workbench


def limit() -> str:
    """Give the largest size of an uploaded file; for templates."""
    return f"{current_workbench().settings.max_upload_mb} MiB"
