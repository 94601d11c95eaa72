"""The wheel in an empty environment and another folder: set up, served, worked with, exported (H11)."""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import lxml.html
import pytest
import requests

from tests.conftest import ROOT
from tests.documents import follow
from tests.documents.machines import postgresql_programs
from tests.install.conftest import WORK, Elsewhere, tracked

pytestmark = pytest.mark.wide


def test_wheel_and_sdist_hold_everything_that_runs(built: Path):
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    content = tracked("content")
    # What the editor of YAML is built from is for whoever builds it; what is served of it is in web/static.
    rooms = {path for path in tracked("engine", "exports", "web") if not path.startswith("web/editor/")}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {*map(as_installed, rooms), *(f"web/shipped/{path}" for path in content)}
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert packed > {*rooms, *content, "requirements.txt", "README.md", "LICENSE"}


def as_installed(path: str) -> str:
    """Name a file of the tree as the wheel has it: the client is imported by the name of the product."""
    return path.replace("web/client/", "workbench/client/", 1)


def test_the_client_is_imported_from_the_wheel_alone_with_its_types(installed: Elsewhere):
    """It asks for nothing of the server's, which a program elsewhere does not need."""
    there = installed.inside("a program")
    (there.folder / "program.py").write_text(
        "import sys\n"
        "from workbench.client import Client, errors\n"
        "client = Client('http://127.0.0.1:9', 'wbt_none')\n"
        "assert errors.NotFoundError.__mro__[1].__name__ == 'RefusedError'\n"
        "print(client.tasks.start.__doc__.split('\\n')[0])\n"
        "print(sorted({'engine', 'exports', 'web', 'flask'} & {*sys.modules}))\n"
    )
    assert there.sh("../.venv/bin/python program.py") == "Begin to work on a task.\n[]\n"
    assert there.sh("ls ../.venv/lib/python3*/site-packages/workbench/client/py.typed")


def test_the_pinned_requirements_are_all_that_it_needs(installed: Elsewhere):
    assert installed.sh(".venv/bin/pip check") == "No broken requirements found.\n"
    where = installed.sh(".venv/bin/python -c 'import engine, exports, web; print(engine, exports, web)'")
    assert where.count(str(installed.folder)) == 3
    assert str(ROOT) not in where


def test_the_runbook_is_followed_to_its_end_with_the_wheel(
    installed: Elsewhere, postgres_url_factory: Callable[[], str]
):
    """Under both shells ``tests/documents`` follows it with this checkout."""
    there = installed.inside("runbook followed")
    environment = dict(there.environment)
    environment["DATABASE_URL"], environment["NEW_DATABASE_URL"] = (postgres_url_factory() for _ in range(2))
    environment["PATH"] = f"{postgresql_programs()}:{environment['PATH']}"
    follow(WORK, "sh", there.folder, environment)


def submit(browser: requests.Session, address: str, **typed: str) -> requests.Response:
    """Open a page, and send the form in its middle."""
    page = browser.get(address, timeout=30)
    form = lxml.html.fromstring(page.content, base_url=page.url).xpath("//main//form")[0]
    form.fields.update(typed)
    return browser.post(urljoin(page.url, form.action), data=dict(form.form_values()), timeout=30)


def test_from_an_empty_folder_to_work_that_was_taken_elsewhere(installed: Elsewhere):
    installed.sh("workbench init our-work")
    work = installed.inside("our-work")
    assert work.sh("workbench content check") == "0 errors, 0 warnings\n"
    with work.serving("workbench serve") as link, requests.Session() as browser:
        work.sh(f"workbench user link operator@localhost --link-file {work.folder}/../link")
        path = (work.folder.parent / "link").read_text().strip()
        board = submit(browser, urljoin(link, path))
        assert (board.status_code, "Local operator" in board.text) == (200, True)
        start = browser.get(urljoin(link, "/recipes/blog_post/new"), timeout=30)
        page = lxml.html.fromstring(start.content, base_url=start.url)
        form = page.get_element_by_id("start-form")
        form.fields["param.topic"] = "Torque wrenches"
        started = browser.post(urljoin(start.url, form.action), data=dict(form.form_values()), timeout=30)
        assert (started.status_code, "/bundles/bnd_" in started.url) == (200, True), started.text
        # Another process of the same store, while the first one serves.
        work.sh("workbench bundle create technical_audit --anchor-date 2027-03-01 "
                "--param site_url=https://example.com")  # fmt: skip
        bundles = json.loads(work.sh("workbench bundle list --json"))["bundles"]
        assert {bundle["template_id"] for bundle in bundles} == {"blog_post", "technical_audit"}
        assert "Technical audit" in browser.get(urljoin(link, "/bundles"), timeout=30).text
    other = "--database sqlite:///var/other/workbench.db"
    work.sh(
        f"workbench export out && workbench export check out && workbench {other} restore out"
        f"&& workbench {other} export again && diff -r out again && workbench audit verify out"
    )
    assert work.sh("git status --porcelain --ignored") == "?? again/\n?? out/\n!! var/\n"


def test_the_demo_is_served_in_any_folder(installed: Elsewhere):
    folder = installed.inside("look around")
    with folder.serving("workbench serve --demo") as link, requests.Session() as browser:
        signed_in = submit(
            browser, urljoin(link, "/sign-in"), email="mara@example.com", password="workbench-demo"
        )
        assert "Mara Maier" in signed_in.text
        assert "Newsletter: robots that sort" in browser.get(urljoin(link, "/bundles"), timeout=30).text
    assert [path.name for path in folder.folder.iterdir()] == ["var"]
