"""The content as it would be with a proposal: checked, resolved and previewed like what is live; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.catalog.layout import kind_of, scenario_at
from engine.errors import ContentError

if TYPE_CHECKING:
    from engine.catalog.content import Content


def text_of(content: Content, path: str) -> str | None:
    """Return what a file of the content, or a scenario beside it, says; None where there is none.

    Raises:
        ContentError: it is not UTF-8.
        UnavailableError: the repository cannot be read.
    """
    if content.source is None or content.revision is None:
        return None
    is_scenario = scenario_at(path) is not None
    blobs = content.source.scenarios(content.revision) if is_scenario else content.revision.files
    if (blob := blobs.get(path)) is None:
        return None
    try:
        return content.source.read([blob])[blob.blob_id].decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(f"{path} is not UTF-8 where it is live. Save it as UTF-8 in Git first.") from error


def content_with(content: Content, texts: Mapping[str, str | None]) -> Content:
    """Return the content in which these files say this; None takes a file away.

    It has the commit that it began from, and counts as not committed. What is wrong with these files is among
    its problems, and what does not load is not there: no older version stands in for it.
    """
    # The registry of commands is read without Git.
    from engine.catalog.catalog import built  # noqa: PLC0415
    from engine.catalog.git_objects import Blob  # noqa: PLC0415
    from engine.catalog.loader import load_file  # noqa: PLC0415
    from engine.catalog.source import Revision, blob_id_of  # noqa: PLC0415

    revision = content.revision or Revision(None, dirty=True, files={})
    files, blobs = dict(content.files), dict(revision.files)
    for path, text in texts.items():
        files.pop(path, None)
        blobs.pop(path, None)
        if text is None or kind_of(path) is None:
            continue
        raw = text.encode("utf-8")
        files[path] = load_file(path, raw)
        blobs[path] = Blob(path, blob_id_of(raw), len(raw))
    return built(replace(revision, files=blobs, dirty=True), files, content.source)
