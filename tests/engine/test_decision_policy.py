"""Who may decide what: the policy against a table of its own, and that it is the only one (APR-16)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from itertools import combinations, product
from pathlib import Path

import pytest

from engine.access import (
    Actor,
    ActorKind,
    ApprovalSource,
    Outcome,
    Refusal,
    Role,
    WorkRelation,
    why_not_decide,
)

ROOT = Path(__file__).resolve().parents[2]
CODE = [file for layer in ("engine", "exports", "web") for file in sorted((ROOT / layer).rglob("*.py"))]

NOBODY, ONE, TWO = [()], [(role,) for role in Role], list(combinations(Role, 2))
ROLES = [frozenset(roles) for roles in (*NOBODY, *ONE, *TWO)]
#: definitions.md section 4: the row "decide internal approvals", and "portal approvals only".
DECIDES_INSIDE = {"admin", "manager"}
DECIDES_FOR_THE_PARTNER = {"partner"}
#: What a decision stores about itself (APR-10).
VERDICT = {"approver_id", "decided_at", "approved_at", "content_hash", "feedback"}


def expected(
    roles: frozenset[Role], source: ApprovalSource, relation: WorkRelation, *, own_work_allowed: bool
) -> Refusal | None:
    """Read the cell of the table, written down without a look at the policy."""
    names = {str(role) for role in roles}
    if "agent" in names:  # an automated colleague never approves (decision 12)
        return Refusal.ROLE
    if source == "internal" and names.isdisjoint(DECIDES_INSIDE):
        return Refusal.ROLE
    if source == "portal" and names.isdisjoint(DECIDES_FOR_THE_PARTNER):
        return Refusal.ROLE
    if source == "portal" and not relation.is_own_partner:
        return Refusal.PARTNER
    return Refusal.OWN_WORK if relation.is_own_work and not own_work_allowed else None


@pytest.mark.parametrize("roles", ROLES, ids=lambda roles: "+".join(sorted(roles)) or "no role")
def test_every_role_and_pair_of_roles_decides_exactly_what_the_table_says(roles: frozenset[Role]):
    actor = Actor(user_id="usr_1", workspace_id="wsp_1", name="Ana", roles=roles)
    cells = 0
    for source, outcome, own_work, own_partner, allowed in product(
        ApprovalSource, Outcome, (False, True), (False, True), (False, True)
    ):
        relation = WorkRelation(is_own_work=own_work, is_own_partner=own_partner)
        found = why_not_decide(actor, source, outcome, relation, own_work_allowed=allowed)
        assert found == expected(roles, source, relation, own_work_allowed=allowed), (source, outcome)
        cells += 1
    assert cells == 2 * 3 * 2 * 2 * 2


def test_no_outcome_is_freer_than_another():
    actor = Actor(user_id="usr_1", workspace_id="wsp_1", name="Mara", roles=frozenset({Role.MANAGER}))
    own = WorkRelation(is_own_work=True, is_own_partner=False)
    verdicts = {why_not_decide(actor, ApprovalSource.INTERNAL, outcome, own) for outcome in Outcome}
    assert verdicts == {Refusal.OWN_WORK}
    assert len(Outcome) == 3
    with pytest.raises(ValueError, match="is not a valid Outcome"):
        why_not_decide(actor, ApprovalSource.INTERNAL, "noted", own)


def test_the_system_itself_decides_nothing():
    """A timeout escalates; whatever runs by itself never approves (decision 12)."""
    system = Actor(
        user_id="", workspace_id="wsp_1", name="W", roles=frozenset({Role.ADMIN}), kind=ActorKind.SYSTEM
    )
    strange = WorkRelation(is_own_work=False, is_own_partner=False)
    for source, outcome in product(ApprovalSource, Outcome):
        assert why_not_decide(system, source, outcome, strange, own_work_allowed=True) is Refusal.ROLE


def test_separation_of_duties_holds_unless_the_setting_says_otherwise():
    own = WorkRelation(is_own_work=True, is_own_partner=True)
    roles = frozenset(Role) - {Role.AGENT}
    everything = Actor(user_id="usr_1", workspace_id="wsp_1", name="Olga", roles=roles)
    for source, outcome in product(ApprovalSource, Outcome):
        assert why_not_decide(everything, source, outcome, own) is Refusal.OWN_WORK


def test_no_code_outside_access_compares_roles():
    """Roles are named elsewhere only by what gives them, never to find out who may.

    Those are the accounts, groups of an OpenID provider, and scenarios, which say what their actors are.
    """
    giving = {"accounts", "openid", "scenarios"}
    elsewhere = [file for file in CODE if file.name != "access.py" and file.parent.name not in giving]
    found = [place for file in elsewhere for place in _role_comparisons(file)]
    assert found == []


def test_only_a_decision_writes_what_a_decision_is():
    """``decisions.decide`` alone sets who decided, when, on what, and the status that says how."""
    writers = {
        f"{file.relative_to(ROOT).as_posix()}:{function}"
        for file in CODE
        for function in _functions_that_write_a_verdict(file)
    }
    assert writers == {"engine/deliverables/decisions.py:decide"}


def test_only_decisions_and_the_entitlement_ask_the_policy():
    """Whoever judges passes ``accounts.judging``, and that passes the one policy."""
    askers = {
        file.relative_to(ROOT).as_posix()
        for file in CODE
        if file.name != "access.py" and "why_not_decide" in _names(file)
    }
    assert askers == {"engine/accounts/judging.py"}
    guarded = {file.relative_to(ROOT).as_posix() for file in CODE if "refuse_unless_entitled" in _names(file)}
    assert guarded == {
        "engine/deliverables/decisions.py",
        "engine/tasks/files.py",
        "engine/tasks/human_review.py",
    }


def test_every_edge_decides_by_the_one_way_of_the_engine():
    """Pages and options lead to the one command; the demo alone, which looks nothing up, goes past it."""
    callers = {
        file.relative_to(ROOT).as_posix() for file in CODE if "decisions" in _attribute_owners(file, "decide")
    }
    assert callers - {"web/demo/judging.py"} == {"engine/deliverables/commands.py"}


def _role_comparisons(file: Path) -> Iterator[str]:
    """Yield where a role, or the roles of somebody, are compared or intersected."""
    for node in _nodes(file):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.Sub):
            parts = [node.left, node.right]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_test = node.func.attr in ("issubset", "issuperset", "isdisjoint", "intersection")
            parts = [node.func.value, *node.args] if is_test else []
        if any(_is_actor_s_roles(part) or _is_a_role(part) for part in parts):
            yield f"{file.relative_to(ROOT).as_posix()}:{node.lineno}"


def _is_actor_s_roles(part: ast.expr) -> bool:
    owner = part.value if isinstance(part, ast.Attribute) and part.attr == "roles" else None
    name = getattr(owner, "id", getattr(owner, "attr", None))
    return name in ("actor", "current_actor")


def _is_a_role(part: ast.expr) -> bool:
    inner = [*part.elts] if isinstance(part, ast.Set | ast.Tuple | ast.List) else [part]
    return any(
        isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name) and item.value.id == "Role"
        for item in inner
    )


def _functions_that_write_a_verdict(file: Path) -> Iterator[str]:
    """Yield functions that set a field of an approval which only a decision sets."""
    for function in _nodes(file):
        if not isinstance(function, ast.FunctionDef):
            continue
        targets = [
            target
            for node in ast.walk(function)
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
            for target in _targets(node)
        ]
        of_approvals = {
            target.attr for target in targets if _owner(target) in ("approval", "decided", "item")
        }
        anywhere = {target.attr for target in targets} & {"decided_at", "approver_id"}
        if anywhere or of_approvals & (VERDICT | {"status"}) or _makes_a_decided_approval(function):
            yield function.name


def _targets(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> Iterator[ast.Attribute]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        for part in target.elts if isinstance(target, ast.Tuple) else [target]:
            if isinstance(part, ast.Attribute):
                yield part


def _owner(target: ast.Attribute) -> str | None:
    return target.value.id if isinstance(target.value, ast.Name) else None


def _makes_a_decided_approval(function: ast.FunctionDef) -> bool:
    """Whether an ``Approval`` is made, or copied, with a verdict in it."""
    made = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Approval"
    ]
    given = {keyword.arg for node in made for keyword in node.keywords}
    return bool(given & (VERDICT | {"status"}))


@cache
def _names(file: Path) -> set[str]:
    """Return every name that a file uses."""
    return {
        getattr(node, "id", getattr(node, "attr", ""))
        for node in _nodes(file)
        if isinstance(node, ast.Name | ast.Attribute)
    } | {alias.name for node in _nodes(file) if isinstance(node, ast.ImportFrom) for alias in node.names}


def _attribute_owners(file: Path, name: str) -> set[str]:
    """Return on what names a file calls the method or function ``name``."""
    return {
        node.func.value.id
        for node in _nodes(file)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and isinstance(node.func.value, ast.Name)
    }


@cache
def _nodes(file: Path) -> list[ast.AST]:
    """Return all nodes of a file; walking there costs as much as parsing."""
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
