"""The settings of one running Workbench: name, default and help, read from ``WORKBENCH_*`` once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import BadRequestError

_MISSING_TEMPLATE = ("fail", "default")
_MEBIBYTE = 1024 * 1024
_LAST_PORT = 65_535


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every knob there is. Each field is read from ``WORKBENCH_<NAME IN CAPITALS>``."""

    content: str = _setting(".", "The folder that holds `content/`; by default the current checkout.")
    content_ref: str = _setting("HEAD", "The Git reference that templates are read from.")
    worktree: bool = _setting(False, "Read uncommitted content files instead of a commit; for authors.")
    database: str = _setting(
        "sqlite:///var/workbench.db", "Where records are kept: `sqlite:///<path>` or `postgresql://...`."
    )
    blobs: str = _setting("", "The folder of uploaded files; by default `blobs` beside the SQLite file.")
    timezone: str = _setting("UTC", "The time zone of a new workspace, an IANA name such as Europe/Berlin.")
    missing_template: str = _setting(
        "fail", "`fail` refuses an unknown template; `default` starts `untyped_work` instead (RES-04)."
    )
    max_upload_mb: int = _setting(25, "The largest file that may be uploaded, in mebibytes.")
    own_approval: bool = _setting(
        False, "Let people decide on their own work; only for a team of one (APR-16)."
    )
    escalate_after_days: int = _setting(
        3, "Days after which an undecided approval is escalated; it is never approved by that."
    )
    copy_links: bool = _setting(
        True, "Keep a copy of what an outside link serves when a decision is made on it (DLV-22)."
    )
    private_links: bool = _setting(
        False, "Let such copies be fetched from private and local addresses; for an intranet."
    )
    host: str = _setting("127.0.0.1", "The address the board listens on.")
    port: int = _setting(8000, "The port the board listens on.")
    secure_cookies: bool = _setting(False, "Send the session cookie over HTTPS only; set it behind HTTPS.")

    @classmethod
    def read(cls, environ: Mapping[str, str], **overrides: Any) -> Settings:
        """Return the settings of ``environ``, with ``overrides`` that are not None on top.

        Raises:
            BadRequestError: a value has the wrong form; names the variable and what it takes.
        """
        values: dict[str, Any] = {}
        for item in fields(cls):
            name = f"WORKBENCH_{item.name.upper()}"
            given = overrides.get(item.name)
            if given is not None:
                values[item.name] = given
            elif environ.get(name):
                values[item.name] = _parse(name, environ[name], type(item.default))
        return cls(**values)._checked()

    def _checked(self) -> Settings:
        if self.missing_template not in _MISSING_TEMPLATE:
            raise BadRequestError(
                f"WORKBENCH_MISSING_TEMPLATE is {self.missing_template!r}; set it to `fail` or `default`."
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder such as Europe
            raise BadRequestError(
                f"WORKBENCH_TIMEZONE is {self.timezone!r}, which is no time zone; "
                "use an IANA name such as Europe/Berlin."
            ) from error
        if not 0 <= self.port <= _LAST_PORT:
            raise BadRequestError(f"WORKBENCH_PORT is {self.port}; set it to 0 to {_LAST_PORT}.")
        if self.max_upload_mb < 1:
            raise BadRequestError(f"WORKBENCH_MAX_UPLOAD_MB is {self.max_upload_mb}; set it to 1 or more.")
        if self.escalate_after_days < 1:
            raise BadRequestError(
                f"WORKBENCH_ESCALATE_AFTER_DAYS is {self.escalate_after_days}; set it to 1 or more."
            )
        return self

    @property
    def max_upload_bytes(self) -> int:
        """The largest upload in bytes."""
        return self.max_upload_mb * _MEBIBYTE

    @property
    def database_file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL and for a store in memory."""
        parts = urlsplit(self.database)
        if parts.scheme.startswith("sqlite") and parts.path not in ("", "/", "/:memory:"):
            return Path(unquote(parts.path[1:]))
        return None

    @property
    def data_folder(self) -> Path:
        """The folder beside the SQLite file; ``var`` where there is none."""
        file = self.database_file
        return file.parent if file else Path("var")

    @property
    def blob_folder(self) -> Path:
        """Where uploaded files are kept."""
        return Path(self.blobs) if self.blobs else self.data_folder / "blobs"


def _parse(name: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off"}:
            return False
        raise BadRequestError(f"{name} is {text!r}; set it to true or false.")
    if kind is int:
        try:
            return int(text)
        except ValueError as error:
            raise BadRequestError(f"{name} is {text!r}; set it to a whole number.") from error
    return text
