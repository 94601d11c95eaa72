"""An address is supporting material of a task, beside its files (R26, ART-02)."""

from __future__ import annotations

import pytest

from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole
from engine.audit.models import Action
from engine.errors import BadRequestError, ConflictError, NotFoundError
from engine.tasks import files
from engine.tasks.models import TaskStatus
from tests.engine.conftest import Bench

URL = "https://acme.example/banner?size=2"


def _add(bench: Bench, task_id: str, who: str = "ana", label: str = "Banner", url: str = URL) -> Artifact:
    with bench.writing(who) as tx:
        return files.add_link(tx, task_id, label=label, url=url)


def test_an_address_is_kept_as_it_is_and_tied_to_its_task(bench: Bench):
    task_id = bench.make(assignee="ana")
    made = _add(bench, task_id, url=f" {URL} ")
    assert (made.url, made.type, made.role, made.sha256, made.file_name) == (
        URL,
        "link",
        ArtifactRole.SUPPORT,
        None,
        None,
    )
    with bench.reading() as tx:
        assert tx.find_one(ArtifactLink, task_id=task_id, artifact_id=made.artifact_id) is not None
    event = bench.events(task_id)[-1]
    assert (event.action, event.after["url"]) == (Action.ARTIFACT_ADDED, URL)


def test_another_address_of_the_same_label_is_the_next_version(bench: Bench):
    task_id = bench.make(assignee="ana")
    first = _add(bench, task_id)
    second = _add(bench, task_id, url="https://acme.example/banner-2")
    assert (second.version_number, second.previous_artifact_id) == (2, first.artifact_id)


@pytest.mark.parametrize(
    "url", ["", "banner", "javascript:alert(1)", "mailto:ana@example.com", "ftp://a.example/x"]
)
def test_what_is_no_address_of_the_web_is_refused_at_the_field(bench: Bench, url: str):
    task_id = bench.make(assignee="ana")
    state = bench.state()
    with pytest.raises(BadRequestError) as refused:
        _add(bench, task_id, url=url)
    assert [detail["field"] for detail in refused.value.details] == ["url"]
    assert bench.state() == state


def test_only_who_works_the_task_adds_to_it_and_only_until_it_is_over(bench: Bench):
    task_id = bench.make(assignee="ana")
    with pytest.raises(NotFoundError):
        _add(bench, task_id, who="ben")
    bench.change(task_id, status=TaskStatus.COMPLETED)
    with pytest.raises(ConflictError, match="until it is over"):
        _add(bench, task_id)
