"""One press on what stands out makes the change as a draft that passes the review (D13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine import commands, inputs
from engine.config import Settings
from engine.errors import ConflictError, ForbiddenError
from engine.evidence.findings import Finding, stand_out
from engine.evidence.gather import of_template
from engine.proposals import drafting
from engine.proposals.helped import helped
from engine.proposals.models import Proposal, ProposalSource, ProposalState
from tests.conftest import commit_all, git
from tests.engine.bundles.conftest import write_content
from tests.engine.evidence.year import Year
from tests.told import saved

FILE = "content/task_templates/visit.yaml"


@pytest.fixture
def year(store_url: str, settings: Settings, tmp_path: Path) -> Iterator[Year]:
    """Work on SQLite, then on PostgreSQL."""
    found = Year(
        replace(settings, database=store_url, blobs=str(tmp_path / "blobs")), write_content(tmp_path / "own")
    )
    yield found
    found.engine.close()


def press(year: Year, finding: Finding, who: str = "mara", **whom: str) -> Proposal:
    """Press on a finding."""
    command = commands.get("proposal suggest")
    given = {"template": "visit", "kind": finding.kind, "task": finding.task, "step": finding.step, **whom}
    request = inputs.read(command.input, {name: value for name, value in given.items() if value})
    proposal: Proposal = commands.execute(year.engine, year.case.people[who], command, request).result
    return proposal


def texts(year: Year, proposal: Proposal, who: str = "mara") -> dict[str, str | None]:
    """Return what a draft says."""
    with year.engine.reading(year.case.people[who]) as tx:
        return dict(drafting.texts_of(tx, proposal))


def lines_changed(year: Year, proposal: Proposal) -> tuple[list[str], list[str]]:
    """Return the lines of the template that a draft takes away and adds."""
    before = (year.folder / FILE).read_text().splitlines()
    after = str(texts(year, proposal)[FILE]).splitlines()
    return [one for one in before if one not in after], [one for one in after if one not in before]


def test_each_planted_fault_becomes_a_draft_by_one_press_and_the_three_pass_the_review(
    year: Year, tmp_path: Path, cli, monkeypatch: pytest.MonkeyPatch
):
    (year.folder / "content/task_templates/nobody.yaml").unlink()  # it is broken, to be so
    commit_all(year.folder)
    year.work(bundles=20)
    [revision] = year.evidence().revisions
    findings = stand_out(revision)
    assert len(findings) == 3
    drafts = [press(year, one) for one in findings]
    assert len({one.proposal_id for one in drafts}) == 1, "one file has one draft"
    draft = drafts[-1]
    assert draft.source is ProposalSource.EVIDENCE
    gone, come = lines_changed(year, draft)
    assert gone == ["      - {ref: print, title: Print the file, required: false}", "    offset_days: -5"]
    assert come[0] == "    offset_days: 1"
    said = " ".join(line.strip().removeprefix("- ") for line in come[1:])
    assert "Where are the figures? [name] of [client] asked [name] for them: [address]" in said
    assert all(finding.words in draft.description for finding in findings)
    assert "/templates/visit/evidence" in draft.description
    assert {(one["kind"], one["task"], one["step"]) for one in draft.answers} == {
        (one.kind.value, one.task, one.step) for one in findings
    }
    clone = offered(year, texts(year, draft), tmp_path)
    monkeypatch.setenv("WORKBENCH_BLOBS", year.engine.settings.blobs)
    words = ("--content", str(clone), "--database", year.engine.settings.database, "content", "review")
    answer = cli(*words, "HEAD..origin/proposal/visit", "--format", "json")
    assert answer.code == 0, answer
    assert answer.json["errors"] == 0


def offered(year: Year, changed: dict[str, str | None], place: Path) -> Path:
    """Push what a draft says to a bare remote as a branch; return another clone of that."""
    remote, clone = place / "remote.git", place / "clone"
    git(place, "clone", "-q", "--bare", str(year.folder), str(remote))
    git(place, "clone", "-q", str(remote), str(clone))
    git(clone, "checkout", "-q", "-b", "proposal/visit")
    for path, text in changed.items():
        (clone / path).write_text(str(text))
    commit_all(clone)
    git(clone, "push", "-q", "origin", "proposal/visit")
    git(clone, "checkout", "-q", "-")
    return clone


@pytest.mark.wide
def test_the_same_press_again_is_the_same_draft_and_moves_nothing_further(year: Year):
    year.work(bundles=10)
    [revision] = year.evidence().revisions
    short = stand_out(revision)[1]
    first, again = press(year, short), press(year, short)
    assert (again.proposal_id, again.revision) == (first.proposal_id, first.revision)
    assert lines_changed(year, again)[1] == ["    offset_days: 0"]


@pytest.mark.wide
def test_what_does_not_stand_out_any_more_is_refused_and_what_was_changed_since_has_its_answer(year: Year):
    year.work(bundles=10)
    [revision] = year.evidence().revisions
    step, short, _ = stand_out(revision)
    year.say(WRITE="1")
    with pytest.raises(ConflictError, match="It is due otherwise by now"):
        press(year, short)
    year.work(bundles=1)
    with pytest.raises(ConflictError, match="does not stand out in the newest revision of Visit any more"):
        press(year, step)


@pytest.mark.wide
def test_a_change_with_which_the_template_would_not_be_right_is_refused_in_the_words_of_the_check(year: Year):
    year.say(**{"offset_days: 14": "offset_days: -2"})
    year.work(bundles=10)
    [revision] = year.evidence().revisions
    [short] = [one for one in stand_out(revision) if one.task == "write" and one.days]
    with pytest.raises(ConflictError, match=r"The template would not be right: .*before"):
        press(year, short)


def test_whoever_may_not_propose_gets_no_draft(year: Year):
    year.work(bundles=10)
    [revision] = year.evidence().revisions
    with pytest.raises(ForbiddenError):
        press(year, stand_out(revision)[0], who="ana")


def merge(year: Year, draft: Proposal) -> None:
    """Let what a draft says be live, and let the proposal know it."""
    for path, text in texts(year, draft).items():
        (year.folder / path).write_text(str(text))
    commit_all(year.folder)
    with year.engine.transaction(year.case.people["mara"]) as tx:
        proposal = tx.get(Proposal, draft.proposal_id)
        proposal.state, proposal.closed_at = ProposalState.MERGED, tx.now
        saved(tx, proposal)


def told(year: Year) -> list[list[str]]:
    """Return for each merged proposal what became of what it answers."""
    with year.engine.reading(year.case.people["mara"]) as tx:
        found = of_template(tx, year.engine.content(), "visit")
        return [[answer.words for answer in one.answers] for one in helped(tx, found)]


@pytest.mark.wide
def test_after_the_merge_each_change_tells_whether_it_helped_once_ten_runs_are_done(year: Year):
    year.work(bundles=10)
    [revision] = year.evidence().revisions
    step, short, _ = stand_out(revision)
    press(year, step)
    merge(year, press(year, short))
    assert told(year) == [["too few runs to say: 0 of the 10 that it takes"] * 2]
    year.work(bundles=9)
    assert told(year) == [["the template has it no more", "too few runs to say: 9 of the 10 that it takes"]]
    year.work(bundles=1)
    [[gone, later]] = told(year)
    assert gone == "the template has it no more"
    assert re.fullmatch(r"better, and stands out no more: \d of 10 runs, and 10 of 10 before", later)


@pytest.mark.wide
def test_what_is_offered_and_not_merged_yet_has_not_helped(year: Year):
    year.work(bundles=10)
    [revision] = year.evidence().revisions
    press(year, stand_out(revision)[0])
    assert told(year) == []
