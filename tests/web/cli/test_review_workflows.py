"""What GitHub and GitLab run for a pull request posts one review of it: their files are read, and run."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, commit_all, git

MARK = "<!-- workbench content review -->"
TEMPLATE = "content/task_templates/newsletter.yaml"
GITHUB = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text())["jobs"]
GITLAB = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())


@pytest.fixture
def clone(content_repo: Path, tmp_path: Path) -> Path:
    """A clone as CI has it: a change of the content is out, and what it installs is there already."""
    for file in content_repo.rglob("*.scenario.yaml"):
        file.unlink()
    (content_repo / ".gitignore").write_text(".venv\n*.md\n*.sarif\nquality.json\n")
    commit_all(content_repo, "Fewer scenarios")
    git(content_repo, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(content_repo, "checkout", "-q", "-b", "change")
    change(content_repo, "  - ref:", "  - icon: x\n    ref:")
    script(content_repo / ".venv/bin/workbench", f'exec {sys.executable} -m web.cli "$@"')
    script(tmp_path / "bin/make", 'test "$*" = setup')
    return content_repo


def change(clone: Path, before: str, after: str) -> None:
    file = clone / TEMPLATE
    file.write_text(file.read_text().replace(before, after, 1))
    commit_all(clone, "Another sign")


def script(file: Path, text: str, program: str = "/bin/sh") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!{program}\n{text}\n")
    file.chmod(0o755)


def run(lines: str, folder: Path, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step as the forges do: with bash, which ends at the first command that fails."""
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    settings = {"PYTHONPATH": str(ROOT), "PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    no_store = {"WORKBENCH_DATABASE": f"sqlite:///{tmp_path / 'nothing' / 'there.db'}"}
    return subprocess.run(
        ["bash", "-e", "-c", lines],
        cwd=folder,
        env={**settings, **no_store, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


# --- GitHub -----------------------------------------------------------------------------------


def step(job: str, *, having: str = "run") -> dict[str, Any]:
    """Return the last step of a job that runs something."""
    found: dict[str, Any] = [one for one in GITHUB[job]["steps"] if having in one][-1]
    return found


def review_on_github(clone: Path, tmp_path: Path) -> tuple[int, dict[str, str], str, str]:
    """Run the review; return its exit code, the outputs, the summary, and what is marked at the lines."""
    one = step("content")
    assert one["env"] == {"BASE": "origin/${{ github.base_ref }}"}
    files = {"GITHUB_OUTPUT": tmp_path / "output", "GITHUB_STEP_SUMMARY": tmp_path / "summary"}
    for file in files.values():
        file.unlink(missing_ok=True)
    named = {name: str(file) for name, file in files.items()}
    done = run(one["run"], clone, tmp_path, BASE="origin/main", **named)
    assert files["GITHUB_OUTPUT"].exists(), done.stderr
    return (
        done.returncode,
        outputs_of(files["GITHUB_OUTPUT"]),
        files["GITHUB_STEP_SUMMARY"].read_text(),
        done.stdout,
    )


def outputs_of(file: Path) -> dict[str, str]:
    """Read outputs as a runner does: ``name=value``, or lines up to the word that ends them."""
    found, lines = dict[str, str](), iter(file.read_text().splitlines())
    for line in lines:
        name, several, end = line.partition("<<")
        if several and re.fullmatch(r"\w+", name):
            value = list[str]()
            for inner in lines:
                if inner == end:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        else:
            name, _, found_value = line.partition("=")
            found[name] = found_value
    return found


_GH = """
import json, pathlib, re, sys
state = pathlib.Path(__file__).with_name("comments.json")
comments = json.loads(state.read_text())
words = sys.argv[1:]
assert words.pop(0) == "api", sys.argv
fields, method, jq, path = {}, "GET", None, None
while words:
    word = words.pop(0)
    if word in ("--paginate", "--silent"): continue
    elif word == "--method": method = words.pop(0)
    elif word == "--jq": jq = words.pop(0)
    elif word in ("--field", "--raw-field"):
        name, _, value = words.pop(0).partition("=")
        is_file = word == "--field" and value.startswith("@")
        fields[name] = pathlib.Path(value[1:]).read_text() if is_file else value
    else: path = word
if path == "repos/o/r/code-scanning/sarifs":
    comments.append({"sarif": fields})
elif (method, path) == ("GET", "repos/o/r/issues/7/comments"):
    login, mark = re.fullmatch(
        r'\\.\\[\\] \\| select\\(\\.user\\.login == "(.+)" and '
        r'\\(\\.body \\| startswith\\("(.+)"\\)\\)\\) \\| \\.id', jq
    ).groups()
    own = [c for c in comments if c["user"]["login"] == login and c["body"].startswith(mark)]
    print("\\n".join(str(c["id"]) for c in own))
elif (method, path) == ("POST", "repos/o/r/issues/7/comments"):
    user = {"login": "github-actions[bot]"}
    comments.append({"id": len(comments) + 1, "user": user, "body": fields["body"]})
elif method == "PATCH":
    [one] = [c for c in comments if path == f"repos/o/r/issues/comments/{c['id']}"]
    one["body"] = fields["body"]
else:
    sys.exit(f"what is {method} {path}?")
state.write_text(json.dumps(comments))
"""
_VALUES = {
    "${{ github.token }}": "secret",
    "${{ github.sha }}": "c0ffee",
    "${{ github.ref }}": "refs/pull/7/merge",
    "repos/${{ github.repository }}/issues/${{ github.event.pull_request.number }}/comments": (
        "repos/o/r/issues/7/comments"
    ),
    "repos/${{ github.repository }}/issues/comments": "repos/o/r/issues/comments",
    "repos/${{ github.repository }}/code-scanning/sarifs": "repos/o/r/code-scanning/sarifs",
}


@dataclass
class Hub:
    """A pull request on GitHub, with its comments."""

    folder: Path
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.folder / "bin" / "comments.json"

    def begin(self, *comments: Mapping[str, Any]) -> None:
        script(self.folder / "bin" / "gh", _GH, sys.executable)
        self.state.write_text(json.dumps(comments))

    def run(self, job: str) -> list[dict[str, Any]]:
        """Run a job that writes, in an empty folder; return the comments."""
        one = step(job)
        given = {f"${{{{ needs.content.outputs.{name} }}}}": value for name, value in self.outputs.items()}
        environment = {name: {**_VALUES, **given}[value] for name, value in one["env"].items()}
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        done = run(one["run"], empty, self.folder, **environment)
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(self.state.read_text())
        return found


@pytest.mark.wide
def test_on_github_the_review_becomes_one_comment_that_is_brought_up_to_date(
    clone: Path, tmp_path: Path
) -> None:
    hub = Hub(tmp_path)
    strangers = {"id": 1, "user": {"login": "mallory"}, "body": f"{MARK}\nAll is well."}
    hub.begin(strangers)
    code, hub.outputs, summary, _ = review_on_github(clone, tmp_path)
    assert (code, hub.outputs["changed"]) == (0, "yes")
    assert "### What changes for the people who do the work?" in summary
    [left, posted] = hub.run("comment")
    assert left == strangers, "what somebody else wrote is left alone"
    assert posted["body"] == f"{MARK}\n{summary.rstrip()}\n"
    change(clone, "owner:", "ownr:")
    code, hub.outputs, summary, marked = review_on_github(clone, tmp_path)
    assert code == 1
    assert f"::error file={TEMPLATE}," in marked
    assert "Something stands in the way" in summary
    [_, updated] = hub.run("comment")
    assert (updated["id"], updated["body"]) == (posted["id"], f"{MARK}\n{summary.rstrip()}\n")


@pytest.mark.wide
def test_on_github_a_pull_request_without_content_gets_no_comment_and_an_old_one_is_corrected(
    clone: Path, tmp_path: Path
) -> None:
    git(clone, "reset", "-q", "--hard", "origin/main")
    (clone / "program.py").write_text("print()")
    commit_all(clone)
    hub = Hub(tmp_path)
    hub.begin()
    _, hub.outputs, _, _ = review_on_github(clone, tmp_path)
    assert hub.outputs["changed"] == "no"
    assert hub.run("comment") == []
    hub.begin({"id": 1, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\nOld."})
    assert "Nothing changed" in hub.run("comment")[0]["body"]


def test_on_github_the_errors_are_handed_to_code_scanning(clone: Path, tmp_path: Path) -> None:
    change(clone, "owner:", "ownr:")
    hub = Hub(tmp_path)
    hub.begin()
    _, hub.outputs, _, _ = review_on_github(clone, tmp_path)
    sent = hub.run("sarif")[0]["sarif"]
    assert (sent["commit_sha"], sent["ref"]) == ("c0ffee", "refs/pull/7/merge")
    told = json.loads(gzip.decompress(base64.b64decode(sent["sarif"])))
    places = [one["locations"][0]["physicalLocation"] for one in told["runs"][0]["results"]]
    assert TEMPLATE in {place["artifactLocation"]["uri"] for place in places}


def test_on_github_what_may_write_runs_nothing_of_the_pull_request_and_is_left_out_for_forks() -> None:
    writing = {name: job for name, job in GITHUB.items() if "write" in job["permissions"].values()}
    assert {name: job["permissions"] for name, job in writing.items()} == {
        "comment": {"pull-requests": "write"},
        "sarif": {"security-events": "write"},
    }
    for job in writing.values():
        assert not any("uses" in one for one in job["steps"]), "nothing is checked out, nothing downloaded"
        assert "${{" not in job["steps"][0]["run"], "texts come as variables, and never as commands"
        assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]


@pytest.mark.wide
def test_on_github_a_word_in_the_content_ends_no_output(clone: Path, tmp_path: Path) -> None:
    change(clone, "owner:", "icon: |\n  x\n  changed=no\n  EOF\nowner:")
    _, found, summary, _ = review_on_github(clone, tmp_path)
    assert found["changed"] == "yes"
    assert found["note"] == summary.rstrip()


# --- GitLab -----------------------------------------------------------------------------------


class _Lab(ThreadingHTTPServer):
    """Notes of one merge request, two on a page."""

    notes: list[dict[str, Any]]
    tokens: list[tuple[str, str]]
    refuses: bool


class _Answers(BaseHTTPRequestHandler):
    server: _Lab

    def do_GET(self) -> None:
        self._prove()
        if self.path == "/user":
            return self._answer({"id": 3})
        page = int(self.path.rpartition("page=")[2])
        assert self.path.startswith("/projects/5/merge_requests/7/notes?")
        shown = self.server.notes[2 * page - 2 : 2 * page]
        return self._answer(shown, str(page + 1) if len(self.server.notes) > 2 * page else "")

    def do_POST(self) -> None:
        self._prove()
        assert self.path == "/projects/5/merge_requests/7/notes"
        note = {"id": 10 + len(self.server.notes), "author": {"id": 3}, **self._sent()}
        self.server.notes.append(note)
        self._answer(note)

    def do_PUT(self) -> None:
        self._prove()
        [note] = [one for one in self.server.notes if self.path.endswith(f"/notes/{one['id']}")]
        note.update(self._sent())
        self._answer(note)

    def _prove(self) -> None:
        names = ("PRIVATE-TOKEN", "JOB-TOKEN")
        self.server.tokens += [(name, self.headers[name]) for name in names if self.headers[name]]

    def _sent(self) -> dict[str, Any]:
        sent: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return sent

    def _answer(self, data: object, next_page: str = "") -> None:
        if self.server.refuses:
            return self.send_error(403)
        self.send_response(200)
        self.send_header("X-Next-Page", next_page)
        self.end_headers()
        return self.wfile.write(json.dumps(data).encode()) and None

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def lab(*notes: dict[str, Any], refuses: bool = False) -> Iterator[_Lab]:
    server = _Lab(("127.0.0.1", 0), _Answers)
    server.notes, server.tokens, server.refuses = list(notes), [], refuses
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def review_on_gitlab(clone: Path, tmp_path: Path) -> int:
    """Run the job of the review; its artifacts lie in the clone."""
    base = git(clone, "merge-base", "origin/main", "HEAD")
    code = 0
    for line in GITLAB["content"]["script"]:
        code = run(line, clone, tmp_path, CI_MERGE_REQUEST_DIFF_BASE_SHA=base).returncode
    return code


def post_on_gitlab(
    server: _Lab, clone: Path, tmp_path: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the job of the note where nothing but the artifacts lies."""
    apart = tmp_path / "apart"
    apart.mkdir(exist_ok=True)
    (apart / "review.md").write_text((clone / "review.md").read_text())
    given = {"CI_API_V4_URL": f"http://127.0.0.1:{server.server_address[1]}", "CI_PROJECT_ID": "5"}
    given |= {"CI_MERGE_REQUEST_IID": "7", "CI_JOB_TOKEN": "of-the-job", **more}
    [lines] = GITLAB["note"]["script"]
    return run(lines, apart, tmp_path, **given)


@pytest.mark.wide
def test_on_gitlab_the_review_becomes_one_note_that_is_brought_up_to_date(
    clone: Path, tmp_path: Path
) -> None:
    others = [
        {"id": 1, "author": {"id": 9}, "body": f"{MARK}\nAll is well."},
        {"id": 2, "author": {"id": 9}, "body": "Thanks"},
        {"id": 3, "author": {"id": 9}, "body": "More"},
    ]
    with lab(*map(dict, others)) as server:
        assert review_on_gitlab(clone, tmp_path) == 0
        for _ in range(2):
            done = post_on_gitlab(server, clone, tmp_path, CONTENT_REVIEW_TOKEN="of-the-project")
            assert done.returncode == 0, done.stderr
        [*left, posted] = server.notes
        assert left == others, "what somebody else wrote is left alone"
        assert posted["body"] == f"{MARK}\n{(clone / 'review.md').read_text()}"
        assert set(server.tokens) == {("PRIVATE-TOKEN", "of-the-project")}
        change(clone, "owner:", "ownr:")
        assert review_on_gitlab(clone, tmp_path) == 1
        post_on_gitlab(server, clone, tmp_path, CONTENT_REVIEW_TOKEN="of-the-project")
        assert [one["id"] for one in server.notes] == [1, 2, 3, posted["id"]]
        assert "Something stands in the way" in posted["body"]
    quality = json.loads((clone / "quality.json").read_text())
    assert TEMPLATE in {one["location"]["path"] for one in quality}


@pytest.mark.wide
def test_on_gitlab_the_token_of_the_job_is_tried_and_a_refusal_says_where_the_review_is(
    clone: Path, tmp_path: Path
) -> None:
    assert review_on_gitlab(clone, tmp_path) == 0
    with lab() as server:
        assert post_on_gitlab(server, clone, tmp_path).returncode == 0
        assert len(server.notes) == 1
        assert set(server.tokens) == {("JOB-TOKEN", "of-the-job")}
    with lab(refuses=True) as server:
        done = post_on_gitlab(server, clone, tmp_path)
    assert done.returncode == 1
    assert done.stderr == "GitLab takes no note (403). The review is review.md, kept by the job content.\n"
    assert GITLAB["note"]["allow_failure"] is True


def test_on_gitlab_no_line_of_the_content_is_taken_as_an_order(clone: Path, tmp_path: Path) -> None:
    (clone / "review.md").write_text("Fine\n/merge\n  /approve\n- a/b\n")
    with lab() as server:
        post_on_gitlab(server, clone, tmp_path)
        [note] = server.notes
    assert note["body"] == f"{MARK}\nFine\n&#47;merge\n  &#47;approve\n- a/b\n"


def test_on_gitlab_what_may_write_checks_nothing_out_and_keeps_what_the_review_wrote() -> None:
    assert GITLAB["note"]["variables"] == {"GIT_STRATEGY": "none"}
    kept = GITLAB["content"]["artifacts"]
    assert (kept["when"], kept["paths"]) == ("always", ["review.md"])
    assert kept["reports"] == {"codequality": "quality.json"}
