"""What the content check passes can be started as it was previewed, and what it refuses cannot (Done when 2).

Random templates, each with a partner's and a campaign's override, all near the rules; the check knows the
reference data, as ``workbench content check`` beside a store does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import describe, instantiate
from engine.bundles.plan import BundlePlan
from engine.bundles.request import NewBundle
from engine.catalog.catalog import Catalog, judged
from engine.catalog.check import people_problems
from engine.catalog.check_overrides import subject_problems
from engine.catalog.content import Content
from engine.catalog.parameters import render
from engine.catalog.problems import Problem
from engine.errors import BadRequestError, ConflictError, WorkbenchError
from tests.factories import PEOPLE, make_people
from tests.random_content import OF_CAMPAIGN, OF_PARTNER, TEMPLATE, Written, parameters, written

#: Who it is started for -> the files that make up their template, the narrowest last.
SUBJECTS: dict[tuple[str | None, str | None], tuple[str, ...]] = {
    (None, None): (TEMPLATE,),
    ("globex", None): (TEMPLATE,),
    ("acme", None): (TEMPLATE, OF_PARTNER),
    (None, "acme_spring"): (TEMPLATE, OF_PARTNER, OF_CAMPAIGN),
}
#: Errors that keep content from being merged, and no bundle from starting: a document that is not there is
#: missed by whoever reads it (engine/DECISIONS.md, "What quarantine covers"), and an employee who is not
#: there where their task is made.
_MAY_START = {"UNKNOWN_DOC", "UNKNOWN_DOC_STEP", "UNKNOWN_EMPLOYEE"}


class _UndoneError(Exception):
    """Takes back what a transaction made."""


@pytest.fixture(scope="module")
def manager(tmp_path_factory, new_store: Path, shipped_repository: Path, shipped_catalog) -> Iterator[Any]:
    """A manager's engine with people, partners and a campaign, whose content is given with each start."""
    with managed(tmp_path_factory.mktemp("agree"), new_store, shipped_repository, shipped_catalog) as made:
        yield made


@contextmanager
def managed(
    folder: Path, new_store: Path, shipped_repository: Path, shipped_catalog: Catalog
) -> Iterator[tuple[Workbench, Actor]]:
    """Open an engine with people, partners and a campaign on a store in ``folder``, and give its manager."""
    from engine.clock import FixedClock
    from engine.config import Settings
    from tests.conftest import NOW

    file = folder / "workbench.db"
    shutil.copy(new_store, file)
    made = Settings(content=str(shipped_repository), database=f"sqlite:///{file}", timezone="Europe/Berlin")
    engine = Workbench(made, clock=FixedClock(NOW), catalog=shipped_catalog)
    yield engine, make_people(engine)["mara"]
    engine.close()


@contextmanager
def loaded(made: Written, folder: Path) -> Iterator[Content]:
    shutil.rmtree(folder / "content", ignore_errors=True)
    made.write(folder)
    yield Catalog(folder).content()


def errors_by_file(content: Content) -> dict[str, list[Problem]]:
    """Return the errors that the check finds, beside a store with the people of ``tests.factories``."""
    partners = {one["key"] for one in PEOPLE["partners"]}
    partner_of = {one["key"]: one["partner"] for one in PEOPLE["campaigns"]}
    roles = {role for one in PEOPLE["employees"] for role in one.get("roles", ())}
    employees = {one["key"] for one in PEOPLE["employees"]}
    known = subject_problems(content, partners, partner_of) + people_problems(content, roles, employees)
    found: dict[str, list[Problem]] = {}
    for problem in judged(content, known):
        if problem.is_error:
            found.setdefault(problem.file.removeprefix("content/"), []).append(problem)
    return found


def stops(problem: Problem) -> bool:
    """Whether nothing can be started with this error; what is dropped and was not there is not there then."""
    is_drop = problem.code == "OVERRIDE_OF_NOTHING" and " drops " in problem.message
    return problem.code not in _MAY_START and not is_drop


def planned(engine: Workbench, actor: Actor, content: Content, new: NewBundle) -> BundlePlan | WorkbenchError:
    with engine.reading(actor) as tx:
        try:
            return instantiate.preview(tx, content, new)
        except WorkbenchError as error:
            return error


def started(
    engine: Workbench, actor: Actor, content: Content, new: NewBundle
) -> dict[str, Any] | WorkbenchError:
    """Start a bundle, return what there is then, and take it all back."""
    found: dict[str, Any] | WorkbenchError
    try:
        with engine.transaction(actor) as tx:
            try:
                found = describe.describe(tx, instantiate.create(tx, content, new))
            except WorkbenchError as error:
                found = error
            raise _UndoneError
    except _UndoneError:
        return found


def is_known_refusal(error: object, content: Content, partner: str | None, campaign: str | None) -> bool:
    """Whether a start is refused for what the check rightly passes."""
    template = content.resolve("post", partner="acme" if campaign else partner, campaign=campaign).template
    if isinstance(error, ConflictError):
        return not template.is_active
    if "characters with these parameters; 500 are allowed" in str(error):
        return True  # how long a title gets, only the values tell (definitions.md section 3)
    asks_partner = any(one.get("field") == "partner" for one in getattr(error, "details", ()))
    return isinstance(error, BadRequestError) and asks_partner and (partner, campaign) == (None, None)


def as_previewed(
    content: Content, plan: BundlePlan, partner: str | None, campaign: str | None
) -> list[dict[str, Any]]:
    """Return what a preview promises of each task, in the form that ``bundle create --json`` prints."""
    resolved = content.resolve("post", partner="acme" if campaign else partner, campaign=campaign)
    return [
        {
            "template_task_ref": task.ref,
            "title": task.title,
            "description": task.description,
            "phase": task.definition.phase,
            "due_date": task.due_date.isoformat() if task.due_date else None,
            "assignee_id": task.assignee_id,
            "assignee_role": task.assignee_role,
            "steps": [
                (step.ref, render(step.title, plan.parameters), step.required)
                for step in task.definition.steps
            ],
            "proof": [(proof.kind, proof.label, proof.required) for proof in task.definition.proof],
            "deliverables": [item.ref for item in resolved.deliverables_of(task.definition) if item.required],
            "depends_on": list(task.depends_on),
        }
        for task in plan.tasks
    ]


def as_started(made: dict[str, Any]) -> list[dict[str, Any]]:
    refs = {task["task_id"]: task["template_task_ref"] for task in made["tasks"]}
    kept = ("template_task_ref", "title", "description", "phase", "due_date", "assignee_id", "assignee_role")
    return [
        {
            **{name: task[name] for name in kept},
            "steps": [(step["ref"], step["title"], step["required"]) for step in task["steps"]],
            "proof": [(proof["kind"], proof["label"], proof["required"]) for proof in task["proof"]],
            "deliverables": [item["ref"] for item in task["deliverables"]],
            "depends_on": [refs[task_id] for task_id in task["depends_on"]],
        }
        for task in made["tasks"]
    ]


def hold(examples: int) -> Any:
    return settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def check_against_start(engine: Workbench, actor: Actor, content: Content, draw: st.DataObject) -> None:
    found = errors_by_file(content)
    for (partner, campaign), files in SUBJECTS.items():
        wrong = [problem for path in files for problem in found.get(path, ())]
        schema = content.templates["post"].parameters if "post" in content.templates else None
        if not wrong:
            key = "acme" if campaign else partner
            schema = content.resolve("post", partner=key, campaign=campaign).template.parameters
        new = NewBundle(
            template="post",
            anchor_date=draw.draw(
                st.sampled_from([date(2026, 12, 18), date(2026, 11, 22), date(2028, 2, 29)])
            ),
            partner=partner,
            campaign=campaign,
            parameters=draw.draw(parameters(schema)),
        )
        plan, made = planned(engine, actor, content, new), started(engine, actor, content, new)
        if isinstance(plan, WorkbenchError) or isinstance(made, WorkbenchError):
            assert (type(plan), str(plan)) == (type(made), str(made))
            if not wrong:
                assert is_known_refusal(made, content, partner, campaign), (made, new)
                event("passed, and refused for whom it is or as a draft")
        else:
            # What a wider file breaks, a narrower one may mend.
            narrowest = next(path for path in reversed(files) if f"content/{path}" in content.files)
            assert [problem for problem in found.get(narrowest, ()) if stops(problem)] == []
            assert as_started(made) == as_previewed(content, plan, partner, campaign)
            event("passed and started" if not wrong else "refused, and started by the exceptions")
        if wrong:
            event(f"refused: {wrong[0].code}")


@pytest.mark.wide
@hold(100)
@given(made=written(), draw=st.data())
def test_what_the_check_passes_starts_as_previewed_and_what_it_refuses_does_not(
    manager, tmp_path, made, draw
):
    with loaded(made, tmp_path) as content:
        check_against_start(*manager, content, draw)


@pytest.mark.long
@hold(1000)
@given(made=written(), draw=st.data())
def test_the_same_for_many_more(manager, tmp_path, made, draw):
    with loaded(made, tmp_path) as content:
        check_against_start(*manager, content, draw)
