"""One small template with everything that a bundle can have, in a Git repository of its own."""

from __future__ import annotations

import shutil
import textwrap
from datetime import date
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import instantiate
from engine.bundles.request import NewBundle
from engine.catalog.catalog import Catalog
from engine.catalog.layout import editor_line, kind_of
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks import lifecycle, proof
from engine.tasks.models import Task
from tests.conftest import NOW, commit_all, git
from tests.factories import USERS, make_people

FILES = {
    "task_types/work.yaml": """
        key: work
        name: Work
        category: content
        config_schema:
          type: object
          properties: {words: {type: integer}, tone: {type: string}}
        tools: [{tool: pagespeed}, {tool: surfer, params: {depth: 1}}]
        approval: {required: false, reason: type}
    """,
    "task_types/report.yaml": """
        key: report
        name: Report
        category: reporting
        executor: report_generation
        deliverables: [{ref: report, type: report_document}]
    """,
    "task_types/untyped.yaml": "key: untyped\nname: Untyped\n",
    "calendars/office.yaml": """
        key: office
        name: Office
        timezone: Europe/Berlin
        cut_off: "17:00"
        holidays: [{date: "2026-12-25", name: Christmas Day}, {date: "2026-12-31", name: Year's end}]
    """,
    "process_docs/content.launch.md": """
        ---
        id: content.launch
        title: How we launch
        ---

        ## Draft {#draft}

        Write it.
    """,
    "task_templates/launch.yaml": """
        key: launch
        name: Launch
        icon: "🚀"
        tags: [launch]
        task_type: work
        calendar: office
        default_assignee: {role: writer}
        source_doc_ids: [content.launch]
        references: [{name: Brief, url: "https://example.com/{{ topic }}"}]
        links: [{name: Page}, {name: Post}, {name: Archive, required: false}]
        phases:
          - {key: making, name: Making, stage: making}
          - {key: showing, name: Showing, stage: public}
        parameters:
          type: object
          required: [topic]
          properties:
            topic: {type: string, title: Topic, maxLength: 600}
            sponsored: {type: boolean, title: Sponsored, default: false}
            event_day: {type: string, format: date, title: Day of the event}
        config: {words: 900, tone: warm}
        tools: [{tool: surfer, params: {depth: 2}}]
        rules: {voice: Friendly., length: Short.}
        tasks:
          - ref: draft
            title: "Write: {{ topic }}"
            description: About {{ topic }}.
            phase: making
            offset_days: -7
            priority: high
            urgency: soon
            planned_minutes: 90
            tags: [writing]
            systems: [cms]
            instruction_doc_id: content.launch
            instruction_step_id: draft
            validation: {evidence: It reads well.}
            config: {words: 1200}
            tools: [{tool: frase}]
            rules: {length: null, facts: Checked.}
            ordered_steps: true
            steps:
              - {ref: outline, title: "Outline {{ topic }}"}
              - {ref: write, title: Write it, required: false}
            deliverables:
              - ref: text
                step_ref: write
                type: blog_post_draft
                description: The text on {{ topic }}.
                visible_in_portal: true
                meta_schema: {word_count: integer}
                gold_standard: {example_url: "https://example.com/good", notes: Sources named.}
              - {ref: pictures, type: pictures, required: false}
            proof: [{kind: comment, label: What was hard, required: false}]
            waiting: {for: the partner, follow_up_days: 3}
            expected_artifacts: [{type: file, label: Notes}]
            stage_on_complete: making
          - ref: sponsor
            title: Ask the sponsor
            phase: making
            offset_days: -5
            depends_on: [draft]
            when: {properties: {sponsored: {const: true}}}
            skip: {reasons: [no sponsor this time]}
          - ref: publish
            title: "Publish: {{ topic }}"
            phase: showing
            offset_days: 0
            milestone: true
            depends_on: [draft, sponsor]
            assignee: {employee: ben}
            proof:
              - {kind: url, label: Page}
              - {kind: url, label: Preview, required: false}
            fills_link: Page
            stage_on_complete: public
            skip:
              comment_required: false
              reasons:
                - {text: not planned, waives: {links: [Page]}}
                - {text: called off, waives: {links: all}}
                - moved to next month
          - ref: announce
            title: Announce
            phase: showing
            due: {offset: 2, unit: business_days, from: "task_completed:publish"}
            assignee: {role: producer}
            needs_links: [Page]
            fills_link: Post
            proof: [{kind: url, label: The post}]
          - ref: thank
            title: Thank the sponsor
            phase: showing
            due: {offset: 3, from: "task_completed:sponsor"}
          - ref: remind
            title: Remind
            phase: showing
            due: {offset: -36, unit: hours, from: "parameter:event_day"}
          - ref: figures
            title: Figures
            task_type: report
            due: {offset: 1, unit: business_days, from: bundle_start}
            execution: {mode: automatic, max_retries: 1, requires_human_review: true, config: {title: KPIs}}
    """,
    "task_templates/plain.yaml": """
        key: plain
        name: Plain
        task_type: work
        links: [{name: Page}]
        tasks:
          - {ref: first, title: First, offset_days: 0, proof: [{kind: url, label: One}], fills_link: Page}
          - {ref: second, title: Second, offset_days: 1, proof: [{kind: url, label: Two}], fills_link: Page}
    """,
    "task_templates/idea.yaml": """
        key: idea
        name: Idea
        status: draft
        task_type: work
        tasks: [{ref: think, title: Think, offset_days: 0}]
    """,
    "task_templates/old.yaml": """
        key: old
        name: Old
        status: retired
        task_type: work
        tasks: [{ref: think, title: Think, offset_days: 0}]
    """,
    "task_templates/nobody.yaml": """
        key: nobody
        name: Nobody
        task_type: work
        tasks:
          - {ref: one, title: One, offset_days: 0}
          - {ref: two, title: Two, offset_days: 0, assignee: {employee: zoe}}
    """,
    "task_templates/untyped_work.yaml": """
        key: untyped_work
        name: Untyped work
        task_type: untyped
        tags: [untyped]
        tasks: [{ref: work, title: Do it, offset_days: 0, tags: [untyped]}]
    """,
    "task_templates/partners/acme/untyped_work.yaml": """
        overrides: untyped_work
        partner: acme
        reason: Acme wants to hear from us.
        tasks: [{ref: work, priority: high}]
    """,
    "task_templates/partners/acme/launch.yaml": """
        overrides: launch
        partner: acme
        reason: Acme wants pictures.
        tasks:
          - ref: draft
            deliverables: [{ref: pictures, required: true}]
    """,
}


def write_content(folder: Path) -> Path:
    """Write the files above below ``folder`` and commit them."""
    for name, text in FILES.items():
        path = f"content/{name}"
        place = kind_of(path)
        body = textwrap.dedent(text).lstrip("\n")
        first = "" if place.kind == "process_doc" else f"{editor_line(path, place.kind)}\n"
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(first + body)
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder)
    return folder


@pytest.fixture(scope="session")
def small_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_content(tmp_path_factory.mktemp("small"))


@pytest.fixture
def either_workbench(
    store_url: str,
    small_repository: Path,
    loaded_catalog: Catalog,
    tmp_path: Path,
    clock: FixedClock,
):
    """An engine on SQLite, then on PostgreSQL, over the small content."""
    settings = Settings(content=str(small_repository), database=store_url, blobs=str(tmp_path / "blobs"))
    engine = Workbench(settings, clock=clock, catalog=loaded_catalog)
    yield engine
    engine.close()


@pytest.fixture
def settings(small_repository: Path, tmp_path: Path) -> Settings:
    return Settings(
        content=str(small_repository),
        database=f"sqlite:///{tmp_path}/var/workbench.db",
        timezone="Europe/Berlin",
    )


@pytest.fixture(scope="session")
def populated_store(small_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the people of ``tests.factories``, made once and copied for each test."""
    store = tmp_path_factory.mktemp("populated") / "workbench.db"
    settings = Settings(
        content=str(small_repository), database=f"sqlite:///{store}", timezone="Europe/Berlin"
    )
    engine = Workbench(settings, clock=FixedClock(NOW))
    make_people(engine)
    engine.close()
    return store


@pytest.fixture(scope="session")
def loaded_catalog(small_repository: Path) -> Catalog:
    """The small content, read once for all tests."""
    return Catalog(small_repository)


@pytest.fixture
def workbench(settings: Settings, populated_store: Path, loaded_catalog: Catalog, clock: FixedClock):
    """An engine on a store of its own, in which people are."""
    settings.data_folder.mkdir(parents=True)
    shutil.copy(populated_store, settings.data_folder / "workbench.db")
    engine = Workbench(settings, clock=clock, catalog=loaded_catalog)
    yield engine
    engine.close()


@pytest.fixture
def people(workbench: Workbench):
    """An actor per name."""
    return {name: workbench.actor_by_email(f"{name}@example.com") for name in [*USERS, "pat"]}


@pytest.fixture
def start(workbench: Workbench, people):
    """Start ``launch`` (or another template) and return the bundle."""

    def make(key: str = "launch", *, actor=None, anchor_date=date(2026, 12, 28), **fields):
        content = workbench.content()
        if key == "launch":
            fields["parameters"] = {"topic": "rockets", **fields.get("parameters", {})}
        with workbench.transaction(actor or people["mara"]) as tx:
            return instantiate.create(tx, content, NewBundle(template=key, anchor_date=anchor_date, **fields))

    return make


class Work:
    """Does things to the tasks of one bundle, each in a transaction of its own."""

    def __init__(self, workbench, actor, bundle_id):
        self.workbench, self.actor, self.bundle_id = workbench, actor, bundle_id

    def find(self, record_type, **where):
        with self.workbench.reading(self.actor) as tx:
            return tx.find(record_type, **where)

    def tasks(self):
        found = self.find(Task, bundle_id=self.bundle_id)
        return {task.template_task_ref: task for task in sorted(found, key=lambda task: task.position)}

    def task(self, ref):
        return self.tasks()[ref]

    def prove(self, ref, label, value):
        with self.workbench.transaction(self.actor) as tx:
            proof.give(tx, self.task(ref).task_id, label, value)

    def complete(self, ref):
        with self.workbench.transaction(self.actor) as tx:
            return lifecycle.complete(tx, self.task(ref).task_id)

    def skip(self, ref, reason, comment="because"):
        with self.workbench.transaction(self.actor) as tx:
            return lifecycle.skip(tx, self.task(ref).task_id, reason, comment)

    def do(self, function, *arguments, actor=None, **named):
        with self.workbench.transaction(actor or self.actor) as tx:
            return function(tx, self.bundle_id, *arguments, **named)


@pytest.fixture
def work(workbench: Workbench, people):
    """Return ``Work`` on a bundle, as the manager."""

    def on(bundle, actor=None):
        return Work(workbench, actor or people["mara"], bundle.bundle_id)

    return on
