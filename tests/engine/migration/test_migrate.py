"""A running bundle is brought to a newer revision of its template: each cell of the table, for real (D4)."""

from __future__ import annotations

import re

import pytest

from engine.audit.models import Action, Event
from engine.bundles import blame
from engine.bundles.models import Bundle
from engine.catalog.declared import policy_names
from engine.catalog.models import TaskDefinition
from engine.deliverables.models import Deliverable
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OwnWorkError,
    StaleWriteError,
)
from engine.evidence.gather import of_template
from engine.migration.fields import FIELDS, OF_PIN, OF_RECORDS
from engine.migration.matrix import Kind, State, Verdict
from engine.tasks import proof
from engine.tasks.models import Note, Proof, Step, Task, TaskStatus
from tests.conftest import git
from tests.engine.migration import articles
from tests.engine.migration.document import cells
from tests.engine.migration.one_task import CASES, ONE, One, stand, undo
from tests.factories import do
from tests.told import saved
from tests.verified import events_of_intact


@pytest.fixture
def repository(tmp_path):
    return articles.make(tmp_path / "one", ONE)


@pytest.fixture
def one(running):
    return One(running)


@pytest.mark.few(8)
@pytest.mark.parametrize(("kind", "state"), cells(), ids=lambda one: one.value)
def test_a_migration_of_a_bundle_does_what_the_cell_of_the_document_says(one, repository, kind, state):
    case, verdict = CASES[kind], cells()[kind, state]
    articles.change(repository, {"task_templates/one.yaml": case.change})
    stand(one, kind, state)
    items = {item.key: item for item in one.migrate(dry_run=True).migration.items}
    told = items[case.key]
    assert told.verdict is verdict
    assert kind in told.kinds
    before = one.everything()
    if verdict is Verdict.BLOCKED:
        with pytest.raises(ConflictError, match=re.escape(f"{case.key}: its approval is open")):
            one.migrate()
        assert one.everything() == before
        return
    others = {key: "keep" for key in items if key in case.besides and items[key].verdict is Verdict.DECISION}
    if verdict is Verdict.DECISION:
        with pytest.raises(BadRequestError, match=re.escape(case.key)):
            one.migrate(choices=others)
        assert one.everything() == before
        one.migrate(choices={**others, case.key: "take"})
    else:
        one.migrate(choices=others)
    assert case.taken(one) is (verdict is not Verdict.UNAFFECTED)
    if verdict is Verdict.UNAFFECTED:
        assert one.everything() == before
    assert before.keys() <= one.everything().keys()
    assert one.bundle().commit != before
    with one.running.workbench.reading(one.running.people["mara"]) as tx:
        assert events_of_intact(tx) > 0


@pytest.mark.few(3)
@pytest.mark.parametrize(
    "kind",
    [kind for (kind, state), found in cells().items() if state is State.ACTIVE and found is Verdict.DECISION],
    ids=lambda one: one.value,
)
def test_what_was_decided_to_be_kept_stays_and_the_bundle_has_the_newer_revision(one, repository, kind):
    articles.change(repository, {"task_templates/one.yaml": CASES[kind].change})
    stand(one, kind, State.ACTIVE)
    before = one.everything()
    items = one.migrate(dry_run=True).migration.items
    migrated = one.migrate(choices={item.key: "keep" for item in items if item.verdict is Verdict.DECISION})
    assert one.everything() == before
    assert one.bundle().template_hash == migrated.migration.after.closure_hash


def test_every_field_of_a_task_definition_has_a_place_in_a_task():
    assert policy_names(TaskDefinition).keys() == FIELDS.keys() | OF_RECORDS | OF_PIN
    assert {name for fields in FIELDS.values() for name in fields} <= Task.model_fields.keys()


def test_nothing_that_was_collected_is_lost_with_a_task_that_is_no_more(one, repository):
    one.running.note(one.bundle_id, "main")
    with one.running.workbench.transaction(one.running.people["mara"]) as tx:
        proof.give(tx, one.task("main").task_id, "Why", "It was hard")
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.TASK_REMOVED].change})
    before = one.everything()
    one.migrate(choices={"main.task": "take"})
    task = one.task("main")
    assert (task.status, task.status_reason) == (TaskStatus.CANCELLED, "The template has it no more")
    assert one.part(Proof, label="Why").value == "It was hard"
    assert one.find(Note, task_id=task.task_id)
    assert before.keys() == one.everything().keys()


def test_a_task_that_waited_for_one_that_is_no_more_waits_for_it_no_longer(one, repository):
    articles.change(
        repository,
        {
            "task_templates/one.yaml": [
                ("  - {ref: first, title: First, offset_days: -9}\n", ""),
                ("depends_on: [first]", "depends_on: []"),
            ]
        },
    )
    one.migrate()
    assert (one.task("main").depends_on, one.task("main").blocked_by) == ([], None)
    assert one.task("first").status is TaskStatus.CANCELLED


def test_nothing_waits_for_a_task_that_is_no_more_whoever_made_it_wait(one, repository):
    mara, first = one.running.people["mara"], one.task("first")
    free = do(one.running.workbench, mara, "bundle add-task", bundle_id=one.bundle_id, line="Call them").task
    do(one.running.workbench, mara, "task update", task_id=free.task_id, depends_on=[first.task_number])
    articles.change(repository, {"task_templates/one.yaml": [
        ("  - {ref: first, title: First, offset_days: -9}\n", ""),
        ("depends_on: [first]", "on_change: {depends_on: keep}"),
    ]})  # fmt: skip
    one.migrate()
    assert one.task("first").status is TaskStatus.CANCELLED
    waiting = {
        task.title: (task.depends_on, task.blocked_by) for task in one.find(Task, bundle_id=one.bundle_id)
    }
    assert (waiting["Main"], waiting["Call them"]) == (([], None), ([], None))


def test_an_added_task_is_dated_and_holds_up_what_comes_after_it(one, repository):
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.TASK_ADDED].change})
    one.migrate()
    extra, main = one.task("extra"), one.task("main")
    assert (str(extra.due_date), extra.bundle_id, extra.template_hash) == (
        "2027-02-28", one.bundle_id, one.bundle().template_hash,
    )  # fmt: skip
    assert main.depends_on == [one.task("first").task_id, extra.task_id]


def test_what_a_person_changed_and_the_template_too_is_shown_with_both_values(one, repository):
    one.running.by_hand(one.bundle_id, "main", title="The main thing for Acme")
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.WORDS].change})
    (item,) = one.migrate(dry_run=True).migration.items
    assert (item.verdict, item.why) == (Verdict.DECISION, "a person has changed it, too")
    assert (item.has, item.newer) == ("The main thing for Acme", "The main thing")
    one.migrate(choices={"main.title": "keep"})
    assert one.task("main").title == "The main thing for Acme"


def test_a_dry_run_changes_nothing(one, repository):
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.TASK_ADDED].change})
    before, bundle = one.everything(), one.bundle()
    one.migrate(dry_run=True)
    assert (one.everything(), one.bundle()) == (before, bundle)


def test_a_migration_is_done_once_for_a_key_and_is_told(one, repository):
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.WORDS].change})
    assert one.migrate(idempotency_key="a").message == "“One” follows the newer template now."
    assert one.migrate(idempotency_key="a").message == "“One” was migrated already."
    assert one.migrate().message == "“One” has this revision of its template."
    (event,) = one.find(Event, bundle_id=one.bundle_id, action=Action.BUNDLE_MIGRATED)
    assert event.before["template_hash"] != event.after["template_hash"]


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        ({"choices": {"main.titel": "keep"}}, BadRequestError, "main.titel needs no decision"),
        ({"choices": {"main.title": "maybe"}}, BadRequestError, "choose keep or take"),
        ({"to": "nowhere"}, Exception, "nowhere names no commit"),
        ({"undo": True}, BadRequestError, "give nothing else with it"),
        ({"revision": 99}, StaleWriteError, "was changed by somebody else"),
        (
            {"actor": "ana", "to": None, "choices": {"main.title": "keep"}},
            ForbiddenError,
            "migrate it to another revision",
        ),
    ],
)
def test_a_migration_that_cannot_be_right_is_refused_in_words(one, repository, given, refusal, words):
    one.running.by_hand(one.bundle_id, "main", title="Mine", assignee_id="ana")
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.WORDS].change})
    before = one.everything()
    with pytest.raises(refusal, match=words):
        one.migrate(**given)
    assert one.everything() == before


#: What stays of an undone migration is called off, or not owed.
_MAY_STAY = {Kind.TASK_ADDED: 1}


@pytest.mark.few(4)
@pytest.mark.parametrize("kind", Kind, ids=lambda one: one.value)
def test_an_undone_migration_gives_everything_back(one, repository, kind):
    articles.change(repository, {"task_templates/one.yaml": CASES[kind].change})
    before, bundle = one.everything(), one.bundle()
    one.migrate()
    assert CASES[kind].taken(one)
    undo(one)
    after = one.everything()
    assert {key: after[key] for key in before} == before
    assert len(after) - len(before) == _MAY_STAY.get(kind, 0)
    silent = {"updated_at", "revision"}
    assert one.bundle().model_dump(exclude=silent) == bundle.model_dump(exclude=silent)
    with one.running.workbench.reading(one.running.people["mara"]) as tx:
        assert events_of_intact(tx) > 0


def test_what_a_migration_made_is_not_owed_once_it_is_undone(one, repository):
    articles.change(repository, {"task_templates/one.yaml": [
        ("{ref: look, title: Look, required: false}]", "{ref: look, title: Look}, {ref: more, title: More}]"),
        ("{ref: draft, type: text}]", "{ref: draft, type: text}, {ref: film, type: film}]"),
        ("label: Why, required: false}]", "label: Why, required: false}, {kind: url, label: Film}]"),
        ("links: [{name: Page, required: false}]", "links: [{name: Page, required: false}, {name: Film}]"),
        ("  - {ref: last,", "  - {ref: extra, title: Extra, offset_days: -1}\n  - {ref: last,"),
    ]})  # fmt: skip
    one.migrate()
    assert one.part(Step, ref="more").is_open
    assert (one.part(Proof, label="Film").is_missing, one.part(Deliverable, ref="film").is_missing) == (
        True,
        True,
    )
    assert one.link("Film").is_missing
    undo(one)
    assert not one.part(Step, ref="more").is_open
    assert (one.part(Proof, label="Film").is_missing, one.part(Deliverable, ref="film").is_missing) == (
        False,
        False,
    )
    assert not one.link("Film").is_missing
    assert one.task("extra").status is TaskStatus.CANCELLED


def test_a_migration_that_something_was_built_on_is_not_undone(one, repository):
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.DUE].change})
    one.migrate()
    do(one.running.workbench, one.running.people["mara"], "task start", task_id=one.task("last").task_id)
    do(
        one.running.workbench,
        one.running.people["mara"],
        "task note",
        task_id=one.task("main").task_id,
        body="Hm.",
    )
    do(one.running.workbench, one.running.people["mara"], "task start", task_id=one.task("first").task_id)
    undo(one)  # none of these builds on what the migration changed
    one.migrate()
    one.running.by_hand(one.bundle_id, "main", priority="low")
    before = one.everything()
    with pytest.raises(ConflictError, match="has done more since"):
        undo(one)
    assert one.everything() == before


def test_what_was_never_migrated_or_undone_already_is_refused_in_words(one, repository):
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.DUE].change})
    with pytest.raises(ConflictError, match="was never migrated"):
        undo(one)
    one.migrate()
    undo(one)
    with pytest.raises(ConflictError, match="was undone already"):
        undo(one)
    assert one.migrate().migration.with_verdict(Verdict.SAFE)


def test_only_who_leads_chooses_a_revision_that_is_not_live(one, repository):
    """Else whoever owns a bundle would take one that asks for no approval, an old one or one of a branch."""
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.WORDS].change})
    with one.running.workbench.transaction(one.running.people["mara"]) as tx:
        bundle = tx.get(Bundle, one.bundle_id)
        bundle.owner_id = one.running.people["ana"].user_id
        saved(tx, bundle)
    for name, given in (
        ("bundle migrate", {"bundle_id": one.bundle_id}),
        ("bundle migrate-all", {"template": "one"}),
    ):
        with pytest.raises(ForbiddenError, match="choose another revision than the one that is live"):
            do(one.running.workbench, one.running.people["ana"], name, to="change", **given)
    assert one.migrate("ana", to=None).migration.is_nothing


def test_nobody_gets_a_task_by_a_migration_whose_run_they_permitted(one, repository):
    people, workbench = one.running.people, one.running.workbench
    one.running.by_hand(one.bundle_id, "main", requires_human_review=True)
    with workbench.transaction(people["mara"]) as tx:
        task = tx.get(Task, one.task("main").task_id)
        task.requires_human_review, task.human_reviewed_at = False, tx.now
        task.human_reviewed_by = people["ben"].user_id
        saved(tx, task)
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.ASSIGNEE].change})
    with pytest.raises(OwnWorkError, match="permitted that"):
        one.migrate()


def test_a_migration_lifts_no_human_review_and_who_makes_it_does_not_give_it(one, repository):
    mara = one.running.people["mara"]
    with one.running.workbench.transaction(mara) as tx:
        task = tx.get(Task, one.task("main").task_id)
        task.requires_human_review, task.owner_id = True, one.running.people["ana"].user_id
        saved(tx, task)
    newer = "    fills_link: Page\n    execution: {mode: manual_trigger, executor: ghl_action}"
    articles.change(repository, {"task_templates/one.yaml": [("    fills_link: Page", newer)]})
    one.migrate()
    assert (one.task("main").execution_type, one.task("main").requires_human_review) == (
        "manual_trigger",
        True,
    )
    with pytest.raises(OwnWorkError):
        do(one.running.workbench, mara, "task review", task_id=one.task("main").task_id, verdict="approve")


def test_what_a_lead_migrated_is_not_taken_back_by_who_leads_nothing(one, repository):
    people, workbench = one.running.people, one.running.workbench
    with workbench.transaction(people["mara"]) as tx:
        bundle = tx.get(Bundle, one.bundle_id)
        bundle.owner_id = people["ana"].user_id
        saved(tx, bundle)
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.APPROVAL].change})
    git(repository, "merge", "-q", "change")
    one.migrate("mara", to=None)
    with pytest.raises(ForbiddenError, match="Mara migrated “One”, so they take that back, or a manager"):
        undo(one, "ana")
    assert one.task("main").approval["required"]
    undo(one, "mara")
    one.migrate("ana", to=None)
    undo(one, "ana")
    assert not one.task("main").approval["required"]


def test_the_work_still_says_what_became_of_a_completed_task_that_has_another_ref_since(one, repository):
    stand(one, Kind.TASK_RENAMED, State.COMPLETED)
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.TASK_RENAMED].change})
    one.migrate()
    with one.running.workbench.reading(one.running.people["mara"]) as tx:
        newer, earlier = of_template(tx, one.running.content("change"), "one").revisions
    assert (earlier.task("main").runs, earlier.task("main").completed) == (1, 1)
    assert newer.task("core").runs == 0
    assert newer.task("last").runs == 1


_MORE = [
    ("{ref: look, title: Look, required: false}]", "{ref: look, title: Look}, {ref: more, title: More}]")
]
_NO_PLAN = [("{ref: plan, title: Plan}, ", "")]


def test_a_step_that_an_undone_migration_made_is_owed_again_once_it_is_migrated_anew(one, repository):
    articles.change(repository, {"task_templates/one.yaml": _MORE})
    one.migrate()
    undo(one)
    assert not one.part(Step, ref="more").is_open
    one.migrate()
    assert one.part(Step, ref="more").is_open
    assert len([step for step in one.find(Step, task_id=one.task("main").task_id) if step.ref == "more"]) == 1


def test_a_step_that_comes_back_into_the_template_is_owed_again_unless_a_person_left_it_out(one, repository):
    articles.change(repository, {"task_templates/one.yaml": _NO_PLAN})
    articles.change(repository, {"task_templates/one.yaml": [("title: Main", "title: Chief")]}, "back")
    main = one.task("main").task_id
    do(
        one.running.workbench,
        one.running.people["mara"],
        "task step",
        task_id=main,
        ref="look",
        not_applicable="No",
    )
    one.migrate()
    assert one.part(Step, ref="plan").left_out_reason == "The template has it no more"
    one.migrate(to="back")
    assert one.part(Step, ref="plan").is_open
    assert one.part(Step, ref="look").left_out_reason == "No"


def test_another_change_that_was_undone_is_not_told_as_the_migration(one, repository):
    mara = one.running.people["mara"]
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.DUE].change})
    one.migrate()
    do(one.running.workbench, mara, "bundle update", bundle_id=one.bundle_id, title="Another")
    (event,) = one.find(Event, bundle_id=one.bundle_id, action=Action.BUNDLE_UPDATED)
    do(one.running.workbench, mara, "act undo", act_id=event.act_id)
    with pytest.raises(ConflictError, match="has done more since"):
        undo(one)


def test_who_set_what_of_a_task_that_the_template_has_no_more_is_answered_in_words(one, repository):
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.TASK_REMOVED].change})
    number = str(one.task("main").task_number)
    one.migrate()
    with (
        one.running.workbench.reading(one.running.people["mara"]) as tx,
        pytest.raises(NotFoundError, match="its template has it no more"),
    ):
        blame.blame(tx, one.bundle_id, number)
