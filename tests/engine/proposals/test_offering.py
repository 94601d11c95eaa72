"""From a finished draft to the merge: offered, pushed, edited again, withdrawn, reverted (EDT-04, EDT-05)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import (
    BadRequestError,
    ConflictError,
    ContentError,
    ForbiddenError,
    NotFoundError,
    StaleWriteError,
    UnavailableError,
)
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.proposals import branches, drafting, jobs, offering, preparing, queries, service
from engine.proposals.models import ProposalSource, ProposalState, ProposedFile
from engine.proposals.queries import Which
from tests.conftest import commit_all, git
from tests.engine.proposals.team import FILE, Team, everything, named

MAIN = "refs/heads/main"


def told_to(team: Team, who: str) -> list[str]:
    with team.workbench.reading(team.people[who]) as tx:
        items = inbox.load(tx, with_seen=False, shown=50).items
    return [item.title for item in items if item.kind is Kind.NOTICE]


def test_a_draft_is_offered_as_a_commit_of_its_author_on_a_branch_of_its_own(team: Team):
    before = team.refs()
    draft = team.draft()
    found = team.offer(draft)
    assert (found.state, found.title, found.pushed_commit) == (ProposalState.PROPOSED, "Say more", None)
    assert team.refs() == before, "no transaction waits for the network"
    team.push()
    found = team.of(draft)
    assert found.branch is not None
    assert found.branch.startswith("proposal/")
    assert found.branch.endswith("-newsletter")
    assert (found.pushed_commit, found.problem) == (found.commit, None)
    assert team.refs() == {**before, f"refs/heads/{found.branch}": found.commit}
    told = git(team.remote, "log", "-1", "--format=%an <%ae>%n%P%n%B", str(found.commit)).splitlines()
    assert told == [
        "Sam <sam@example.com>",
        before[MAIN],
        "Say more",
        "",
        "Three of four were sent back.",
        "",
        f"Workbench-Proposal: {draft}",
    ]
    assert git(team.remote, "diff", "--name-only", before[MAIN], str(found.commit)) == FILE


@pytest.mark.wide
def test_offered_twice_it_is_one_commit_on_one_branch(team: Team):
    draft = team.offered()
    refs = team.refs()
    team.offer(draft)
    team.push()
    assert team.refs() == refs


def test_title_and_why_are_asked_for(team: Team):
    draft = team.draft()
    for given in ({"title": " "}, {"description": ""}, {"title": "Two\nlines"}):
        with pytest.raises(BadRequestError):
            team.offer(draft, **given)
    assert team.of(draft).state is ProposalState.DRAFT


def test_what_changes_nothing_is_not_offered(team: Team):
    draft = team.draft(name="Weekly newsletter")
    with pytest.raises(ConflictError, match="changes nothing"):
        team.offer(draft)


def test_what_would_make_the_content_wrong_is_not_offered_and_says_where(team: Team):
    draft = team.draft()
    text = f"{team.text(draft)}nonsense: 1\n"
    with team.workbench.transaction(team.people["sam"]) as tx:
        drafting.write(tx, draft, FILE, text, seen=str(team.text(draft)))
    with pytest.raises(ContentError) as refused:
        team.offer(draft)
    assert [(one["file"], one["line"]) for one in refused.value.details] == [(FILE, len(text.splitlines()))]
    assert team.of(draft).state is ProposalState.DRAFT


@pytest.mark.wide
def test_what_is_wrong_with_live_content_already_stands_in_no_ones_way(team: Team):
    broken = "content/task_templates/podcast_episode.yaml"
    git(team.work, "pull", "-q", "origin", "main")
    first = (team.work / broken).read_text().splitlines()[2]
    team.change_live(first, f"{first}\nnonsense: 1", broken)
    assert any(one.is_error for one in team.workbench.content().problems)
    assert team.offer(team.draft()).state is ProposalState.PROPOSED


@pytest.mark.wide
def test_a_draft_that_was_written_while_it_was_offered_is_not_offered_unseen(team: Team):
    draft, sam = team.draft(), team.people["sam"]
    offered = offering.to_offer(team.workbench, sam, draft, subject="a", body="b")
    with team.workbench.transaction(sam) as tx:
        drafting.write(tx, draft, FILE, named(str(team.text(draft)), "News"), seen=str(team.text(draft)))
    with pytest.raises(StaleWriteError), team.workbench.transaction(sam) as tx:
        service.offer(tx, draft, "a", "b", offered)


def test_only_whoever_may_propose_does_and_nobody_offers_anothers(team: Team):
    draft = team.draft("mara")
    with pytest.raises(NotFoundError):
        team.offer(draft, "sam")
    with pytest.raises(ForbiddenError):
        team.offer(draft, "ana")
    offered = team.offered("mara", "News")
    with pytest.raises(ForbiddenError):
        team.do("sam", "withdraw", offered)


@pytest.mark.wide
def test_content_that_is_read_from_uncommitted_files_is_not_proposed_to(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    draft = team.draft()
    dirty = replace(team.workbench.content(), dirty=True)
    monkeypatch.setattr(team.workbench, "content", lambda: dirty)
    with pytest.raises(ConflictError, match="read from files that are in none"):
        team.offer(draft)


# The remote


@pytest.mark.wide
def test_a_push_that_fails_says_why_is_tried_again_and_told_to_its_author(team: Team):
    hook = team.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'Ask Mara first.' >&2\nexit 1\n")
    hook.chmod(0o755)
    draft = team.draft()
    team.offer(draft)
    team.push()
    found = team.of(draft)
    assert "Ask Mara first" in str(found.problem)
    assert found.state is ProposalState.PROPOSED
    assert told_to(team, "sam") == [], "it may be over in a moment"
    for attempt in (2, 3):
        with pytest.raises(UnavailableError):
            jobs._publish(team.workbench, team.workbench.system_actor(), draft, attempt)
    assert told_to(team, "sam") == ["“Say more” could not be pushed"]
    hook.unlink()
    team.offer(draft)
    team.push()
    found = team.of(draft)
    assert (found.pushed_commit, found.problem) == (found.commit, None)


@pytest.mark.wide
def test_where_things_are_is_said_to_the_operator_alone(team: Team):
    draft = team.draft()
    team.offer(draft)
    hook = team.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    for _ in ("refused", "away"):
        with pytest.raises(UnavailableError) as told:
            jobs._publish(team.workbench, team.workbench.system_actor(), draft, 1)
        assert str(team.remote.parent) in told.value.message
        problem = team.of(draft).problem
        assert problem is not None
        assert str(team.remote.parent) not in problem
        if team.remote.exists():
            team.remote.rename(team.remote.with_name("away.git"))


@pytest.mark.wide
def test_killed_between_commit_and_push_it_is_pushed_by_the_next(team: Team, monkeypatch: pytest.MonkeyPatch):
    draft = team.draft()
    team.offer(draft)
    with monkeypatch.context() as killed:
        killed.setattr(branches, "_push", interrupt)
        with pytest.raises(_KilledError):
            jobs._publish(team.workbench, team.workbench.system_actor(), draft, 1)
    assert team.of(draft).pushed_commit is None
    team.push()
    assert team.of(draft).pushed_commit == team.of(draft).commit


@pytest.mark.wide
def test_killed_between_push_and_record_the_next_finds_it_there(team: Team, monkeypatch: pytest.MonkeyPatch):
    draft = team.draft()
    team.offer(draft)
    with monkeypatch.context() as killed:
        killed.setattr(jobs, "_record", interrupt)
        with pytest.raises(_KilledError):
            jobs._publish(team.workbench, team.workbench.system_actor(), draft, 1)
    refs = team.refs()
    monkeypatch.setattr(branches, "_push", interrupt)
    team.push()
    assert team.refs() == refs
    assert team.of(draft).pushed_commit == team.of(draft).commit


class _KilledError(BaseException):
    """The process ends here."""


def interrupt(*_: object, **__: object) -> None:
    raise _KilledError


@pytest.mark.wide
def test_a_clone_that_was_lost_says_what_to_do(team: Team):
    draft = team.draft()
    team.offer(draft)
    clone = team.workbench.settings.clone_folder
    git(clone, "update-ref", "-d", f"refs/heads/{team.of(draft).branch}")
    git(clone, "gc", "-q", "--prune=now")
    team.push()
    assert "Edit it again, and offer it once more" in str(team.of(draft).problem)
    team.do("sam", "edit-again", draft)
    team.offer(draft)
    team.push()
    assert team.of(draft).pushed_commit == team.of(draft).commit


# Editing again, withdrawing


@pytest.mark.wide
@pytest.mark.parametrize("pushed_between", [True, False])
def test_what_was_withdrawn_is_edited_and_offered_again(team: Team, pushed_between: bool):
    found = team.offered()
    team.push()
    text, branch = team.text(found), f"refs/heads/{team.of(found).branch}"
    team.do("sam", "withdraw", found)
    if pushed_between:
        team.push()
        assert branch not in team.refs()
    team.do("sam", "edit-again", found)
    again = team.of(found)
    assert (again.state.value, again.closed_at, team.text(found)) == ("draft", None, text)
    team.offer(found)
    team.push()
    assert team.refs()[branch] == team.of(found).commit == team.of(found).pushed_commit


@pytest.mark.wide
def test_edited_again_it_is_its_authors_draft_and_offered_again_a_commit_comes_on_top(team: Team):
    found = team.offered()
    first = team.of(found).commit
    team.do("sam", "edit-again", found)
    with pytest.raises(NotFoundError), team.workbench.reading(team.people["mara"]) as tx:
        tx.get(type(team.of(found)), found)
    seen = str(team.text(found))
    with team.workbench.transaction(team.people["sam"]) as tx:
        drafting.write(tx, found, FILE, named(seen, "News"), seen=seen)
    team.offer(found)
    team.push()
    branch = f"refs/heads/{team.of(found).branch}"
    assert team.refs()[branch] == team.of(found).commit
    git(team.remote, "merge-base", "--is-ancestor", str(first), branch)


def test_a_draft_is_discarded_and_stays_unseen_by_others(team: Team):
    draft = team.draft()
    assert team.do("sam", "withdraw", draft).state is ProposalState.WITHDRAWN
    assert team.do("sam", "withdraw", draft).state is ProposalState.WITHDRAWN, "twice is once"
    with team.workbench.reading(team.people["mara"]) as tx:
        assert queries.list_all(tx, Which.DECIDED) == []


@pytest.mark.wide
def test_what_was_written_since_it_was_offered_stays_unseen_by_others_once_that_is_discarded(team: Team):
    found = team.offered()
    team.do("sam", "edit-again", found)
    seen = str(team.text(found))
    team.do("sam", "write", found, path=FILE, text=f"{seen}# Not yet\n", seen=seen)
    team.do("sam", "withdraw", found)
    with team.workbench.reading(team.people["mara"]) as tx:
        assert queries.list_all(tx, Which.DECIDED) == []
    team.push()
    assert "refs/heads/main" in team.refs()
    assert len(team.refs()) == 1, "its branch is gone all the same"


def test_withdrawn_its_branch_is_taken_away_at_the_remote(team: Team):
    before = team.refs()
    found = team.offered()
    team.do("sam", "withdraw", found)
    team.push()
    assert team.refs() == before
    assert team.of(found).pushed_commit is None
    with pytest.raises(ConflictError):
        team.offer(found)


def test_a_branch_that_somebody_else_changed_stays_and_the_proposal_says_so(team: Team):
    found = team.offered()
    branch = str(team.of(found).branch)
    git(team.work, "fetch", "-q", "origin", branch)
    git(team.work, "checkout", "-q", "-b", branch, "FETCH_HEAD")
    git(team.work, "commit", "-q", "--allow-empty", "-m", "Fix")
    git(team.work, "push", "-q", "origin", branch)
    theirs = team.refs()
    team.do("sam", "withdraw", found)
    team.push()
    assert team.refs() == theirs
    assert "changed at the remote by somebody else" in str(team.of(found).problem)


# Merged, reverted


@pytest.mark.few(1)
@pytest.mark.parametrize("squash", [False, True])
def test_what_is_merged_is_learnt_of_once_and_told_to_its_author(team: Team, squash: bool):
    found = team.offered()
    assert team.followed() == []
    team.merge(str(team.of(found).branch), squash=squash)
    assert team.workbench.content().templates["newsletter"].name == "Letter"
    assert team.followed() == [found]
    assert team.followed() == []
    assert team.of(found).state is ProposalState.MERGED
    assert told_to(team, "sam") == ["“Say more” is merged"]


@pytest.mark.wide
def test_merged_it_is_found_though_more_of_the_file_has_changed_since(team: Team):
    found = team.offered()
    team.merge(str(team.of(found).branch), squash=True)
    team.change_live("owner: media-team", "owner: letters-team")
    assert team.followed() == [found]


@pytest.mark.wide
def test_what_is_half_live_is_not_merged(team: Team):
    draft = team.draft()
    seen = str(team.text(draft))
    with team.workbench.transaction(team.people["sam"]) as tx:
        drafting.write(tx, draft, FILE, seen.replace("media-team", "letters-team"), seen=seen)
    team.offer(draft)
    team.change_live("owner: media-team", "owner: letters-team")
    assert team.followed() == []


@pytest.mark.wide
def test_reverted_what_was_before_is_proposed_and_what_changed_since_stays(team: Team):
    found = team.offered()
    team.merge(str(team.of(found).branch))
    team.followed()
    team.change_live("status: active", "status: active  # still")
    undone = team.do("mara", "revert", found)
    assert (undone.source, undone.reverts, undone.state) == (
        ProposalSource.REVERT,
        found,
        ProposalState.DRAFT,
    )
    assert team.do("mara", "revert", found).proposal_id == undone.proposal_id, "twice is once"
    text = str(team.text(undone.proposal_id))
    assert "name: Weekly newsletter\n" in text
    assert "status: active  # still\n" in text
    team.offer(undone.proposal_id, "mara", title=undone.title)
    assert team.do("sam", "revert", found).proposal_id == undone.proposal_id, "offered is begun"
    team.push()
    team.merge(str(team.of(undone.proposal_id).branch))
    assert team.workbench.content().templates["newsletter"].name == "Weekly newsletter"


@pytest.mark.wide
def test_what_was_changed_again_in_the_same_lines_is_not_reverted(team: Team):
    found = team.offered()
    with pytest.raises(ConflictError, match="is proposed, so it is not reverted"):
        team.do("sam", "revert", found)
    team.merge(str(team.of(found).branch))
    team.followed()
    team.change_live("name: Letter", "name: News")
    with pytest.raises(ConflictError, match="in the same lines"):
        team.do("sam", "revert", found)


# A base that moved, and two people


def test_a_base_that_moved_is_caught_up_with_and_both_changes_are_there(team: Team):
    draft = team.draft()
    team.change_live("status: active", "status: active  # still")
    with pytest.raises(ConflictError, match="Catch up first"):
        team.offer(draft)
    assert team.do("sam", "catch-up", draft).taken == [FILE]
    text = str(team.text(draft))
    assert "name: Letter\n" in text
    assert "status: active  # still\n" in text
    assert team.of(draft).base_commit == team.workbench.content().commit
    assert team.offer(draft).state is ProposalState.PROPOSED


@pytest.mark.wide
def test_a_live_file_that_is_not_utf_8_is_told_and_keeps_no_other_proposal_from_being_found_merged(
    team: Team,
):
    stuck, other = team.offered(), team.draft("mara", path="content/task_templates/blog_post.yaml")
    team.offer(other, "mara")
    team.push()
    (team.work / FILE).write_bytes(b"key: newsletter\nname: \xff\n")
    commit_all(team.work, "Latin")
    team.publish()
    team.merge(str(team.of(other).branch))
    assert team.followed() == [other]
    with pytest.raises(ContentError, match=f"{FILE} is not UTF-8"):
        preparing.read(team.workbench, team.people["sam"], stuck)


def test_where_both_changed_the_same_lines_nothing_is_chosen_and_no_word_is_lost(team: Team):
    draft = team.draft()
    mine = team.text(draft)
    team.change_live("name: Weekly newsletter", "name: News")
    found = team.do("sam", "catch-up", draft)
    assert (found.taken, found.conflicts) == ([], [FILE])
    assert team.text(draft) == mine
    with team.workbench.reading(team.people["sam"]) as tx:
        assert "name: Weekly newsletter\n" in str(tx.find_one(ProposedFile, proposal_id=draft).before)


@pytest.mark.wide
def test_two_people_propose_for_one_template_and_both_branches_are_there(team: Team):
    one, other = team.offered("sam", "Letter"), team.offered("mara", "News")
    texts = {
        git(team.remote, "show", f"{team.of(found).branch}:{FILE}").splitlines()[2] for found in (one, other)
    }
    assert texts == {"name: Letter", "name: News"}
    with team.workbench.reading(team.people["sam"]) as tx:
        assert {found.proposal_id for found in queries.open_of(tx, "newsletter")} == {one, other}


@pytest.mark.wide
def test_what_is_read_is_never_written(team: Team, content_repo):
    before = everything(content_repo)
    found = team.offered()
    team.do("sam", "withdraw", found)
    team.push()
    assert everything(content_repo) == before
