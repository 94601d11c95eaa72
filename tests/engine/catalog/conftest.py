"""Small Git repositories with content, built per test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from engine.catalog.layout import editor_line, kind_of

DOC = "---\nid: {id}\ntitle: {title}\n---\n\n{body}\n"


class ContentRepo:
    """A folder with ``content/`` in it; ``commit`` makes it a Git repository."""

    def __init__(self, top: Path, below: str = "") -> None:
        self.top = top
        self.folder = top / below if below else top
        (self.folder / "content").mkdir(parents=True)

    def git(self, *arguments: str, author: str = "Ana <ana@example.com>") -> str:
        name, _, email = author.rstrip(">").partition(" <")
        command = ["git", "-c", f"user.name={name}", "-c", f"user.email={email}", "-c", "gc.auto=0"]
        done = subprocess.run(
            [*command, *arguments], cwd=self.top, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str = "change", author: str = "Ana <ana@example.com>") -> str:
        if not (self.top / ".git").exists():
            self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, author=author)
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file below ``content/`` exactly as given."""
        file = self.folder / "content" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def put(self, path: str, text: str | dict) -> Path:
        """Write a YAML file below ``content/`` with its editor line."""
        place = kind_of(f"content/{path}")
        body = text if isinstance(text, str) else yaml.safe_dump(text, sort_keys=False, allow_unicode=True)
        return self.write(path, f"{editor_line(f'content/{path}', place.kind)}\n{body}")

    def doc(
        self, path: str, title: str = "How it is done", body: str = "## First {#first}\n\nDo it."
    ) -> Path:
        return self.write(
            f"process_docs/{path}.md", DOC.format(id=path.rpartition("/")[2], title=title, body=body)
        )


@pytest.fixture
def empty_repo(tmp_path: Path) -> ContentRepo:
    return ContentRepo(tmp_path / "repo")


@pytest.fixture
def repo(empty_repo: ContentRepo) -> ContentRepo:
    """One type, one template, one doc, one calendar; not committed yet."""
    fill(empty_repo)
    return empty_repo


def fill(repo: ContentRepo) -> None:
    repo.put("task_types/article.yaml", ARTICLE)
    repo.put("task_templates/blog_post.yaml", BLOG_POST)
    repo.put("calendars/office.yaml", OFFICE)
    repo.doc("content/content.blog-post", body="## Draft {#draft}\n\nWrite.\n\n## Publish {#10}\n\nPush.")


ARTICLE = """\
key: article
name: Article
category: content
config_schema: {type: object, properties: {word_target: {type: integer}, surfer: {type: boolean}}}
tools: [{tool: search_console}]
deliverables: [{ref: summary, type: text, required: false}]
approval: {required: true, source: internal}
secrets: {token: [api.example.com]}
"""

BLOG_POST = """\
key: blog_post
name: Blog post
task_type: article
calendar: office
source_doc_ids: [content.blog-post]
default_assignee: {role: writer}
links: [{name: Published article}, {name: Draft, required: false}]
phases: [{key: writing, name: Writing, stage: preparation}, {key: publication, name: Publication}]
parameters:
  type: object
  required: [topic]
  properties:
    topic: {type: string, title: Topic, maxLength: 200}
    sponsored: {type: boolean, default: false}
config: {surfer: true, word_target: 900}
tools: [{tool: pagespeed, auto_fetch: true, params: {strategy: mobile}}]
rules: {tone: Follow the guidelines., length: Short.}
tasks:
  - ref: draft
    title: "Write: {{ topic }}"
    phase: writing
    offset_days: -7
    instruction_doc_id: content.blog-post
    instruction_step_id: draft
    steps:
      - {ref: outline, title: Outline}
      - {ref: write, title: Write the draft}
    deliverables:
      - ref: article_draft
        step_ref: write
        type: blog_post_draft
        visible_in_portal: true
        meta_schema: {word_count: integer}
      - {ref: indexing_proof, type: indexing_proof, required: false}
  - ref: publish
    title: "Publish: {{ topic }}"
    phase: publication
    due: {offset: 0, unit: business_days}
    depends_on: [draft]
    when: {properties: {sponsored: {const: false}}}
    proof: [{kind: url, label: Published article}]
    fills_link: Published article
    deliverables: [{ref: page, type: page, visible_in_portal: true}]
    config: {surfer: null}
    rules: {length: Long.}
"""

OFFICE = """\
key: office
name: Office
timezone: Europe/Berlin
cut_off: "17:00"
holidays: [{date: "2026-12-25", name: Christmas}]
"""
