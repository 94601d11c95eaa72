"""The size limit of files sent with a form."""

from __future__ import annotations

from web.context import current_workbench


def limit() -> str:
    """Give the largest size of an uploaded file, in words."""
    return f"{current_workbench().settings.max_upload_mb} MiB"


def most_bytes() -> int:
    """Give the same in bytes."""
    return current_workbench().settings.max_upload_bytes
