# ruff: noqa: E501 - the changes are read row by row
"""Two templates, and a pull request of ten changes to them: what the report on running bundles is told of."""

from __future__ import annotations

import textwrap
from pathlib import Path

from engine.catalog.layout import editor_line, kind_of
from tests.conftest import commit_all, git

BASE = {
    "task_types/work.yaml": "key: work\nname: Work\n",
    "task_types/piece.yaml": """
        key: piece
        name: Piece
        deliverables: [{ref: text, type: text}]
    """,
    "task_templates/article.yaml": """
        key: article
        name: Article
        task_type: work
        links: [{name: Page}]
        parameters:
          type: object
          required: [topic]
          properties:
            topic: {type: string, title: Topic}
            sponsored: {type: boolean, title: Sponsored, default: false}
        tasks:
          - {ref: brief, title: "Brief: {{ topic }}", offset_days: -10, steps: [{ref: outline, title: Outline}]}
          - ref: draft
            title: "Write: {{ topic }}"
            task_type: piece
            offset_days: -5
            depends_on: [brief]
            approval: {required: true}
            steps: [{ref: write, title: Write it}]
          - {ref: check, title: Check, offset_days: -3, depends_on: [draft], proof: [{kind: comment, label: Verdict}]}
          - ref: publish
            title: "Publish: {{ topic }}"
            offset_days: 0
            depends_on: [check]
            assignee: {role: writer}
            proof: [{kind: url, label: Page}]
            fills_link: Page
          - ref: thank
            title: Thank the sponsor
            offset_days: 2
            depends_on: [publish]
            when: {properties: {sponsored: {const: true}}}
    """,
    "task_templates/audit.yaml": """
        key: audit
        name: Audit
        task_type: work
        tasks:
          - {ref: look, title: Look, offset_days: 0}
          - {ref: tell, title: Tell, offset_days: 1, depends_on: [look]}
    """,
    "task_templates/plain.yaml": """
        key: plain
        name: Plain
        task_type: work
        tasks: [{ref: do, title: Do it, offset_days: 0}]
    """,
    "task_templates/partners/acme/article.yaml": """
        overrides: article
        partner: acme
        reason: Acme briefs us early.
        tasks: [{ref: brief, offset_days: -14}]
    """,
}

#: File -> old and new text, a pair for each change.
PULL_REQUEST = {
    "task_templates/article.yaml": [
        ("offset_days: -10", "offset_days: -12"),
        ("steps: [{ref: write, title: Write it}]", "steps: [{ref: write, title: Write it}, {ref: sources, title: Name them}]"),
        ('title: "Write: {{ topic }}"', 'title: "Write about {{ topic }}"'),
        ("label: Verdict}]", "label: Verdict}, {kind: url, label: Checked copy}]"),
        ("    depends_on: [check]\n    assignee: {role: writer}", "    depends_on: [check, legal]\n    assignee: {role: editor}"),
        ("{const: true}", "{const: false}"),
        ("  - ref: publish\n", "  - {ref: legal, title: Have it read by the lawyers, offset_days: -2, depends_on: [check]}\n  - ref: publish\n"),
    ],
    "task_templates/audit.yaml": [
        ("  - {ref: tell, title: Tell, offset_days: 1, depends_on: [look]}\n", ""),
        ("title: Look, offset_days: 0", "title: Look, offset_days: 0, priority: high"),
    ],
}  # fmt: skip


def write(folder: Path, files: dict[str, str]) -> None:
    """Write content files below a folder."""
    for name, text in files.items():
        path = f"content/{name}"
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{editor_line(path, kind_of(path).kind)}\n{textwrap.dedent(text).lstrip()}")


def make(folder: Path, files: dict[str, str] = BASE) -> Path:
    """Make a repository with these files, on the branch ``main``."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    write(folder, files)
    commit_all(folder, "The templates")
    return folder


def change(folder: Path, changes: dict[str, list[tuple[str, str]]], branch: str = "change") -> str:
    """Commit changes on a branch of their own; return the commit."""
    git(folder, "checkout", "-q", "-b", branch)
    for name, pairs in changes.items():
        file = folder / "content" / name
        text = file.read_text()
        for old, new in pairs:
            assert text.count(old) == 1, (old, text)
            text = text.replace(old, new)
        file.write_text(text)
    commit = commit_all(folder, "Ten changes")
    git(folder, "checkout", "-q", "main")
    return commit
