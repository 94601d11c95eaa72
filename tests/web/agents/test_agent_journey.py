"""A client that saw nothing but the tools' descriptions starts a bundle, and works its task to the end."""

from __future__ import annotations

from typing import Any

from mcp.types import Tool

from tests.factories import do
from tests.web.agents.conftest import Agent, Board

PAGE = "https://acme.example/tents"


class Reader:
    """Chooses tools by what their descriptions say, and fills in what their schemas ask for."""

    def __init__(self, agent: Agent, tools: list[Tool]) -> None:
        self.agent, self.tools = agent, tools

    async def use(self, words: str, **given: Any) -> dict[str, Any]:
        """Use the one tool whose description has these words, with the arguments that it takes."""
        (tool,) = [one for one in self.tools if words in (one.description or "")]
        assert set(tool.input_schema["required"]) <= set(given) <= set(tool.input_schema["properties"])
        return await self.agent.do(tool.name, **given)


def test_a_client_that_only_saw_the_tools_starts_a_bundle_and_works_its_task_to_completion(
    told: Board, agent_process
):
    async def works(one: Agent) -> None:
        assert "Begin with my_work" in (one.client.instructions or "")
        reader = Reader(one, (await one.client.list_tools()).tools)
        cursor = (await reader.use("Read what happened since a cursor"))["next"]

        templates = (await reader.use("List: The templates that are live"))["templates"]
        (key,) = [found["key"] for found in templates if found["name"] == "Indexing check"]
        template = (await reader.use("Read a template", key=key))["template"]
        assert set(template["parameters"]["properties"]) == {"page_url"}
        start = {"anchor_date": "2026-12-04", "parameters": {"page_url": PAGE}}
        (planned,) = (await reader.use("what starting a template would make", key=key, **start))["tasks"]
        assert (planned["ref"], planned["due_date"]) == ("check", "2026-12-04")

        bundle = await reader.use("Start a template", template=key, **start)
        ((task_id, due),) = [(made["task_id"], made["due_date"]) for made in bundle["tasks"]]
        assert due == planned["due_date"]
        await reader.use("Take a task", task_id=task_id)
        assert task_id in [found["task_id"] for found in (await reader.use("List your own open"))["tasks"]]

        task = await reader.use("Read a task before", task_id=task_id)
        assert task["guidance"]["instruction"]["text"].startswith("Open the property that holds the page")
        assert {missing["area"] for missing in task["guidance"]["in_the_way"]} == {"steps"}
        assert task["guidance"]["can_do"][0] == "start"
        await reader.use("Begin to work", task_id=task_id)

        refused = await one.refusal_of("task_complete", task_id=task_id)
        assert (refused["code"], refused["details"][0]["area"]) == ("COMPLETION_REFUSED", "steps")
        for step in task["steps"]:
            if step["required"]:
                await reader.use("Tick a step", task_id=task_id, ref=step["ref"])
        picture = {"file_name": "inspection.txt", "text": "URL is on Google"}
        kept = await reader.use("Add a file", task_id=task_id, label="Inspection", type="note", file=picture)
        await reader.use("Add a deliverable", task_id=task_id, ref="inspection", type="picture")
        handed = {"ref": "inspection", "artifact_id": kept["files"][0]["artifact_id"]}
        given = await reader.use("Hand over a deliverable that nobody", task_id=task_id, **handed)
        assert [(one["ref"], bool(one["artifact_id"])) for one in given["deliverables"]] == [
            ("inspection", True)
        ]
        await reader.use(
            "Leave a dated remark", task_id=task_id, body="URL is on Google, read on 1 December."
        )
        assert (await reader.use("Read a task before", task_id=task_id))["guidance"]["in_the_way"] == []
        done = await reader.use("Complete a task", task_id=task_id, revision=None)
        assert done["status"] == "completed"

        happened = await events_since(reader, cursor)
        doers = [one["by"] for one in happened if one["task_id"] == task_id]
        assert {one["kind"] for one in doers} == {"agent"}
        assert {one["name"].partition(" (token")[0] for one in doers} == {"Index checker"}
        kinds = {one["kind"] for one in happened}
        assert kinds >= {"bundle_created", "step_completed", "task_assigned", "task_status_changed"}
        history = (await reader.use("All that happened", task_id=task_id))["history"]
        assert {entry["actor_kind"] for entry in history} == {"agent"}
        assert {entry["actor_name"].partition(" (token")[0] for entry in history} == {"Index checker"}

    agent_process(told.token("work"), works)


async def events_since(reader: Reader, cursor: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = await reader.use("Read what happened since a cursor", after=cursor)
        if not answer["events"]:
            return found
        found += answer["events"]
        cursor = answer["next"]


def test_what_was_done_by_mistake_is_undone_by_its_name(told: Board, agent):
    async def happens(one: Agent) -> None:
        task_id = await a_task(one)
        await one.do("task_start", task_id=task_id)
        waiting = await one.do("task_wait", task_id=task_id, waiting_for="Google")
        undone = await one.do("act_undo", act_id=waiting["done"]["act_id"])
        assert undone["message"] == undone["done"]["message"]
        assert (await one.do("read_task", task_id=task_id))["status"] == "in_progress"

    agent(told.token("work"), happens)


def test_who_cannot_go_on_asks_a_person_and_reads_the_answer_among_the_notes(told: Board, agent):
    async def happens(one: Agent) -> None:
        task_id = await a_task(one)
        await one.do("task_help", task_id=task_id, question="Which property is it?")
        mara = told.workbench.actor_by_email("mara@example.com")
        do(told.workbench, mara, "task answer", task_id=task_id, body="The one with www.")
        notes = (await one.do("task_notes", task_id=task_id))["notes"]
        assert [note["body"] for note in notes][-1] == "The one with www."
        assert (await one.do("task_resume", task_id=task_id))["status"] == "in_progress"

    agent(told.token("work"), happens)


async def a_task(one: Agent, **parameters: str) -> str:
    """Start a bundle of one task, and claim that."""
    made = await one.do(
        "bundle_create", template="indexing_check", anchor_date="2026-12-04", parameters=parameters
    )
    task_id: str = made["tasks"][0]["task_id"]
    await one.do("task_claim", task_id=task_id)
    return task_id
