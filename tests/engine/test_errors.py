"""The error tree: codes, details, and that every message can be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import errors
from engine.errors import CompletionRefusedError, InvalidTransitionError, Violation, WorkbenchError, code_of


def tree(base: type[WorkbenchError]) -> list[type[WorkbenchError]]:
    return [base, *(one for child in base.__subclasses__() for one in tree(child))]


def in_module() -> list[type[WorkbenchError]]:
    return [one for one in tree(WorkbenchError) if one.__module__ == errors.__name__]


def test_the_module_docstring_draws_every_class_under_its_parent():
    drawn = (errors.__doc__ or "").splitlines()
    depth = {}
    for line in drawn:
        name = next((word for word in line.split() if word.endswith("Error")), None)
        if name:
            depth[name] = line.index(name)
    for one in in_module():
        assert one.__name__ in depth, f"draw {one.__name__}"
        if one is not WorkbenchError:
            assert depth[one.__name__] == depth[one.__mro__[1].__name__] + 4


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("WorkbenchError", "WORKBENCH"),
        ("BadRequestError", "BAD_REQUEST"),
        ("InvalidTransitionError", "INVALID_TRANSITION"),
        ("IdempotencyKeyReusedError", "IDEMPOTENCY_KEY_REUSED"),
        ("TemplateNotFoundError", "TEMPLATE_NOT_FOUND"),
    ],
)
def test_the_code_is_the_class_name_in_capitals(name: str, code: str):
    assert code_of(getattr(errors, name)) == code


def test_no_two_errors_share_a_code():
    codes = [code_of(one) for one in in_module()]
    assert len(set(codes)) == len(codes)


def test_details_are_copies():
    given = {"code": "X", "message": "y"}
    error = errors.BadRequestError("no", details=[given])
    error.details[0]["code"] = "Z"
    assert given["code"] == "X"


def test_a_refused_move_says_where_one_may_go():
    error = InvalidTransitionError("Task #1", "pending", "completed", ["queued", "in_progress"])
    assert "pending to completed" in str(error)
    assert error.details[0]["allowed"] == ["queued", "in_progress"]
    assert "final" in str(InvalidTransitionError("Task #1", "completed", "pending", []))


def test_a_refusal_with_one_reason_carries_its_code_and_with_several_a_common_one():
    proof = Violation(
        code="MISSING_PROOF", message="Add it.", area="proof", subject="Link", extra={"kind": "url"}
    )
    step = Violation(code="OPEN_STEP", message="Tick it.", area="steps", subject="one")
    one, both = CompletionRefusedError("Task #1", [proof]), CompletionRefusedError("Task #1", [proof, step])
    assert (one.code, both.code) == ("MISSING_PROOF", "COMPLETION_REFUSED")
    assert "Add it. Tick it." in str(both)
    assert one.details == [
        {"code": "MISSING_PROOF", "message": "Add it.", "area": "proof", "subject": "Link", "kind": "url"}
    ]


def test_the_refusal_of_fields_is_written_once():
    """One helper says which field is wrong (H13)."""
    root = Path(errors.__file__).parent.parent
    for room in ("engine", "exports", "web"):
        files = list((root / room).rglob("*.py"))
        assert files
        for file in files:
            assert '"code": "BAD_REQUEST"' not in file.read_text(encoding="utf-8"), file
