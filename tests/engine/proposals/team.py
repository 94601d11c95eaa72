"""A workspace whose content comes from a remote, people who propose, and the jobs that push."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.access import Actor
from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from engine.jobs.embedded import EmbeddedEngine
from engine.live_content import jobs as live_content
from engine.proposals import drafting, jobs
from engine.proposals.models import Proposal
from engine.proposals.overlay import text_of
from tests.conftest import commit_all, git
from tests.factories import do, make_people
from web.serving import background

FILE = "content/task_templates/newsletter.yaml"
#: The first line of that file which a change replaces, and what it says then.
WHY = {"title": "Say more", "description": "Three of four were sent back."}


class Team:
    """People who propose, the remote that they propose to, and who merges there."""

    def __init__(self, workbench: Workbench, people: dict[str, Actor], remote: Path, work: Path) -> None:
        self.workbench, self.people, self.remote, self.work = workbench, people, remote, work
        self.jobs: EmbeddedEngine = background.engine_of(workbench)

    def draft(self, who: str = "sam", name: str = "Letter", path: str = FILE) -> str:
        """Begin a draft that gives the template another name."""
        content = self.workbench.content()
        live = text_of(content, path)
        assert live is not None
        with self.workbench.transaction(self.people[who]) as tx:
            return drafting.begin(
                tx, template="newsletter", path=path, before=live, text=named(live, name),
                base_commit=content.commit,
            ).proposal_id  # fmt: skip

    def do(self, who: str, verb: str, proposal_id: str, **given: Any) -> Any:
        return do(self.workbench, self.people[who], f"proposal {verb}", proposal_id=proposal_id, **given)

    def offer(self, proposal_id: str, who: str = "sam", **given: str) -> Proposal:
        return self.do(who, "offer", proposal_id, **{**WHY, **given})

    def offered(self, who: str = "sam", name: str = "Letter") -> str:
        """Offer a change, and push it."""
        found = self.draft(who, name)
        self.offer(found, who)
        self.push()
        return found

    def push(self) -> None:
        """Do the jobs that are there, whatever comes of them."""
        while self.jobs.do_one("test"):
            pass

    def of(self, proposal_id: str) -> Proposal:
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            found = tx.find_by_key(Proposal, proposal_id)
        assert found is not None
        return found

    def text(self, proposal_id: str, path: str = FILE) -> str | None:
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            return drafting.texts_of(tx, self.of(proposal_id))[path]

    def merge(self, branch: str, *, squash: bool = False) -> None:
        """Merge a branch into main at the remote, as a forge does, and fetch what is live then."""
        git(self.work, "pull", "-q", "origin", "main")
        git(self.work, "fetch", "-q", "origin", branch)
        git(
            self.work,
            "merge",
            "-q",
            "--squash" if squash else "--no-ff",
            *([] if squash else ["-m", "Merge"]),
            "FETCH_HEAD",
        )
        if squash:
            commit_all(self.work, "Squashed")
        self.publish()

    def change_live(self, old: str, new: str, path: str = FILE) -> None:
        """Change what is live, as somebody does without Workbench."""
        git(self.work, "pull", "-q", "origin", "main")
        file = self.work / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        commit_all(self.work, "Somebody else")
        self.publish()

    def publish(self) -> None:
        git(self.work, "push", "-q", "origin", "main")
        live_content.fetch(self.workbench, self.workbench.operator())

    def followed(self) -> list[str]:
        return jobs.follow(self.workbench, self.workbench.system_actor())

    def refs(self) -> dict[str, str]:
        listed = git(self.remote, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split() for line in listed)


@contextmanager
def team_at(settings: Settings, content: Path, folder: Path, clock: FixedClock) -> Iterator[Team]:
    """Give a team, the bare remote that it proposes to, and somebody's clone of that."""
    remote, work = folder / "remote.git", folder / "work"
    git(folder, "clone", "-q", "--bare", str(content), str(remote))
    git(folder, "clone", "-q", str(remote), str(work))
    fetched = replace(settings, content="/nowhere", content_remote=str(remote))
    with closing(Workbench(fetched, clock=clock)) as workbench:
        live_content.fetch(workbench, workbench.operator())
        yield Team(workbench, make_people(workbench), remote, work)


def named(text: str, name: str) -> str:
    """Return the text of a template with another name, and all other lines as they are."""
    lines = text.splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith("name: "))
    lines[place] = f"name: {name}\n"
    return "".join(lines)


def everything(folder: Path) -> dict[str, bytes]:
    """Return every byte below a folder: work tree, index, refs and objects."""
    return {path.as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
