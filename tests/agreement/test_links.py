"""Every relative link of the documents leads to a file, and to a heading where it names one (N8, N9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.catalog.yaml_reader import read_yaml
from tests.swept import swept

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "engine/DECISIONS.md",
    "engine/MODEL.md",
    "engine/OPEN_QUESTIONS.md",
    "web/RUNBOOK.md",
    "exports/FORMAT.md",
    "content/README.md",
    ".github/SECURITY.md",
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def links() -> Iterator[tuple[str, str]]:
    """Yield each document with each of its links that does not lead outside."""
    for document in DOCUMENTS:
        for target in _LINK.findall((ROOT / document).read_text(encoding="utf-8")):
            if "://" not in target:
                yield document, target


def anchor(heading: str) -> str:
    """Give the fragment of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@swept("document, target", sorted(set(links())))
def test_a_link_leads_to_a_file_and_a_heading_that_exist(document: str, target: str):
    path, _, fragment = target.partition("#")
    file = (ROOT / document).parent / path if path else ROOT / document
    assert file.exists(), f"{document} links to {target}, which is not there"
    if fragment:
        headings = {anchor(item) for item in _HEADING.findall(file.read_text(encoding="utf-8"))}
        assert fragment in headings, f"{document} links to {target}; {path or document} has no such heading"


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda form: form.name
)
def test_an_issue_form_asks_for_what_its_reader_needs(form: Path):
    """A form that the Git host cannot read is not offered, and nobody is told."""
    read = read_yaml(form.read_bytes(), form.name).data
    assert isinstance(read, dict)
    assert {"name", "description", "body"} <= read.keys()
    asked = [field for field in read["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len(asked) >= 3
    assert all(field["attributes"]["label"] for field in asked)
    assert asked[0]["validations"]["required"] is True


#: Documents for people who have neither the specification nor the findings of reviews at hand.
FOR_PEOPLE = (
    "README.md",
    "CONTRIBUTING.md",
    "content/README.md",
    "web/RUNBOOK.md",
    "exports/FORMAT.md",
    ".github/SECURITY.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "web" / "guides").glob("*.md"))),
)


@swept("document", FOR_PEOPLE)
def test_a_document_for_people_cites_no_id_that_they_cannot_look_up(document: str):
    """Requirements and findings stand in documents that are not in the repository (N9)."""
    text = (ROOT / document).read_text(encoding="utf-8")
    assert re.findall(r"\b[A-Z]{2,4}-\d{2}\b|\([A-Z]\d{1,2}(?:, [A-Z]\d{1,2})*\)", text) == []
