"""The peer of bundles: SpiffWorkflow with a process of as many parallel tasks, kept in memory only."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True)
class Peer:
    """A parsed process, ready to be started; parsing is not part of what is measured."""

    spec: Any
    serializer: Any

    def build(self) -> str:
        """Start the process, bring it to its open tasks, serialise it."""
        workflow = BpmnWorkflow(self.spec)
        workflow.do_engine_steps()
        text: str = self.serializer.serialize_json(workflow)
        return text

    def complete_one(self, text: str) -> str:
        """Load the process, complete one of its open tasks, serialise it again."""
        workflow = self.serializer.deserialize_json(text)
        workflow.get_next_task(state=TaskState.READY, manual=True).run()
        workflow.do_engine_steps()
        result: str = self.serializer.serialize_json(workflow)
        return result

    def open_tasks(self, text: str) -> int:
        """Return how many tasks wait for somebody."""
        workflow = self.serializer.deserialize_json(text)
        return len(workflow.get_tasks(state=TaskState.READY, manual=True))


def name() -> str:
    """Return the peer's name and version."""
    return f"SpiffWorkflow {version('SpiffWorkflow')}"


def peer(tasks: int) -> Peer:
    """Return a process of ``tasks`` parallel user tasks between a fork and a join."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(_bpmn(tasks).encode())), filename="parallel.bpmn")
    return Peer(parser.get_spec("parallel"), BpmnWorkflowSerializer())


def _bpmn(tasks: int) -> str:
    flows = ['<sequenceFlow id="first" sourceRef="start" targetRef="fork"/>']
    nodes = []
    for number in range(tasks):
        flows.append(f'<sequenceFlow id="to{number}" sourceRef="fork" targetRef="task{number}"/>')
        flows.append(f'<sequenceFlow id="from{number}" sourceRef="task{number}" targetRef="join"/>')
        nodes.append(f'<userTask id="task{number}" name="Task {number}"/>')
    flows.append('<sequenceFlow id="last" sourceRef="join" targetRef="end"/>')
    return (
        f'<definitions xmlns="{_MODEL}" targetNamespace="workbench">'
        '<process id="parallel" isExecutable="true">'
        '<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="end"/>'
        f"{''.join(nodes)}{''.join(flows)}</process></definitions>"
    )
