"""Inboxes: what waits for whom, what is news, and that the count in the navigation is their length."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.access import Actor
from engine.deliverables import approvals, versions
from engine.deliverables.models import ApprovalReason, Deliverable
from engine.errors import ForbiddenError
from engine.inbox import details, service
from engine.inbox.details import Detail
from engine.inbox.read_models import MOST_COUNTED, Inbox, Item, Kind
from engine.qa import service as qa
from engine.tasks import help as help_requests
from engine.tasks import lifecycle, notes, update
from engine.tasks.models import Task
from tests.desk import BOTH, PORTAL, Desk
from tests.told import saved


def inbox(desk: Desk, name: str, *, seen: bool = False) -> Inbox:
    """Return somebody's inbox, having checked that its count is right and that counting reads the same."""
    with desk.workbench.reading(desk.people[name]) as tx:
        found = service.load(tx, with_seen=seen)
        if not seen:
            assert service.count(tx, service.positions(tx)) == found.total == len(found.items)
        return found


def about(desk: Desk, name: str, item: Item) -> Detail:
    """Return what an item is about."""
    with desk.workbench.reading(desk.people[name]) as tx:
        return details.load(tx, item)


def kinds(desk: Desk, name: str) -> list[Kind]:
    return [item.kind for item in inbox(desk, name).items]


def test_an_approval_waits_for_each_manager_with_who_asked_and_since_when(either_desk: Desk):
    task_id = either_desk.hand_over()
    for name in ("mara", "max"):
        [item] = inbox(either_desk, name).items
        assert (item.kind, item.title, item.who) == (Kind.APPROVAL, "Write the article", "Ana")
        assert item.why == "Ana handed it over and asked for your decision"
        assert item.since == either_desk.approval(task_id).requested_at
        assert about(either_desk, name, item).row.deliverable_url == "https://docs.example/draft"
    for name in ("ana", "ben", "sam", "pat"):
        assert kinds(either_desk, name) == []


def test_an_approval_in_training_says_that_training_is_why(desk: Desk):
    approval = desk.approval(desk.hand_over())
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        kept = tx.get(type(approval), approval.task_approval_id)
        kept.reason = ApprovalReason.TRAINING
        saved(tx, kept)
    assert "in training" in inbox(desk, "mara").items[0].why


def test_nobody_s_own_work_waits_for_them_by_assignment_or_authorship(either_desk: Desk):
    either_desk.hand_over("Assigned to Mara")
    assigned = either_desk.approval(either_desk.hand_over("Second"))
    mara = either_desk.people["mara"]
    either_desk.change(assigned.task_id, assignee_id=mara.employee_id)
    authored = either_desk.approval(either_desk.hand_over("Third"))
    with either_desk.workbench.transaction(mara) as tx:
        row = tx.get(Deliverable, authored.deliverable_id)
        row.authors = [*row.authors, mara.user_id]
        saved(tx, row)
    assert [item.title for item in inbox(either_desk, "mara").items] == ["Assigned to Mara"]
    assert len(inbox(either_desk, "max").items) == 3


def test_an_earlier_version_of_mine_makes_the_next_one_mine_too(either_desk: Desk):
    task_id = either_desk.hand_over()
    mara = either_desk.people["mara"]
    either_desk.decide(task_id, "rejected", "No source.", by="max")
    with either_desk.workbench.transaction(mara) as tx:
        [row] = tx.find(Deliverable, task_id=task_id)
        second = versions.new_version(tx, row.deliverable_id, url="https://docs.example/two")
    with either_desk.workbench.transaction(either_desk.people["ana"]) as tx:
        versions.edit(tx, second.deliverable_id, url="https://docs.example/three")
        approvals.request(tx, task_id)
    assert Kind.APPROVAL not in kinds(either_desk, "mara")
    assert kinds(either_desk, "max") == [Kind.APPROVAL]


def test_a_team_of_one_may_decide_its_own_work_where_the_setting_says_so(desk: Desk):
    approval = desk.approval(desk.hand_over())
    desk.change(approval.task_id, assignee_id=desk.people["mara"].employee_id)
    assert kinds(desk, "mara") == []
    desk.workbench.settings = replace(desk.workbench.settings, own_approval=True)
    assert kinds(desk, "mara") == [Kind.APPROVAL]


def test_the_oldest_comes_first_and_what_was_escalated_before_it(desk: Desk, clock):
    desk.hand_over("Old")
    clock.advance(hours=1)
    desk.hand_over("New")
    assert [item.title for item in inbox(desk, "mara").items] == ["Old", "New"]
    clock.advance(days=5)
    desk.hand_over("Newest")
    newer = desk.approval(desk.hand_over("Pressing"))
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        kept = tx.get(type(newer), newer.task_approval_id)
        kept.escalated_at = tx.now
        saved(tx, kept)
    found = inbox(desk, "mara").items
    assert [item.title for item in found] == ["Pressing", "Old", "New", "Newest"]
    assert [item.is_escalated for item in found] == [True, False, False, False]


def test_a_question_waits_for_managers_until_it_is_answered_and_the_answer_for_the_worker(either_desk: Desk):
    task_id = either_desk.ask_for_help()
    [item] = inbox(either_desk, "mara").items
    assert (item.kind, item.who) == (Kind.HELP, "Ana")
    assert about(either_desk, "mara", item).remark.body == "Which feed?"
    with either_desk.workbench.transaction(either_desk.people["mara"]) as tx:
        help_requests.answer(tx, task_id, "The one of the shop.")
    assert kinds(either_desk, "mara") == []
    [answer] = inbox(either_desk, "ana").items
    assert (answer.kind, answer.why) == (Kind.ANSWER, "Mara answered your question")


def test_an_automated_task_waits_for_permission_from_other_managers_alone(either_desk: Desk):
    """Mara made it: whoever prepares what runs does not permit it (S18)."""
    either_desk.change(either_desk.make("Crawl", None), requires_human_review=True, assigned_to_bot=True)
    assert kinds(either_desk, "max") == [Kind.REVIEW]
    assert kinds(either_desk, "mara") == kinds(either_desk, "ana") == []


@pytest.mark.parametrize(
    ("outcome", "feedback", "words"),
    [
        ("approved", None, "Max approved it"),
        ("approved_pending_changes", "Name the source.", "Max approved it and asks for one change"),
        ("rejected", "Too long.", "Max rejected it and says why"),
    ],
)
def test_a_decision_is_news_for_whoever_did_the_work_and_nobody_else(
    either_desk: Desk, outcome: str, feedback: str | None, words: str
):
    either_desk.decide(either_desk.hand_over(), outcome, feedback, by="max")
    [item] = inbox(either_desk, "ana").items
    kind = Kind.DECISION if outcome == "approved" else Kind.SENT_BACK
    assert (item.kind, item.why, item.outcome) == (kind, words, outcome)
    assert about(either_desk, "ana", item).approval.feedback == feedback
    for name in ("ben", "mara", "max", "sam"):
        assert kinds(either_desk, name) == []


def test_a_score_is_news_for_whoever_did_the_task(desk: Desk):
    task_id = desk.make()
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.complete(tx, task_id)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        qa.flag(tx, task_id, "manual")
        qa.review(tx, task_id, passed=True, score=4, feedback="Tidy.")
    [item] = [item for item in inbox(desk, "ana").items if item.kind is Kind.FEEDBACK]
    assert (about(desk, "ana", item).review.feedback, item.who) == ("Tidy.", "Mara")


def test_the_number_of_tasks_to_score_is_told_to_managers_only(desk: Desk):
    task_id = desk.make()
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.complete(tx, task_id)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        if not tx.get(Task, task_id).qa_flagged:
            qa.flag(tx, task_id, "manual")
    assert inbox(desk, "mara").qa_open == 1
    assert inbox(desk, "ana").qa_open is None


def test_a_call_by_name_is_news_but_not_one_s_own(either_desk: Desk):
    task_id = either_desk.make()
    for name in ("mara", "ana"):
        with either_desk.workbench.transaction(either_desk.people[name]) as tx:
            notes.add(tx, task_id, "@ana please look")
    [item] = [item for item in inbox(either_desk, "ana").items if item.kind is not Kind.ASSIGNED]
    assert (item.kind, item.why) == (Kind.MENTION, "Mara called you in a remark")


def test_a_lost_blocker_is_told_as_such(desk: Desk):
    first, second = desk.make("First", "ben"), desk.make("Second")
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        update.update(tx, desk.workbench.content(), second, {"depends_on": [first]})
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        lifecycle.cancel(tx, first, "No budget")
    [item] = inbox(desk, "ana").items
    assert (item.kind, item.title) == (Kind.LOST, "Second")
    assert "was cancelled" in about(desk, "ana", item).remark.body


def test_marking_as_seen_folds_the_news_away_and_leaves_what_waits(desk: Desk, clock):
    desk.decide(desk.hand_over("Done"), "approved")
    desk.hand_over("Open")
    other = desk.make("Other", "mara")
    with desk.workbench.transaction(desk.people["max"]) as tx:
        notes.add(tx, other, "@mara hello")
    clock.advance(minutes=1)
    for name in ("ana", "mara"):
        service.mark_seen(desk.workbench.ledger(desk.people[name]))
    assert kinds(desk, "ana") == []
    assert kinds(desk, "mara") == [Kind.APPROVAL]
    assert [item.title for item in inbox(desk, "ana", seen=True).items] == ["Done"]
    clock.advance(minutes=1)
    desk.decide(desk.hand_over("Later"), "approved")
    assert [item.title for item in inbox(desk, "ana").items] == ["Later"]


def test_what_came_after_the_page_was_read_is_still_new_once_that_is_folded_away(either_desk: Desk, clock):
    either_desk.decide(either_desk.hand_over("Read"), "approved")
    shown = inbox(either_desk, "ana")
    clock.advance(minutes=1)
    either_desk.decide(either_desk.hand_over("Came meanwhile"), "approved")
    clock.advance(minutes=1)
    service.mark_seen(either_desk.workbench.ledger(either_desk.people["ana"]), shown.news_until)
    assert [item.title for item in inbox(either_desk, "ana").items] == ["Came meanwhile"]


def test_nobody_folds_away_what_is_still_to_come(desk: Desk, clock):
    service.mark_seen(desk.workbench.ledger(desk.people["ana"]), clock.now() + timedelta(days=1))
    clock.advance(minutes=1)
    desk.decide(desk.hand_over("Later"), "approved")
    assert [item.title for item in inbox(desk, "ana").items] == ["Later"]


def test_a_section_holds_as_many_as_are_asked_for_and_says_how_many_there_are(either_desk: Desk, clock):
    for number in range(4):
        either_desk.hand_over(f"Article {number}")
        either_desk.ask_for_help(f"Feed {number}")
        clock.advance(minutes=1)
    with either_desk.workbench.reading(either_desk.people["mara"]) as tx:
        found = service.load(tx, shown=3)
        key = service.load(tx).sections[1].items[3].key
        named = service.load(tx, shown=3, named=key)
        assert service.count(tx, service.positions(tx)) == found.total == named.total == 8
    titles = [[item.title for item in section.items] for section in found.sections]
    assert titles == [["Article 0", "Article 1", "Article 2"], ["Feed 0", "Feed 1", "Feed 2"]]
    assert [(section.total, section.has_more) for section in found.sections] == [(4, True), (4, True)]
    assert [item.title for item in named.sections[1].items] == ["Feed 0", "Feed 1", "Feed 2", "Feed 3"]
    assert named.find(key).title == "Feed 3"
    assert [section.has_more for section in named.sections] == [True, False]


def test_all_news_are_folded_away_together_also_those_that_are_counted_no_more(either_desk: Desk, clock):
    """What is new is counted up to a bound; nothing of it is lost beyond that."""
    either_desk.decide(either_desk.hand_over("First"), "approved")
    task_id = either_desk.make("Newsletter")
    for number in range(MOST_COUNTED + 3):
        clock.advance(minutes=1)
        with either_desk.workbench.transaction(either_desk.people["max"]) as tx:
            notes.add(tx, task_id, f"@ana look at page {number}")
    with either_desk.workbench.reading(either_desk.people["ana"]) as tx:
        found, count = service.load(tx, shown=2), service.count(tx, service.positions(tx))
        whole = service.load(tx, shown=200)
        seen = service.load(tx, with_seen=True, shown=200)
    assert [item.title for item in found.items] == ["First", "Newsletter"]
    assert min(count, found.total) > MOST_COUNTED
    assert len(whole.items) == whole.total == len(seen.items) == MOST_COUNTED + 5
    assert found.news_until == clock.now()
    clock.advance(minutes=1)
    service.mark_seen(either_desk.workbench.ledger(either_desk.people["ana"]), found.news_until)
    assert inbox(either_desk, "ana").items == []


def test_what_was_seen_is_shown_newest_first_and_says_that_there_is_more(either_desk: Desk, clock):
    for number in range(3):
        either_desk.decide(either_desk.hand_over(f"Article {number}"), "approved")
        clock.advance(minutes=1)
    with either_desk.workbench.reading(either_desk.people["ana"]) as tx:
        [two] = service.load(tx, with_seen=True, shown=2).sections
        [three] = service.load(tx, with_seen=True, shown=3).sections
        [named] = service.load(tx, with_seen=True, shown=1, named=three.items[2].key).sections
    assert [item.title for item in two.items] == ["Article 2", "Article 1"]
    assert ((two.has_more, two.total), three.has_more) == ((True, None), False)
    assert [item.title for item in named.items] == ["Article 2", "Article 0"]


def test_what_nobody_looked_at_for_a_month_is_no_news_but_can_be_found(desk: Desk, clock):
    desk.decide(desk.hand_over("Old"), "approved")
    clock.advance(days=31)
    assert kinds(desk, "ana") == []
    assert [item.title for item in inbox(desk, "ana", seen=True).items] == ["Old"]


def test_a_partner_s_user_has_what_their_partner_is_asked_and_no_task(either_desk: Desk):
    task_id = either_desk.hand_over(policy=PORTAL)
    found = inbox(either_desk, "pat")
    [item] = found.items
    assert found.is_partners
    assert (item.kind, item.task_id, item.who, item.where) == (Kind.APPROVAL, None, None, "Acme")
    assert item.title == "Draft, version 1"
    assert item.why == "It is ready and waits for your approval"
    assert kinds(either_desk, "gil") == []
    assert kinds(either_desk, "mara") == []
    either_desk.decide(task_id, "approved_pending_changes", "Our logo is old.", by="pat")
    assert kinds(either_desk, "pat") == []
    [before] = inbox(either_desk, "pat", seen=True).items
    assert before.who == "Pat"
    assert about(either_desk, "pat", before).approval.feedback == "Our logo is old."
    assert inbox(either_desk, "gil", seen=True).items == []


def test_a_partner_is_told_of_a_change_only_after_their_own_decision(either_desk: Desk):
    task_id = either_desk.hand_over(policy=BOTH)
    either_desk.decide(task_id, "rejected", "Too short.")
    hand_over_again(either_desk, task_id, "https://docs.example/two")
    either_desk.decide(task_id, "approved")
    [item] = inbox(either_desk, "pat").items
    assert (item.title, item.why) == ("Draft, version 2", "It is ready and waits for your approval")
    either_desk.decide(task_id, "rejected", "Not our words.", by="pat")
    hand_over_again(either_desk, task_id, "https://docs.example/three")
    either_desk.decide(task_id, "approved")
    [item] = inbox(either_desk, "pat").items
    assert item.title == "Draft, version 3"
    assert item.why == "It was changed after your last decision and waits for your approval"


def hand_over_again(desk: Desk, task_id: str, url: str) -> None:
    """Let Ana hand over the next version and ask for its approval."""
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        newest = max(tx.find(Deliverable, task_id=task_id), key=lambda row: row.version_number)
        versions.new_version(tx, newest.deliverable_id, url=url)
        approvals.request(tx, task_id)


def test_the_unknown_have_no_inbox_and_mark_nothing_as_seen(desk: Desk):
    nobody: Actor = replace(desk.people["pat"], roles=frozenset())
    with pytest.raises(ForbiddenError):
        service.mark_seen(desk.workbench.ledger(nobody))
    with desk.workbench.reading(nobody) as tx:
        assert service.count(tx, service.positions(tx)) == 0
        with pytest.raises(ForbiddenError):
            service.load(tx)


def test_what_follows_an_item_is_the_next_one_or_the_last(desk: Desk, clock):
    for title in ("One", "Two", "Three"):
        desk.hand_over(title)
        clock.advance(minutes=1)
    found = inbox(desk, "mara")
    one, two, three = found.items
    assert found.after(one) is two
    assert found.after(three) is two
    assert found.find(two.key) is two
    assert found.find("gone") is None
    assert found.find(None) is one


def test_a_decision_that_concerns_somebody_in_several_ways_is_told_once(either_desk: Desk):
    """Ana has the task and wrote the version, and somebody else asked for the decision."""
    desk = either_desk
    task_id = desk.hand_over()
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        approvals.withdraw(tx, task_id)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        approvals.request(tx, task_id)
    decided = desk.decide(task_id, "approved", by="max")
    assert decided.requested_by == desk.people["mara"].user_id
    for name in ("ana", "mara"):
        with desk.workbench.reading(desk.people[name]) as tx:
            found = [item.key for item in service.load(tx).items]
            assert service.count(tx, service.positions(tx)) == len(found)
        assert found.count(decided.task_approval_id) == 1
