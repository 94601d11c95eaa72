"""The verdicts on one running bundle: what is other in its template, held against where its tasks stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from engine.catalog import due
from engine.catalog.models import DueRule, TaskDefinition
from engine.catalog.parameters import evaluate_when, with_defaults
from engine.errors import BadRequestError
from engine.migration.compared import Compared, Side
from engine.migration.facts import BundleFacts, TaskFacts
from engine.migration.matrix import Judged, Kind, State, Verdict, judge, worst

#: What ``on_change`` calls them.
_DUE_DATE, _WHEN = "due_date", "when"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one difference means for a bundle, or for a task of it."""

    #: The ref of the task in the newer template, or of one that is no more; None for the bundle itself.
    ref: str | None
    #: Where the task stands, or for a task to be added the furthest one after it.
    state: State
    kind: Kind
    #: Which part of it; empty for the whole task.
    what: str
    #: What ``on_change`` calls it; None for a task as a whole.
    name: str | None
    verdict: Verdict
    #: Completes "..., because".
    why: str

    def as_json(self) -> dict[str, Any]:
        """Return it as reports in JSON have it."""
        return {
            "ref": self.ref,
            "state": self.state.value,
            "kind": self.kind.value,
            "what": self.what,
            "verdict": self.verdict.value,
            "why": self.why,
        }


def worst_of(findings: Sequence[Finding]) -> Verdict:
    """Return the verdict on a bundle: the worst of its tasks' verdicts."""
    return worst(found.verdict for found in findings)


class Judge:
    """Judges bundles that pinned the same revision for the same overrides."""

    def __init__(self, compared: Compared, zone: str) -> None:
        """Hold what is other, and the zone of the workspace, in which days end."""
        self._compared, self._zone = compared, zone
        self._by_task: dict[tuple[str, State, frozenset[str], bool], tuple[Finding, ...]] = {}
        self._new_ref = {earlier: ref for ref, earlier in compared.was.items()}

    def findings(self, bundle: BundleFacts) -> list[Finding]:
        """Return what the newer template means for a bundle, in the order of its tasks.

        Where nothing of it is other, the list is empty.
        """
        conditions = {found.ref: (found, goes) for found, goes in self._conditions(bundle)}
        found = [*self._of_bundle(bundle)]
        days = _Days(self._compared, bundle, self._new_ref, self._zone)
        for task in bundle.tasks:
            told = conditions.get(self._new_ref.get(task.ref))
            found += [told[0]] if told else []
            if told is None or not told[1]:
                found += [*self._alike(task), *self._dated(days, task)]
        here = {self._new_ref.get(ref) for ref in bundle.by_ref}
        found += [one for ref, (one, _) in conditions.items() if ref not in here]
        return [*found, *self._added(bundle)]

    # -- what is the same for every bundle whose task stands so ----------------------------

    def _alike(self, task: TaskFacts) -> tuple[Finding, ...]:
        key = (task.ref, task.state, task.by_hand, task.collected > 0)
        if key not in self._by_task:
            ref = self._new_ref.get(task.ref, task.ref)
            self._by_task[key] = tuple(
                _found(
                    ref,
                    task.state,
                    one.kind,
                    one.what,
                    judge(
                        one.kind,
                        task.state,
                        policy=one.policy,
                        by_hand=one.name in task.by_hand,
                        collected=task.collected,
                    ),
                    name=one.name,
                )
                for one in self._compared.of_tasks.get(task.ref, ())
            )
        return self._by_task[key]

    def _of_bundle(self, bundle: BundleFacts) -> Iterator[Finding]:
        """Yield what concerns no task: it is judged as what nobody has begun."""
        for one in self._compared.of_bundle:
            judged = judge(one.kind, State.NOT_STARTED, policy=one.policy)
            why = "the bundle runs" if judged.verdict is Verdict.SAFE else judged.why
            yield _found(
                None, State.NOT_STARTED, one.kind, one.what, Judged(judged.verdict, why), name=one.name
            )
        for name, differences in self._compared.of_links.items():
            filling = [task.ref for task in self._compared.after.template.tasks if task.fills_link == name]
            state = self._furthest(bundle, filling)
            for one in differences:
                judged = judge(one.kind, state, policy=one.policy)
                yield _found(None, state, one.kind, one.what, judged, name=one.name)

    # -- what each bundle is asked for -----------------------------------------------------

    def _added(self, bundle: BundleFacts) -> Iterator[Finding]:
        """Yield the tasks of the newer template alone that such a bundle would have."""
        after = self._compared.after
        for ref in self._compared.added:
            definition = self._compared.new[ref]
            untold = _untold(bundle, definition)
            if untold:
                yield _found(ref, self._after(bundle, ref), Kind.TASK_ADDED, "", _not_told(untold))
            elif evaluate_when(after.template.parameters, definition.when, bundle.parameters):
                yield self._made(bundle, ref, None)

    def _made(self, bundle: BundleFacts, ref: str, policy: Any) -> Finding:
        state = self._after(bundle, ref)
        return _found(ref, state, Kind.TASK_ADDED, "", judge(Kind.TASK_ADDED, state, policy=policy))

    def _conditions(self, bundle: BundleFacts) -> Iterator[tuple[Finding, bool]]:
        """Yield the tasks whose ``when`` holds otherwise for such a bundle, and whether they go by it."""
        before, after = self._compared.before, self._compared.after
        for ref in self._compared.conditional:
            old, new = self._compared.old[self._compared.was[ref]], self._compared.new[ref]
            task = bundle.by_ref.get(old.ref)
            state = task.state if task else self._after(bundle, ref)
            untold = _untold(bundle, new) | _untold(bundle, old)
            if untold:
                if task is None or state.is_open:
                    kind = Kind.CONDITION if task else Kind.TASK_ADDED
                    yield _found(ref, state, kind, _WHEN, _not_told(untold)), False
                continue
            held = evaluate_when(before.template.parameters, old.when, bundle.parameters)
            holds = evaluate_when(after.template.parameters, new.when, bundle.parameters)
            policy = self._compared.policy(ref, _WHEN)
            if held and not holds and task is not None:
                judged = judge(Kind.CONDITION, state, policy=policy, collected=task.collected)
                yield _found(ref, state, Kind.CONDITION, _WHEN, judged), True
            elif holds and not held and task is None:
                yield self._made(bundle, ref, policy), False

    def _dated(self, days: _Days, task: TaskFacts) -> Iterator[Finding]:
        """Yield that a task's due day would be another."""
        ref = self._new_ref.get(task.ref)
        if ref is None or ref not in self._compared.dated:
            return
        old, new = self._compared.old[task.ref].due_rule, self._compared.new[ref].due_rule
        if not task.state.is_open:
            if old != new:
                yield _found(
                    ref, task.state, Kind.DUE, _DUE_DATE, judge(Kind.DUE, task.state), name=_DUE_DATE
                )
            return
        if untold := _untold_days(days.bundle, old, new):
            yield _found(ref, task.state, Kind.DUE, _DUE_DATE, _not_told(untold), name=_DUE_DATE)
            return
        try:
            was, now = days.before(old), days.after(new)
        except BadRequestError as error:
            yield _found(
                ref, task.state, Kind.DUE, _DUE_DATE, Judged(Verdict.DECISION, error.message), name=_DUE_DATE
            )
            return
        if was == now and not (now == due.NEVER and old != new):
            return
        judged = judge(
            Kind.DUE,
            task.state,
            policy=self._compared.policy(ref, _DUE_DATE),
            by_hand=_DUE_DATE in task.by_hand,
        )
        yield _found(ref, task.state, Kind.DUE, _DUE_DATE, judged, name=_DUE_DATE)

    # -- which task tells how far it is -----------------------------------------------------

    def _after(self, bundle: BundleFacts, ref: str) -> State:
        """Return where the furthest task stands that comes after a task, in the newer template."""
        return self._furthest(bundle, self._successors(ref))

    def _furthest(self, bundle: BundleFacts, refs: Sequence[str]) -> State:
        was = self._compared.was
        stand = [bundle.by_ref[was[ref]].state for ref in refs if was.get(ref) in bundle.by_ref]
        return max(stand, key=list(State).index, default=State.NOT_STARTED)

    def _successors(self, ref: str) -> list[str]:
        """Return the tasks that wait for one in the newer template, also by way of others that are new."""
        found, asked = [], [ref]
        while asked:
            one = asked.pop()
            for other in self._compared.after.template.tasks:
                if one in other.depends_on and other.ref not in found:
                    found.append(other.ref)
                    asked += [other.ref] if other.ref in self._compared.added else []
        return found


class _Days:
    """The due days that rules give in one bundle, by its pinned template and by the newer one."""

    def __init__(
        self, compared: Compared, bundle: BundleFacts, new_ref: Mapping[str, str], zone: str
    ) -> None:
        self.bundle, self._sides, self._new_ref, self._zone = bundle, compared, new_ref, zone

    def before(self, rule: DueRule | None) -> due.Due:
        """Return the day by the pinned template. Raises BadRequestError where it cannot exist."""
        return self._day(self._sides.before, rule, self.bundle.by_ref, self.bundle.done)

    def after(self, rule: DueRule | None) -> due.Due:
        """Return the day by the newer template. Raises as ``before``."""
        return self._day(self._sides.after, rule, *self._renamed)

    @cached_property
    def _renamed(self) -> tuple[Collection[str], Mapping[str, datetime]]:
        """The tasks that are made, and when they were done, by the refs of the newer template."""
        made = {self._new_ref.get(ref, ref) for ref in self.bundle.by_ref}
        return made, {self._new_ref.get(ref, ref): moment for ref, moment in self.bundle.done.items()}

    def _day(
        self, side: Side, rule: DueRule | None, made: Collection[str], done: Mapping[str, datetime]
    ) -> due.Due:
        return due.due_date(
            due.kept_rule(rule, made),
            anchor=self.bundle.anchor_date,
            bundle_start=self.bundle.started_at,
            parameters=with_defaults(side.template.parameters, self.bundle.parameters),
            completed=done,
            calendar=side.calendar,
            zone=self._zone,
        )


def _found(
    ref: str | None, state: State, kind: Kind, what: str, judged: Judged, *, name: str | None = None
) -> Finding:
    return Finding(
        ref=ref, state=state, kind=kind, what=what, name=name, verdict=judged.verdict, why=judged.why
    )


def _not_told(names: frozenset[str]) -> Judged:
    which = ", ".join(sorted(names))
    return Judged(Verdict.DECISION, f"it depends on {which}, which the index does not tell")


def _untold(bundle: BundleFacts, definition: TaskDefinition) -> frozenset[str]:
    """Return the parameters that a ``when`` asks for and an index does not tell."""
    return bundle.withheld & named_by(definition.when) if bundle.withheld and definition.when else frozenset()


def _untold_days(bundle: BundleFacts, *rules: DueRule | None) -> frozenset[str]:
    return bundle.withheld & {rule.parameter for rule in rules if rule and rule.parameter}


def named_by(condition: Any) -> frozenset[str]:
    """Return the parameters that a ``when`` names, at any depth."""
    if isinstance(condition, list):
        return frozenset().union(*map(named_by, condition))
    if not isinstance(condition, dict):
        return frozenset()
    own = {*condition.get("properties", ()), *condition.get("required", ())}
    return frozenset(own).union(*map(named_by, condition.values()))
