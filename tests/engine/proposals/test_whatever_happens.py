"""Whatever is done and whatever fails: the remote gains proposals alone, and what is read never changes."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import WorkbenchError
from engine.proposals import branches, jobs
from engine.proposals.models import ProposalState
from tests.conftest import NOW, git
from tests.engine.proposals.team import FILE, Team, everything, team_at

ACTS = st.sampled_from(
    ["draft", "offer", "edit-again", "withdraw", "catch-up", "revert", "push", "merge", "live", "follow"]
)
FAILURES = st.sampled_from(["none", "refuses", "killed before", "killed after", "deleted", "theirs"])
STEPS = st.lists(st.tuples(ACTS, FAILURES, st.integers(0, 3)), max_size=12)


class _KilledError(BaseException):
    """The process ends here."""


@pytest.mark.wide
@pytest.mark.parametrize(
    "most",
    [pytest.param(6, id="few"), pytest.param(25, id="many", marks=pytest.mark.wide)],
)
def test_the_remote_gains_proposals_alone_and_what_is_read_never_changes(
    most: int, shipped_repository: Path, new_store: Path
):
    @settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def check(steps: list[tuple[str, str, int]]) -> None:
        with tempfile.TemporaryDirectory() as place:
            _live(Path(place), steps, shipped_repository, new_store)

    check()


def _live(folder: Path, steps: list[tuple[str, str, int]], repository: Path, store: Path) -> None:
    shutil.copy(store, folder / "workbench.db")
    given_settings = Settings(content=str(repository), database=f"sqlite:///{folder}/workbench.db")
    with team_at(given_settings, repository, folder, FixedClock(NOW)) as team:
        known: list[str] = []
        read_before, foreign = everything(repository), set[str]()
        for act, failure, which in steps:
            main = team.refs()["refs/heads/main"]
            _fail(team, failure, known, which, foreign)
            with suppress(WorkbenchError):
                _do(team, act, failure, known, which)
            (team.remote / "hooks" / "pre-receive").unlink(missing_ok=True)
            refs = team.refs()
            assert all(name.startswith("refs/heads/proposal/") for name in refs.keys() - {"refs/heads/main"})
            if act not in ("merge", "live"):
                assert refs["refs/heads/main"] == main
            for commit in foreign & set(refs.values()):
                assert git(team.remote, "cat-file", "-t", commit) == "commit"
            assert foreign <= set(refs.values()), "what somebody else pushed is not overwritten"
        team.push()
        for one in known:
            proposal = team.of(one)
            there = team.refs().get(f"refs/heads/{proposal.branch}")
            if proposal.state is ProposalState.PROPOSED and not there:
                assert proposal.problem is not None or proposal.pushed_commit == proposal.commit
        assert everything(repository) == read_before
        assert Catalog(repository).content().problems == ()


def _do(team: Team, act: str, failure: str, known: list[str], which: int) -> None:
    one = known[which % len(known)] if known else None
    if act == "draft":
        known.append(team.draft("sam", f"Letter {len(known)}"))
    elif act == "push":
        _push(team, failure)
    elif act == "follow":
        team.followed()
    elif act == "live":
        team.change_live("owner: ", f"owner: {'x' * (which + 1)}", FILE)
    elif one is not None and act == "merge":
        if (branch := team.of(one).branch) and f"refs/heads/{branch}" in team.refs():
            with suppress(Exception):  # a merge that conflicts is for whoever merges
                team.merge(branch)
            git(team.work, "reset", "-q", "--hard", "origin/main")
    elif one is not None and act == "offer":
        team.offer(one)
    elif one is not None:
        team.do("sam", act, one)


def _push(team: Team, failure: str) -> None:
    """Do the jobs; one is cut off where the process is killed."""
    with pytest.MonkeyPatch.context() as patch:
        if failure.startswith("killed"):
            owner, name = (branches, "_push") if failure == "killed before" else (jobs, "_record")
            patch.setattr(owner, name, _kill)
            for proposal_id in _put(team):
                with suppress(_KilledError, WorkbenchError):
                    jobs._publish(team.workbench, team.workbench.system_actor(), proposal_id, 1)
            return
        team.push()


def _put(team: Team) -> list[str]:
    from engine.proposals.models import Proposal

    with team.workbench.reading(team.workbench.system_actor()) as tx:
        return [one.proposal_id for one in tx.find(Proposal) if one.branch]


def _kill(*_: object, **__: object) -> None:
    raise _KilledError


def _fail(team: Team, failure: str, known: list[str], which: int, foreign: set[str]) -> None:
    """Have the remote refuse, or its branches be somebody else's doing."""
    heads = sorted(name for name in team.refs() if name != "refs/heads/main")
    if failure == "refuses":
        hook = team.remote / "hooks" / "pre-receive"
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
    elif failure == "deleted" and heads:
        name = heads[which % len(heads)]
        foreign.discard(team.refs()[name])
        git(team.remote, "update-ref", "-d", name)
    elif failure == "theirs" and heads:
        name = heads[which % len(heads)]
        now = team.refs()[name]
        theirs = git(team.remote, "commit-tree", f"{now}^{{tree}}", "-p", now, "-m", f"Fix {len(foreign)}")
        git(team.remote, "update-ref", name, theirs)
        foreign.discard(now)
        foreign.add(theirs)
