"""A list on the command line is read in a few statements, however long it is."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.factories import make_people
from tests.statements import counted
from tests.web.populated import populate

LISTS = (
    ("task", "list"),
    ("task", "list", "--json"),
    ("task", "approvals"),
    ("qa", "list"),
    ("qa", "list", "--json"),
    ("bundle", "list"),
    ("bundle", "list", "--json"),
)
ROWS = 16


@pytest.fixture
def _populated(workbench: Workbench) -> None:
    populate(workbench, make_people(workbench), ROWS)


@pytest.mark.wide  # every list of a full store
@pytest.mark.usefixtures("_populated")
def test_a_list_takes_fewer_statements_than_it_has_rows(cli):
    asked = {}
    for words in LISTS:
        with counted() as statements:
            answer = cli(*words)
        assert answer.code == 0, answer.err
        assert answer.out.count("\n") > ROWS / 2, "too short to tell"
        asked[" ".join(words)] = len(statements)
    assert max(asked.values()) < ROWS, asked
