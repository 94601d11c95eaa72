"""Settings come from the environment and a file once; a wrong value is named with what it takes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from engine.config import Settings, as_toml
from engine.errors import BadRequestError


def test_without_anything_the_defaults_hold():
    assert Settings.read({}) == Settings()


#: What settings take that do not take just anything.
_GOOD = {
    "missing_template": "default",
    "timezone": "Europe/Berlin",
    "blobs": "/files",
    "export_folder": "/exports",
    "content_remote": "/srv/content.git",
    "content_clone": "/content.git",
    "secrets_key": "/secrets.key",
    "log_format": "json",
    "jobs": "embedded",
    "metrics_token": "a-token-of-twenty-signs",
    "second_factor": "required",
    "smtp_security": "tls",
    "smtp_from": "board@example.com",
    "public_url": "https://board.example.com",
    "oidc_issuer": "https://login.example.com/tenant",
    "oidc_scopes": "openid email",
    "oidc_roles": "CN=Leads,DC=example = manager; Editors = member strategist",
    "oidc_assignee_roles": "Editors = writer editor",
    "oidc_new_domains": "example.com",
}
#: What a setting needs beside it.
_NEEDS = {
    "oidc_issuer": {"WORKBENCH_OIDC_CLIENT_ID": "board", "WORKBENCH_PUBLIC_URL": "https://b.example.com"},
    "smtp_host": {"WORKBENCH_SMTP_FROM": "b@example.com", "WORKBENCH_PUBLIC_URL": "https://b.example.com"},
}


def test_every_setting_is_read_from_its_variable():
    values = {"bool": "yes", "int": "7"}
    for item in fields(Settings):
        kind = type(item.default)
        text = _GOOD.get(item.name, values.get(kind.__name__, "given"))
        expected = {bool: True, int: 7}.get(kind, text)
        found = Settings.read({**_NEEDS.get(item.name, {}), f"WORKBENCH_{item.name.upper()}": text})
        assert getattr(found, item.name) == expected


def test_an_override_wins_and_none_is_no_override():
    environment = {"WORKBENCH_CONTENT": "there", "WORKBENCH_WORKTREE": "1"}
    found = Settings.read(environment, content="here", worktree=None)
    assert (found.content, found.worktree) == ("here", True)


def test_an_empty_variable_counts_as_not_set():
    assert Settings.read({"WORKBENCH_PORT": "", "WORKBENCH_TIMEZONE": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKTREE", "perhaps"),
        ("PORT", "eight"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("MAX_UPLOAD_MB", "0"),
        ("MISSING_TEMPLATE", "ignore"),
        ("JOBS", "celery"),
        ("JOBS", "procrastinate"),  # on SQLite
        ("TIMEZONE", "Nowhere/City"),
        ("TIMEZONE", "Europe"),
        ("TIMEZONE", "../etc/passwd"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str):
    with pytest.raises(BadRequestError, match=f"WORKBENCH_{name} is "):
        Settings.read({f"WORKBENCH_{name}": value})


@pytest.mark.parametrize(("text", "value"), [("TRUE", True), ("on", True), ("No", False), ("0", False)])
def test_booleans_have_several_words(text: str, value: bool):
    assert Settings.read({"WORKBENCH_WORKTREE": text}).worktree is value


@pytest.mark.parametrize(
    ("url", "file", "blobs"),
    [
        ("sqlite:///var/workbench.db", "var/workbench.db", "var/blobs"),
        ("sqlite:////data/a%20b/w.db", "/data/a b/w.db", "/data/a b/blobs"),
        ("sqlite://", None, "var/blobs"),
        ("sqlite:///:memory:", None, "var/blobs"),
    ],
)
def test_files_lie_beside_the_store(url: str, file: str | None, blobs: str):
    settings = Settings(database=url)
    assert settings.database_file == (Path(file) if file else None)
    assert settings.blob_folder == Path(blobs)


def test_the_folder_of_files_can_be_named():
    assert Settings(blobs="/files").blob_folder == Path("/files")
    assert Settings(blobs="/files", database="postgresql://u:p@host/name").blob_folder == Path("/files")
    assert Settings(max_upload_mb=2).max_upload_bytes == 2_097_152


@pytest.mark.parametrize("url", ["postgresql://u:p@host/name", "postgres://h/n", "postgresql+psycopg://h/n"])
def test_a_database_of_a_server_has_no_folder_of_files_unless_one_is_named(url: str):
    with pytest.raises(BadRequestError, match=r"with PostgreSQL set WORKBENCH_BLOBS.* from / on"):
        _ = Settings(database=url).blob_folder


def test_where_files_are_does_not_depend_on_where_a_command_is_run(tmp_path: Path):
    """N3: from another folder `doctor` found every file, and `export` missed one."""
    with pytest.raises(BadRequestError, match="WORKBENCH_BLOBS is 'files'; name the folder from / on"):
        Settings.read({"WORKBENCH_BLOBS": "files"})
    file = written(tmp_path, 'blobs = "files"')
    assert Settings.read({}, file).blob_folder == tmp_path / "files"
    assert Settings.read({}, written(tmp_path, 'blobs = "/srv/files"')).blob_folder == Path("/srv/files")
    assert Settings.read({}, written(tmp_path, 'blobs = ""')).blob_folder == Path("var/blobs")


@pytest.mark.parametrize(
    "url", ["https://board.example.com", "http://intranet:8080", "HTTPS://B.example/", "https://[::1]:8"]
)
def test_the_address_that_people_open_is_that_of_a_site(url: str):
    """N5: sign-in links named http://127.0.0.1 whatever stood before the board."""
    found = Settings.read({"WORKBENCH_PUBLIC_URL": url})
    assert found.site == url.rstrip("/")
    assert found.cookies_over_https_alone is url.lower().startswith("https")
    assert Settings().site == ""


@pytest.mark.parametrize(
    "url",
    [
        *("board.example.com", "ftp://board.example.com", "https://", "https://board.example.com/board"),
        *("https://board.example.com?a", "https://u:p@board.example.com", "https://a b", "https://b:99999"),
        *("https://board.example.com\\@evil.example", "https://b#x", "https://[::1", "https://b:0"),
    ],
)
def test_what_is_no_address_of_a_site_is_refused(url: str):
    with pytest.raises(BadRequestError, match=r"WORKBENCH_PUBLIC_URL is .*nothing after it"):
        Settings.read({"WORKBENCH_PUBLIC_URL": url})


def test_cookies_that_no_browser_would_send_to_the_address_are_refused():
    environment = {"WORKBENCH_PUBLIC_URL": "http://board.example.com", "WORKBENCH_SECURE_COOKIES": "1"}
    with pytest.raises(BadRequestError, match="nobody could sign in there"):
        Settings.read(environment)
    assert Settings.read({"WORKBENCH_SECURE_COOKIES": "1"}).cookies_over_https_alone


def written(folder: Path, text: str) -> Path:
    """A settings file with this text."""
    file = folder / "workbench.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_counts_more_than_a_default_a_variable_more_than_a_file_and_an_override_most(tmp_path: Path):
    file = written(tmp_path, 'content = "file"\ncontent_ref = "file"\nport = 1\nworktree = true')
    environment = {"WORKBENCH_CONTENT": "variable", "WORKBENCH_CONTENT_REF": "variable"}
    found = Settings.read(environment, file, content="override")
    assert (found.content, found.content_ref, found.port) == ("override", "variable", 1)
    assert (found.worktree, found.timezone) == (True, "UTC")


def test_a_file_that_does_not_exist_holds_nothing(tmp_path: Path):
    assert Settings.read({}, tmp_path / "workbench.toml") == Settings()


def test_a_written_file_is_read_as_it_was_meant_and_names_every_setting(tmp_path: Path):
    text = as_toml(content=".", timezone="Europe/Berlin", content_ref='a "b" \\ c é')
    assert Settings.read({}, written(tmp_path, text)) == Settings(
        timezone="Europe/Berlin", content_ref='a "b" \\ c é'
    )
    everything = re.sub(r"^# (?=\w+ = )", "", as_toml(), flags=re.MULTILINE)
    assert set(tomllib.loads(everything)) == {item.name for item in fields(Settings)}
    assert Settings.read({}, written(tmp_path, everything)) == Settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('databse = "x"', r"`databse` in .*workbench\.toml is not a setting. Did you mean `database`\?"),
        ("PORT = 1", r"`PORT` in .* is not a setting. Did you mean `port`\?"),
        ("[server]\nport = 1", r"`server` in .* is not a setting. The settings are content, "),
        ('port = "80"', r"port in .*workbench\.toml is '80'; set it to a whole number, without quotes"),
        ("port = true", r"port in .* is True; set it to a whole number"),
        ("port = 70000", r"port in .*workbench\.toml is 70000; set it to 0 to 65535"),
        ('worktree = "yes"', r"worktree in .* is 'yes'; set it to true or false"),
        ("content = 1", r"content in .* is 1; set it to text in quotes"),
        ('timezone = "Nowhere"', r"timezone in .* is 'Nowhere'; use an IANA time zone"),
        ("content = [", r"workbench\.toml is not TOML: .*Correct it there"),
    ],
)
def test_a_wrong_line_of_the_file_is_refused_and_says_what_would_be_right(
    tmp_path: Path, text: str, told: str
):
    with pytest.raises(BadRequestError, match=told):
        Settings.read({}, written(tmp_path, text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "workbench.toml").write_bytes(b"content = '\xff'")
    with pytest.raises(BadRequestError, match=r"workbench\.toml is not TOML"):
        Settings.read({}, tmp_path / "workbench.toml")
    with pytest.raises(BadRequestError, match="cannot be read: Is a directory"):
        Settings.read({}, tmp_path)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"blobs": "s3://Our-Bucket"}, "write s3://, the bucket and perhaps a prefix"),
        ({"blobs": "s3://our-bucket//files"}, "write s3://, the bucket and perhaps a prefix"),
        ({"blobs": "s3://our-bucket/../files"}, "write s3://, the bucket and perhaps a prefix"),
        ({"blobs": "s3://key:secret@our-bucket"}, "write s3://, the bucket and perhaps a prefix"),
        ({"blobs": "/files", "export_folder": "s3://our-bucket/.."}, "EXPORT_FOLDER is 's3://our-bucket/..'"),
        ({"storage_endpoint": "http://storage.example.com"}, "write https:// and the storage's address"),
        ({"storage_endpoint": "https://key:secret@storage.example.com"}, "without a password"),
        ({"max_upload_mb": "5121"}, "object storage takes a file of up to 5120"),
    ],
)
def test_object_storage_is_written_as_it_has_to_be(given: dict[str, str], told: str):
    values = {"blobs": "s3://our-bucket/workbench", **given}
    with pytest.raises(BadRequestError) as caught:
        Settings.read({f"WORKBENCH_{name.upper()}": value for name, value in values.items()})
    assert told in caught.value.message
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("blobs", ["s3://our-bucket", "s3://our.bucket/", "s3://our-bucket/a/b-c_d.e/"])
@pytest.mark.parametrize("endpoint", ["", "https://storage.example.com", "http://127.0.0.1:9000"])
def test_object_storage_has_no_folder(blobs: str, endpoint: str):
    found = Settings.read({"WORKBENCH_BLOBS": blobs, "WORKBENCH_STORAGE_ENDPOINT": endpoint})
    assert (found.blobs, found.blob_folder) == (blobs, None)
