"""The settings of one running Workbench: name, default, help; read from ``WORKBENCH_*`` and a file once."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine import addresses, settings_text
from engine.errors import BadRequestError

#: The file that keeps the settings of a folder; commands read it where they are run.
SETTINGS_FILE = "workbench.toml"
_MISSING_TEMPLATE = ("fail", "default")
LOG_FORMATS = ("text", "json")
EMBEDDED, PROCRASTINATE = "embedded", "procrastinate"
SECOND_FACTOR_OFF, SECOND_FACTOR_OFFERED, SECOND_FACTOR_REQUIRED = "off", "offered", "required"
_SECOND_FACTOR = (SECOND_FACTOR_OFF, SECOND_FACTOR_OFFERED, SECOND_FACTOR_REQUIRED)
#: A shorter token could be guessed by asking.
_SHORTEST_TOKEN = 20
_SECURITIES = ("starttls", "tls", "none")
_MEBIBYTE = 1024 * 1024
#: What content may be fetched from: a password in it would be shown wherever the setting is.
_REMOTE = re.compile(r"(https://([^\s/:@]+@)?|ssh://([^\s/:@]+@)?|file:///|/)[^\s@]+")
#: As much as object storage takes in one request, so that a file is there whole or not at all.
_MOST_MB_OF_AN_OBJECT = 5120
#: What may be in object storage.
_BUCKETS = ("blobs", "export_folder")
#: The access roles that groups of an OpenID provider may give: never a partner's, and no agent's.
ROLES_OF_GROUPS = ("admin", "manager", "strategist", "member")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ASSIGNEE_ROLE = re.compile(r"[a-z][a-z0-9_]*")
#: The least and the most that a number may be.
_NUMBERS: Mapping[str, tuple[int, int | None]] = {
    "port": (0, 65_535),
    "processes": (0, 256),
    "proxies": (0, 9),
    "max_upload_mb": (1, None),
    "escalate_after_days": (1, None),
    "exports_kept": (1, None),
    "jobs_kept_days": (1, None),
    "execution_logs_kept_days": (1, None),
    "smtp_port": (1, 65_535),
    "api_requests_per_minute": (1, None),
    "slow_statement_ms": (0, None),
}


def _setting(default: object, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. Each is read from ``WORKBENCH_<NAME IN CAPITALS>`` or, by its name, from a file."""

    content: str = _setting(".", "The folder that holds `content/`; by default the current folder.")
    content_ref: str = _setting("HEAD", "The Git reference that templates are read from.")
    content_remote: str = _setting(
        "",
        "The repository that content is fetched from, by `https://`, `ssh://` or as a folder from `/` on, "
        "its `content/` at the top; empty reads `content`.",
    )
    content_branch: str = _setting("main", "The branch of `content_remote` that is read.")
    content_clone: str = _setting(
        "",
        "The folder, from `/` on, of the clone that is fetched into; with SQLite by default `content.git` "
        "beside its file.",
    )
    worktree: bool = _setting(False, "Read uncommitted content files instead of a commit; for authors.")
    database: str = _setting(
        "sqlite:///var/workbench.db", "Where records are kept: `sqlite:///<path>` or `postgresql://...`."
    )
    blobs: str = _setting(
        "",
        "The folder of uploaded files, from `/` on, or `s3://<bucket>/<prefix>` in object storage; with "
        "SQLite by default `blobs` beside its file.",
    )
    storage_endpoint: str = _setting(
        "",
        "The address of object storage that is not Amazon’s, such as `https://storage.example.com`; empty "
        "asks Amazon’s.",
    )
    timezone: str = _setting("UTC", "The time zone of a new workspace, an IANA name such as Europe/Berlin.")
    missing_template: str = _setting(
        "fail", "`fail` refuses an unknown template; `default` starts `untyped_work` instead."
    )
    max_upload_mb: int = _setting(25, "The largest file that may be uploaded, in mebibytes.")
    own_approval: bool = _setting(False, "Let people decide on their own work; only for a team of one.")
    escalate_after_days: int = _setting(
        3, "Days after which an undecided approval is escalated; it is never approved by that."
    )
    reminders: bool = _setting(False, "Remind people of what is due, late or waits.")
    secrets_key: str = _setting(
        "",
        "The file of the key that opens secrets, from `/` on; with SQLite by default `secrets.key` beside "
        "its file.",
    )
    smtp_host: str = _setting(
        "", "The mail server that takes what people are told by e-mail; empty sends none. Needs `public_url`."
    )
    smtp_port: int = _setting(587, "The port of the mail server.")
    smtp_security: str = _setting(
        "starttls", "`starttls`, `tls` from the first byte (port 465), or `none`: how it is spoken to."
    )
    smtp_user: str = _setting(
        "", "Who signs in to the mail server; the password is the secret `smtp_password`. Empty for nobody."
    )
    smtp_from: str = _setting("", "The address that e-mails come from, such as `board@example.com`.")
    export_folder: str = _setting(
        "",
        "The folder, from `/` on, or `s3://<bucket>/<prefix>`, that is exported into each night; empty for "
        "none.",
    )
    jobs: str = _setting(
        EMBEDDED,
        "How workers hear of jobs: `embedded`, they look into the store; `procrastinate`, it wakes those of "
        "all machines, and needs PostgreSQL and the extra `cluster`.",
    )
    jobs_kept_days: int = _setting(
        30, "Days after which what was done by itself is forgotten, whether it failed or not."
    )
    execution_logs_kept_days: int = _setting(
        90, "Days after which what executors said on their way is forgotten; what became of attempts stays."
    )
    exports_kept: int = _setting(30, "How many of those exports are kept; the oldest go first.")
    copy_links: bool = _setting(
        True, "Keep a copy of what an outside link serves when a decision is made on it."
    )
    private_links: bool = _setting(
        False, "Let such copies be fetched from private and local addresses; for an intranet."
    )
    private_webhooks: bool = _setting(
        False,
        "Let webhooks be sent to private addresses, and to this machine by http too; for an intranet.",
    )
    automation_python: str = _setting(
        "",
        "The Python whose packages have the automations that tasks of the executor `custom` run, such as "
        "`/opt/automations/bin/python`; empty for the Python that Workbench runs on.",
    )
    call_hosts: str = _setting(
        "",
        "The hosts that automated tasks may call, such as `api.example.com, *.example.org`; empty for none.",
    )
    private_calls: bool = _setting(
        False,
        "Let them be at private addresses, and this machine be called by http; for an intranet.",
    )
    api_requests_per_minute: int = _setting(
        600, "How many requests one API token may send to one process in a minute."
    )
    host: str = _setting("127.0.0.1", "The address the board listens on.")
    port: int = _setting(8000, "The port the board listens on.")
    log_format: str = _setting(
        "text", "`text` for people, or `json` for programs: a line each, and one for every request and job."
    )
    slow_statement_ms: int = _setting(
        500, "From how many milliseconds on a statement of the database is logged as slow; 0 logs none."
    )
    metrics_token: str = _setting(
        "",
        "What a program sends as a bearer token to read `/metrics`; empty answers nobody there.",
    )
    oidc_issuer: str = _setting(
        "",
        "The OpenID provider that people sign in with, by the address it calls itself; empty for none. Needs "
        "`oidc_client_id` and `public_url`.",
    )
    oidc_client_id: str = _setting(
        "", "What the provider calls this board; the password to it is the secret `oidc_client_secret`."
    )
    oidc_name: str = _setting(
        "OpenID", "What people call the provider, as the button “Sign in with” names it."
    )
    oidc_scopes: str = _setting("openid email profile", "What the provider is asked for; `openid` among it.")
    oidc_groups_claim: str = _setting("groups", "Under which name the provider tells somebody's groups.")
    oidc_roles: str = _setting(
        "",
        "The access roles that groups give, such as `Leads = manager; Editors = member strategist`; empty "
        "leaves them to admins.",
    )
    oidc_assignee_roles: str = _setting(
        "", "The assignee roles that groups give, such as `Editors = writer editor`; empty leaves them too."
    )
    oidc_new_domains: str = _setting(
        "",
        "Whoever has an e-mail address in one of these domains gets an account by signing in with the "
        "provider: `example.com example.org`; empty for nobody.",
    )
    oidc_passwords: bool = _setting(
        True, "Let people who have signed in with the provider sign in with a password too."
    )
    processes: int = _setting(0, "How many processes answer; 0 is one per processor.")
    second_factor: str = _setting(
        "offered",
        "`offered` lets people ask for a second factor at their sign-in, `required` lets admins and managers "
        "do nothing before they have one, `off` asks nobody.",
    )
    proxies: int = _setting(
        0, "How many proxies stand before the board; each adds who called it to `X-Forwarded-For`."
    )
    public_url: str = _setting(
        "", "The address that people open, such as `https://board.example.com`; sign-in links name it."
    )
    secure_cookies: bool = _setting(
        False, "Send cookies over HTTPS only; so they are anyway where `public_url` begins with https."
    )

    @classmethod
    def read(cls, environ: Mapping[str, str], file: Path | None = None, **overrides: Any) -> Settings:
        """Read the settings: an override that is not None wins over ``environ``, that over ``file``.

        A file that does not exist holds nothing. The folder of uploaded files and the key file, where
        ``file`` names them, are looked for beside ``file``.

        Raises:
            BadRequestError: a value has the wrong form; names the variable or the line, and what it takes.
            UnknownFieldError: the file has a key that is not a setting.
        """
        values: dict[str, Any] = {}
        origins: dict[str, str] = {}
        in_file = settings_text.read_file(file, [item.name for item in fields(cls)]) if file else {}
        for item in fields(cls):
            variable = f"WORKBENCH_{item.name.upper()}"
            if overrides.get(item.name) is not None:
                values[item.name] = overrides[item.name]
            elif environ.get(variable):
                origins[item.name] = variable
                values[item.name] = settings_text.parse(variable, environ[variable], type(item.default))
            elif item.name in in_file:
                origins[item.name] = f"{item.name} in {file}"
                values[item.name] = settings_text.expect(
                    origins[item.name], in_file[item.name], type(item.default)
                )
                is_beside = item.name == "secrets_key" or (
                    item.name == "blobs" and not addresses.is_bucket(values[item.name])
                )
                if is_beside and file and values[item.name]:
                    values[item.name] = str((file.parent / values[item.name]).absolute())
        return cls(**values)._checked(origins)

    def with_options(self, **given: Any) -> Settings:
        """Return these settings with the options of one command, as far as they are given.

        Raises:
            BadRequestError: an option is nothing that the setting takes; names it.
        """
        named = {name: value for name, value in given.items() if value is not None}
        return replace(self, **named)._checked({name: f"--{name.replace('_', '-')}" for name in named})

    def _checked(self, origins: Mapping[str, str]) -> Settings:
        """Refuse values that a setting cannot take, naming where they came from."""
        if self.missing_template not in _MISSING_TEMPLATE:
            raise _wrong(origins, "missing_template", self.missing_template, "set it to `fail` or `default`.")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder such as Europe
            takes = "use an IANA time zone such as Europe/Berlin."
            raise _wrong(origins, "timezone", self.timezone, takes) from error
        for name in ("blobs", "secrets_key", "export_folder", "content_clone"):
            folder = getattr(self, name)
            is_bucket = name in _BUCKETS and addresses.is_bucket(folder)
            if folder and not is_bucket and not Path(folder).is_absolute():
                what = "file" if name == "secrets_key" else "folder"
                takes = f"name the {what} from / on: where it is must not depend on where a command is run."
                raise _wrong(origins, name, folder, takes)
        for name, (least, most) in _NUMBERS.items():
            if not least <= getattr(self, name) <= (most or sys.maxsize):
                takes = f"set it to {least} {f'to {most}' if most else 'or more'}."
                raise _wrong(origins, name, getattr(self, name), takes)
        if self.second_factor not in _SECOND_FACTOR:
            takes = "set it to `off`, `offered` or `required`."
            raise _wrong(origins, "second_factor", self.second_factor, takes)
        if self.log_format not in LOG_FORMATS:
            raise _wrong(origins, "log_format", self.log_format, "set it to `text` or `json`.")
        if self.metrics_token and not re.fullmatch(rf"[!-~]{{{_SHORTEST_TOKEN},}}", self.metrics_token):
            takes = f"make it of {_SHORTEST_TOKEN} letters, digits and signs or more, without a space."
            raise _wrong(origins, "metrics_token", "…", takes)
        self._check_bucket(origins)
        self._check_jobs(origins)
        self._check_remote(origins)
        self._check_site(origins)
        self._check_mail(origins)
        self._check_oidc(origins)
        return self

    def _check_bucket(self, origins: Mapping[str, str]) -> None:
        named = [name for name in _BUCKETS if addresses.is_bucket(getattr(self, name))]
        for name in named:
            if not addresses.is_whole_bucket(place := getattr(self, name)):
                takes = "write s3://, the bucket and perhaps a prefix of letters, digits, . _ - and /."
                raise _wrong(origins, name, re.sub(r"//[^/@]*@", "//…@", place), takes)
        if not named:
            return
        if self.storage_endpoint and not addresses.is_safe_endpoint(self.storage_endpoint):
            takes = "write https:// and the storage's address, without a password, ? or #."
            raise _wrong(origins, "storage_endpoint", "…", takes)
        if self.max_upload_mb > _MOST_MB_OF_AN_OBJECT:
            takes = f"object storage takes a file of up to {_MOST_MB_OF_AN_OBJECT} in one piece: set no more."
            raise _wrong(origins, "max_upload_mb", self.max_upload_mb, takes)

    def _check_jobs(self, origins: Mapping[str, str]) -> None:
        if self.jobs not in (EMBEDDED, PROCRASTINATE):
            raise _wrong(origins, "jobs", self.jobs, "set it to `embedded` or `procrastinate`.")
        if self.jobs == PROCRASTINATE and not urlsplit(self.database).scheme.startswith("postgres"):
            takes = "it needs PostgreSQL: name a PostgreSQL `database`, or set it to `embedded`."
            raise _wrong(origins, "jobs", self.jobs, takes)

    def _check_remote(self, origins: Mapping[str, str]) -> None:
        if self.content_remote and not _REMOTE.fullmatch(self.content_remote):
            takes = "write https://…, ssh://… or a folder from / on, and no password: that is a secret."
            shown = re.sub(r"//[^/@]*@", "//…@", self.content_remote)
            raise _wrong(origins, "content_remote", shown, takes)
        if not re.fullmatch(r"[\w][\w./-]*", self.content_branch):
            raise _wrong(origins, "content_branch", self.content_branch, "name a branch, such as main.")
        if self.content_remote and not self.content_clone and self.database_file is None:
            takes = "with PostgreSQL it also needs `content_clone`, the folder of the clone, from / on."
            raise _wrong(origins, "content_remote", self.content_remote, takes)

    def _check_site(self, origins: Mapping[str, str]) -> None:
        if self.public_url and not addresses.is_site(self.public_url):
            takes = "write https://, the name and perhaps a port, and nothing after it."
            raise _wrong(origins, "public_url", self.public_url, takes)
        if self.secure_cookies and self.public_url and not self._is_https:
            takes = "with secure_cookies nobody could sign in there; begin it with https, or leave one out."
            raise _wrong(origins, "public_url", self.public_url, takes)

    def _check_mail(self, origins: Mapping[str, str]) -> None:
        if self.smtp_security not in _SECURITIES:
            takes = "set it to `starttls`, `tls` or `none`."
            raise _wrong(origins, "smtp_security", self.smtp_security, takes)
        if self.smtp_from and not re.fullmatch(r"[^\s<>@,;]+@[^\s<>@,;]+", self.smtp_from):
            raise _wrong(origins, "smtp_from", self.smtp_from, "write an address alone, board@example.com.")
        if self.smtp_host and not (self.smtp_from and self.public_url):
            takes = "e-mails also need `smtp_from`, and `public_url` for the links in them."
            raise _wrong(origins, "smtp_host", self.smtp_host, takes)

    def _check_oidc(self, origins: Mapping[str, str]) -> None:
        if self.oidc_issuer and not addresses.is_safe_endpoint(self.oidc_issuer):
            takes = "write https:// and what the provider calls itself, without ? or #."
            raise _wrong(origins, "oidc_issuer", self.oidc_issuer, takes)
        if self.oidc_issuer and not (self.oidc_client_id and self.public_url):
            takes = "it also needs `oidc_client_id`, and `public_url`, where the provider sends people back."
            raise _wrong(origins, "oidc_issuer", self.oidc_issuer, takes)
        if "openid" not in self.oidc_scopes.split():
            raise _wrong(origins, "oidc_scopes", self.oidc_scopes, "name `openid` among them.")
        for name in ("oidc_name", "oidc_groups_claim"):
            if not getattr(self, name).strip():
                raise _wrong(origins, name, getattr(self, name), "leave it out, or say what it is.")
        if not all(_DOMAIN.fullmatch(domain) for domain in self.new_domains):
            takes = "write domains as they stand in addresses, with spaces between: example.com example.org."
            raise _wrong(origins, "oidc_new_domains", self.oidc_new_domains, takes)
        for name, takes_role, known in (
            ("oidc_roles", ROLES_OF_GROUPS.__contains__, f"of {', '.join(ROLES_OF_GROUPS)}"),
            ("oidc_assignee_roles", _ASSIGNEE_ROLE.fullmatch, "as templates write them"),
        ):
            given = _by_group(getattr(self, name))
            if not all(group and roles and all(map(takes_role, roles)) for group, roles in given):
                takes = f"write GROUP = ROLE ROLE; GROUP = ROLE, each role {known}."
                raise _wrong(origins, name, getattr(self, name), takes)

    @property
    def new_domains(self) -> list[str]:
        """The domains whose people get an account when they first sign in with the OpenID provider."""
        return self.oidc_new_domains.lower().split()

    @property
    def roles_by_group(self) -> Mapping[str, list[str]]:
        """The access roles that each group of the OpenID provider gives."""
        return dict(_by_group(self.oidc_roles))

    @property
    def assignee_roles_by_group(self) -> Mapping[str, list[str]]:
        """The assignee roles that each group of the OpenID provider gives."""
        return dict(_by_group(self.oidc_assignee_roles))

    @property
    def max_upload_bytes(self) -> int:
        """The largest upload in bytes."""
        return self.max_upload_mb * _MEBIBYTE

    @property
    def site(self) -> str:
        """The address that people open, without a slash at its end; empty where no setting says it."""
        return self.public_url.rstrip("/")

    @property
    def _is_https(self) -> bool:
        return self.public_url.lower().startswith("https:")

    @property
    def cookies_over_https_alone(self) -> bool:
        """Whether browsers are to send cookies over HTTPS only."""
        return self.secure_cookies or self._is_https

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
    def blob_folder(self) -> Path | None:
        """The folder where uploaded files are kept; None where they are in object storage.

        Raises:
            BadRequestError: nothing says where: the database of a server has no folder of its own (N3).
        """
        if not self.blobs and urlsplit(self.database).scheme.startswith("postgres"):
            raise BadRequestError(
                "Nothing says where the files that people upload are: with PostgreSQL set WORKBENCH_BLOBS, "
                f"or `blobs` in {SETTINGS_FILE}, to their folder, from / on, or to s3://<bucket>. Earlier "
                "releases had them in var/blobs of the folder where they were run, here "
                f"{Path('var/blobs').absolute()}."
            )
        if addresses.is_bucket(self.blobs):
            return None
        return Path(self.blobs) if self.blobs else self.data_folder / "blobs"

    @property
    def clone_folder(self) -> Path:
        """The bare clone that content is fetched into."""
        return Path(self.content_clone) if self.content_clone else self.data_folder / "content.git"

    @property
    def content_place(self) -> tuple[Path, str]:
        """The folder and the Git reference that content is read from: the clone, where it is fetched."""
        if self.content_remote and not self.worktree:
            return self.clone_folder, f"refs/heads/{self.content_branch}"
        return Path(self.content), self.content_ref

    @property
    def key_file(self) -> Path:
        """The file of the key that opens secrets.

        Raises:
            BadRequestError: nothing says where: the database of a server has no folder of its own.
        """
        if not self.secrets_key and urlsplit(self.database).scheme.startswith("postgres"):
            raise BadRequestError(
                "Nothing says where the key that opens secrets is: with PostgreSQL set "
                f"WORKBENCH_SECRETS_KEY, or `secrets_key` in {SETTINGS_FILE}, to its file, from / on."
            )
        return Path(self.secrets_key) if self.secrets_key else self.data_folder / "secrets.key"


def _by_group(text: str) -> list[tuple[str, list[str]]]:
    """Read ``GROUP = ROLE ROLE; GROUP = ROLE``; a group's name may hold `=` itself, as those of LDAP do."""
    entries = [entry.rpartition("=") for entry in text.split(";") if entry.strip()]
    return [(group.strip(), roles.split()) for group, _, roles in entries]


def as_toml(**given: str) -> str:
    """Write a settings file: ``given`` as it is, every other setting as a comment with its default."""
    return "\n".join(_toml_line(item, given) for item in fields(Settings))


def _toml_line(item: Field[Any], given: Mapping[str, str]) -> str:
    value = json.dumps(given.get(item.name, item.default), ensure_ascii=False)
    sign = "" if item.name in given else "# "
    return f"# {item.metadata['help']}\n{sign}{item.name} = {value}\n"


def _wrong(origins: Mapping[str, str], name: str, value: object, takes: str) -> BadRequestError:
    return BadRequestError(f"{origins.get(name, name)} is {value!r}; {takes}")
