"""Every block of a document says what it is, and each that is not run has a reason."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.documents import documents, fences
from tests.swept import swept

TAGS = {"sh", "console", "text", "yaml", "toml", "ini", "nginx", "sql", "json", "python", "markdown", "diff"}
#: Blocks that are tagged ``console``, by document and first command: why no test types them.
CANNOT_BE_RUN = {
    ("README.md", "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt workbench-*.whl"): (
        "the same steps are run out of web/RUNBOOK.md by `make wheel-test`"
    ),
    ("README.md", "make run"): "these are the tests; the demo is served by tests/install",
    ("tests/MUTANTS.md", "make mutants"): "an hour on two cores",
    ("web/RUNBOOK.md", "workbench serve --demo"): (
        "telling the demo's story takes ten seconds; tests/install and tests/web/demo serve it"
    ),
    ("web/RUNBOOK.md", "systemctl enable --now workbench"): "it takes root and systemd",
    ("CONTRIBUTING.md", "make setup"): "a package index is asked, and these are the tests",
    (
        "CONTRIBUTING.md",
        ".venv/bin/python -m benchmarks.pages --tasks 10000 --keep var/bench --page board,task",
    ): "measuring takes minutes",
}


def first_command(text: str) -> str:
    """Give the first line without what it says after ``#``."""
    return text.partition("\n")[0].partition("  #")[0].rstrip()


@swept("document", documents())
def test_every_block_says_what_it_is(document: str):
    for fence in fences(document):
        assert fence.tag in TAGS, f"{fence}: a block is one of {sorted(TAGS)}, not {fence.tag!r}"


@swept("document", documents())
def test_no_block_is_made_by_indentation(document: str):
    """It could not say what it is."""
    text = re.sub(r"^( *)```.*?^ *```$", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.M | re.S)
    for before, line in re.findall(r"^(.*)\n\n    (\S.*)$", text, flags=re.M):
        assert re.match(r" *([-*]|\d+\.) ", before), f"{document}: fence this block and tag it:\n    {line}"


def test_each_block_that_no_test_types_has_a_reason():
    found = {
        (document, first_command(fence.text))
        for document in documents()
        for fence in fences(document)
        if fence.tag == "console"
    }
    assert found - CANNOT_BE_RUN.keys() == set(), "tag it `sh`, or give a reason in CANNOT_BE_RUN"
    assert CANNOT_BE_RUN.keys() - found == set(), "no document has these any more"
