"""The notes of a task by the page: none is skipped or comes twice, whatever comes meanwhile (P6, S20)."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.tasks import help as help_requests
from engine.tasks import notes
from engine.tasks.models import NoteKind, Task
from engine.tasks.queries.notes import PER_PAGE, NotePage, dialogue, latest, page
from engine.transaction import Transaction
from tests.factories import make_people, make_task
from tests.statements import counted


def read(tx: Transaction, task_id: str, last: str | None = None) -> NotePage:
    [newest] = tx.find_first_together(latest(task_id))
    return page(tx, task_id, newest, last)


class Talk:
    """A task that people talk about."""

    def __init__(self, workbench: Workbench) -> None:
        self.workbench, self.people = workbench, make_people(workbench)
        self.task = self.make()

    def make(self) -> Task:
        return make_task(self.workbench, actor=self.people["mara"], assignee="ana")

    def say(self, count: int, task: Task | None = None, *, at_once: bool = False) -> list[str]:
        """Leave so many notes; return their ids in order."""
        made = []
        for number in range(count):
            if not at_once:
                self.workbench.clock.advance(seconds=1)
            with self.workbench.transaction(self.people["ana"]) as tx:
                made.append(notes.add(tx, (task or self.task).task_id, f"Remark {number}").task_note_id)
        return made

    def page(self, last: str | None = None) -> NotePage:
        with self.workbench.reading(self.people["ana"]) as tx:
            return read(tx, self.task.task_id, last)

    def shown(self, last: str | None = None) -> list[str]:
        return [note.task_note_id for note in self.page(last).notes]


@pytest.fixture
def talk(either_workbench: Workbench) -> Talk:
    return Talk(either_workbench)


def test_without_notes_there_is_an_empty_page(talk: Talk):
    assert talk.page() == NotePage(notes=[])
    assert talk.page("nte_unknown") == NotePage(notes=[])


@pytest.mark.parametrize("count", [1, PER_PAGE])
def test_a_few_notes_make_one_page_oldest_first(talk: Talk, count: int):
    made = talk.say(count)
    found = talk.page()
    assert [note.task_note_id for note in found.notes] == made
    assert (found.total, found.earlier, found.is_latest, found.later) == (count, None, True, None)


@pytest.mark.parametrize("at_once", [False, True], ids=["one after another", "in the same moment"])
def test_walking_back_shows_every_note_once_though_others_are_written_meanwhile(talk: Talk, at_once: bool):
    made = talk.say(2 * PER_PAGE + 5, at_once=at_once)
    found = talk.page()
    walked = [[note.task_note_id for note in found.notes]]
    for _ in range(2):
        talk.say(3)
        found = talk.page(found.earlier)
        walked.insert(0, [note.task_note_id for note in found.notes])
    assert found.earlier is None
    assert [len(part) for part in walked] == [5, PER_PAGE, PER_PAGE]
    assert [note_id for part in walked for note_id in part] == made


def test_walking_forward_leads_to_the_latest_page_without_a_gap(talk: Talk):
    made = talk.say(3 * PER_PAGE + 1)
    found = talk.page(made[0])
    assert (talk.shown(made[0]), found.earlier, found.is_latest) == (made[:1], None, False)
    assert found.later == made[PER_PAGE]
    second = talk.page(found.later)
    assert [note.task_note_id for note in second.notes] == made[1 : PER_PAGE + 1]
    assert (second.earlier, second.later) == (made[0], made[2 * PER_PAGE])
    third = talk.page(second.later)
    assert [note.task_note_id for note in third.notes] == made[PER_PAGE + 1 : 2 * PER_PAGE + 1]
    assert third.later is None
    assert talk.shown(third.later) == made[2 * PER_PAGE + 1 :]


def test_an_address_of_one_note_shows_the_page_that_holds_it(talk: Talk):
    made = talk.say(PER_PAGE + 4)
    assert talk.shown(made[3]) == made[:4]
    assert talk.shown(made[4]) == made[4:], "what is among the latest is shown there"
    assert talk.page(made[4]).is_latest
    assert talk.page(made[3]).total == PER_PAGE + 4


def test_a_note_of_another_task_leads_nowhere(talk: Talk):
    talk.say(3)
    [foreign] = talk.say(1, talk.make())
    made = talk.say(PER_PAGE)
    assert talk.shown(foreign) == made
    assert talk.page(foreign).total == PER_PAGE + 3
    assert talk.shown("no such note") == made


def test_a_page_takes_no_more_statements_and_no_more_notes_where_there_are_more(talk: Talk):
    made = talk.say(PER_PAGE + 2)
    took = []
    for _ in range(2):
        with talk.workbench.reading(talk.people["ana"]) as tx, counted() as statements:
            read(tx, talk.task.task_id)
        with talk.workbench.reading(talk.people["ana"]) as tx, counted() as more:
            assert len(read(tx, talk.task.task_id, made[0]).notes) == 1
        took.append((len(statements), len(more)))
        talk.say(2 * PER_PAGE)
    assert took == [(2, 5), (2, 5)]


def test_the_dialogue_is_the_last_question_with_its_latest_answers(talk: Talk):
    with talk.workbench.reading(talk.people["ana"]) as tx:
        assert dialogue(tx, talk.task.task_id) == []
    answers = PER_PAGE + 2
    with talk.workbench.transaction(talk.people["mara"]) as tx:
        task = tx.get(Task, talk.task.task_id)
        notes.write_note(tx, task, "An old question", NoteKind.HELP_REQUEST)
        notes.write_note(tx, task, "An old answer", NoteKind.HELP_ANSWER)
    talk.workbench.clock.advance(seconds=1)
    with talk.workbench.transaction(talk.people["ana"]) as tx:
        help_requests.ask(tx, talk.task.task_id, "Which logo?")
    talk.say(PER_PAGE + 1)
    for number in range(answers):
        talk.workbench.clock.advance(seconds=1)
        with talk.workbench.transaction(talk.people["mara"]) as tx:
            help_requests.answer(tx, talk.task.task_id, f"Answer {number}")
    with talk.workbench.reading(talk.people["ana"]) as tx:
        said = [note.body for note in dialogue(tx, talk.task.task_id)]
    assert said == ["Which logo?", *(f"Answer {number}" for number in range(2, answers))]
