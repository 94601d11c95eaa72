"""SC1: a representative workflow instantiates cleanly."""

from __future__ import annotations

import re
from datetime import date, timedelta

from tests.content.expected_workflows import PODCAST_EPISODE
from tests.factories import make_bundle, make_people
from tests.stories.conftest import by_ref

ANCHOR = date(2026, 11, 27)
ID = r"{}_[0-9A-HJKMNP-TV-Z]{{26}}"


def test_a_podcast_episode_instantiates_with_everything_its_template_says(team, ask):
    """Given phases, links, source docs, offsets, proof and doc context; when it is anchored on a date."""
    template = ask("content", "show", "podcast_episode")["template"]
    assert all(template[name] for name in ("phases", "links", "source_doc_ids"))
    definitions = {task["ref"]: task for task in template["tasks"]}
    episode = ask(
        "bundle", "create", "podcast_episode", "--anchor-date", str(ANCHOR), "--campaign", "acme_spring"
    )

    assert re.fullmatch(ID.format("bnd"), episode["bundle_id"])
    assert [(link["name"], link["state"], link["url"]) for link in episode["links"]] == [
        (name, "empty", None) for name in PODCAST_EPISODE.links
    ]
    warned = episode.pop("warnings")  # what its preview says of dates, at the start alone
    assert {"due in the past"} <= {text for entry in warned for text in entry["warnings"]}
    assert ask("bundle", "show", episode["bundle_id"]) == episode, "ids are stable"
    ids = [task["task_id"] for task in episode["tasks"]]
    assert len(set(ids)) == len(PODCAST_EPISODE.tasks) == 42
    assert all(re.fullmatch(ID.format("tsk"), one) for one in ids)

    tasks = by_ref(episode)
    for expected in PODCAST_EPISODE.tasks:
        task, definition = tasks[expected.ref], definitions[expected.ref]
        assert (task["due_date"], task["phase"], task["bundle_id"], task["status"]) == (
            str(ANCHOR + timedelta(days=expected.offset_days)),
            expected.phase,
            episode["bundle_id"],
            "pending",
        )
        assert [(one["kind"], one["label"], one["required"], one["given_at"]) for one in task["proof"]] == [
            (one["kind"], one["label"], one["required"], None) for one in definition["proof"]
        ]
        for name in ("instruction_doc_id", "instruction_step_id", "systems", "validation"):
            assert task[name] == definition[name], f"{expected.ref}.{name}"
        assert set(task["tags"]) == {*template["tags"], *definition["tags"]}
        assert (task["assignee_role"], task["assignee_id"]) == (expected.role, None)


def test_the_campaigns_person_for_a_role_gets_its_tasks(workbench, ask):
    ana = make_people(workbench)["ana"].employee_id
    article = make_bundle(workbench, "blog_post", campaign="acme_spring", parameters={"topic": "tents"})
    found = by_ref(ask("bundle", "show", article.bundle_id))
    assert found["draft"]["assignee_id"] == ana
    assert found["brief"]["assignee_id"] is None
