"""Starts a bundle, works a task of it to its completion, and follows what happens.

Written by somebody who had ``/api/docs`` and nothing else: it imports nothing of Workbench, and knows no
content of it beforehand. WORKBENCH is the address, TOKEN the secret.
"""

import os
import sys
import uuid

import requests

ADDRESS = os.environ["WORKBENCH"]
api = requests.Session()
api.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"


def get(path, **query):
    answer = api.get(f"{ADDRESS}/api{path}", params=query, timeout=60)
    answer.raise_for_status()
    return answer.json()


def post(path, **fields):
    """Send a change; once, however often it takes."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answer = api.post(f"{ADDRESS}/api{path}", json=fields, headers=key, timeout=60)
    if not answer.ok:
        sys.exit(f"{path}: {answer.json()['error']}")
    return answer.json()


def all_of(name, path, **query):
    """Yield the items of a list, page by page."""
    while True:
        page = get(path, **query)
        yield from page[name]
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def startable():
    """Yield the keys of templates that ask for nothing."""
    for listed in all_of("templates", "/templates"):
        template = get(f"/templates/{listed['key']}")["template"]
        if listed["is_active"] and not (template["parameters"] or {}).get("required"):
            yield listed["key"]


def can_be_done(task):
    """Say whether a task is one that a program with nothing but words and addresses can do."""
    given = {proof["kind"] for proof in task["proof"] if proof["required"]}
    return (
        not task["is_blocked"]
        and not task["assigned_to_bot"]
        and bool(given)
        and given <= {"url", "comment"}
        and not task["deliverables"]
        and not task["needs_links"]
    )


cursor = get("/events")["next"]
me = get("/users/me")
for key in startable():
    bundle = post("/bundles", template=key, anchor_date="2027-03-01")
    task = next(filter(can_be_done, all_of("tasks", f"/bundles/{bundle['bundle_id']}/tasks")), None)
    if task is not None:
        break
    post(f"/bundles/{bundle['bundle_id']}/cancel", reason="Nothing in it for a program.")
else:
    sys.exit("There is no template with a task for a program.")
print("bundle", bundle["bundle_id"])

path = f"/tasks/{task['task_id']}"
post(f"{path}/assign", assignee=me["employee_id"])
post(f"{path}/start")
for step in task["steps"]:
    post(f"{path}/step", ref=step["ref"])
for proof in task["proof"]:
    value = "https://example.com/proof" if proof["kind"] == "url" else "It is done."
    post(f"{path}/proof", label=proof["label"], value=value)
done = post(f"{path}/complete")
print("task", done["task_id"], done["status"])

told = []
while not any(one["task_id"] == task["task_id"] and "completed_at" in one["fields"] for one in told):
    page = get("/events", after=cursor, wait=25)
    told += page["events"]
    cursor = page["next"]
print("events", len(told), sorted({one["kind"] for one in told}))
