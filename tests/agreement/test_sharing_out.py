"""The tests of a file stay with one worker, and so do those of a folder that shares what is dear."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.sharing_out import TOGETHER, pytest_xdist_make_scheduler, unit_of


@pytest.mark.parametrize("folder", TOGETHER)
def test_a_folder_that_stays_together_has_tests(folder: str):
    assert list((ROOT / folder).glob("test_*.py"))


def test_a_test_goes_with_its_file_or_with_its_folder():
    assert unit_of("tests/store/test_rows.py::test_a_row[a::b]") == "tests/store/test_rows.py"
    assert {unit_of(f"tests/browser/test_{name}.py::test_it") for name in ("keys", "undo")} == {
        "tests/browser"
    }


def test_whoever_runs_several_workers_gets_it(pytestconfig: pytest.Config):
    hooks = pytestconfig.hook.pytest_xdist_make_scheduler.get_hookimpls()
    assert pytest_xdist_make_scheduler in [hook.function for hook in hooks]
