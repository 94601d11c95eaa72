"""What a pull request means for bundles that run: thirty and more, held against a table made by hand (D1)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from engine.bundles import service
from engine.migration import index, report
from engine.migration.impact import impact
from engine.migration.matrix import Verdict
from engine.tasks.models import TaskStatus
from tests.engine.migration import articles

_S = TaskStatus
#: A letter for each status.
_LETTERS = {
    "p": _S.PENDING, "q": _S.QUEUED, "e": _S.DEFERRED, "b": _S.BLOCKED, "f": _S.FAILED, "i": _S.IN_PROGRESS,
    "h": _S.HELP_NEEDED, "w": _S.WAITING, "a": _S.PENDING_APPROVAL, "c": _S.COMPLETED, "s": _S.SKIPPED,
    "x": _S.CANCELLED,
}  # fmt: skip
_VERDICTS = {"U": Verdict.UNAFFECTED, "S": Verdict.SAFE, "D": Verdict.DECISION, "B": Verdict.BLOCKED}
_ARTICLE = ("brief", "draft", "check", "publish", "legal", "thank")


@dataclass(frozen=True)
class Row:
    """One bundle: where its tasks stand, and what the report must say of it."""

    #: A letter for each task that it was started with.
    stand: str
    #: The verdict on the bundle, then a letter for each task; ``-`` where the report says nothing of it.
    expected: str
    template: str = "article"
    sponsored: bool = False
    partner: str | None = None
    #: What a person changed: ref -> field, value.
    by_hand: dict[str, tuple[str, object]] = field(default_factory=dict)
    noted: str | None = None


#: brief is due two days earlier (not for acme); draft has a step more and another title; check needs another
#: proof; publish goes to the editor and waits for legal, which is new; thank is for those without a sponsor.
TABLE = [
    Row("pppp", "S SSSSSS"),
    Row("qppp", "S SSSSSS"),
    Row("eppp", "S SSSSSS"),
    Row("bppp", "S SSSSSS"),
    Row("fppp", "S SSSSSS"),
    Row("ippp", "D DSSSSS"),
    Row("hppp", "D DSSSSS"),
    Row("wppp", "D DSSSSS"),
    Row("cppp", "S USSSSS"),
    Row("cipp", "D UDSSSS"),
    Row("cwpp", "D UDSSSS"),
    Row("capp", "B UBSSSS"),
    Row("ccpp", "S UUSSSS"),
    Row("ccip", "D UUDSSS"),
    Row("ccap", "B UUBSSS"),
    Row("cccp", "S UUUSSS"),
    Row("ccci", "D UUUDDS"),
    Row("cccw", "D UUUDDS"),
    Row("ccca", "D UUUDDS"),
    Row("cccc", "D UUUUDS"),
    Row("csxp", "S UUUSSS"),
    Row("spps", "D USSUDS"),
    Row("pppp", "D DSSSSS", by_hand={"brief": ("due_date", "2027-02-01")}),
    Row("pppp", "D SDSSSS", by_hand={"draft": ("title", "Write about tents for two")}),
    Row("pppp", "S SSSSSS", by_hand={"check": ("title", "Check it twice")}),
    Row("pppp", "D SSSDSS", by_hand={"publish": ("assignee", "ben")}),
    Row("ippp", "S -SSSSS", partner="acme"),
    Row("capp", "B -BSSSS", partner="acme"),
    Row("ippp", "D DSSSSS", partner="globex"),
    Row("ppppp", "S SSSSSS", sponsored=True),
    Row("ppppp", "D SSSSSD", sponsored=True, noted="thank"),
    Row("cccci", "D UUUUDD", sponsored=True),
    Row("ccccc", "D UUUUDU", sponsored=True),
    Row("pp", "S SS", "audit"),
    Row("ci", "D UD", "audit"),
    Row("ic", "S SU", "audit"),
    Row("ca", "B UB", "audit"),
]


def _start(running, row: Row) -> str:
    given = {"parameters": {"sponsored": True}} if row.sponsored else {}
    bundle_id = running.start(row.template, **given, **({"partner": row.partner} if row.partner else {}))
    for ref, (name, value) in row.by_hand.items():
        if name == "assignee":
            running.assign(bundle_id, ref, value)
        else:
            running.by_hand(bundle_id, ref, **{name: value})
    if row.noted:
        running.note(bundle_id, row.noted)
    for ref, letter in zip(running.tasks(bundle_id), row.stand, strict=True):
        running.stand(bundle_id, ref, _LETTERS[letter])
    return bundle_id


def _said(bundle) -> str:
    """Return what a report says of a bundle, as the table writes it."""
    refs = _ARTICLE if bundle.template == "article" else ("look", "tell")
    letters = {verdict: letter for letter, verdict in _VERDICTS.items()}
    told = dict.fromkeys(refs, "-")
    for found in bundle.findings:
        known = told[found.ref]
        told[found.ref] = max(known, letters[found.verdict], key="-USDB".index)
    return f"{letters[bundle.verdict]} {''.join(told.values())}"


@pytest.fixture
def thirty(running, repository):
    """The bundles of the table by their ids, one that nothing touches, and one that is over."""
    articles.change(repository, articles.PULL_REQUEST)
    rows = {_start(running, row): row for row in TABLE}
    running.start("plain")
    over = running.start()
    with running.workbench.transaction(running.people["mara"]) as tx:
        service.cancel(tx, over, "Not this year")
    return rows


def test_the_report_on_thirty_bundles_and_ten_changes_is_the_table_made_by_hand(running, thirty):
    found = running.impact()
    assert {one.bundle_id: _said(one) for one in found.bundles} == {
        bundle_id: row.expected for bundle_id, row in thirty.items()
    }
    assert sum(map(len, articles.PULL_REQUEST.values())) + 1 == 10  # publish changes twice
    assert len(thirty) >= 30


@pytest.mark.wide
def test_the_report_from_the_index_is_the_report_from_the_store(running, thirty):
    with running.workbench.reading(running.people["mara"]) as tx:
        data = json.loads(json.dumps(index.write(tx)))
    base, head = running.content("main"), running.content("change")
    read = impact(base, head, index.IndexedWork(data, (base, head)))
    assert read.as_json() == running.impact().as_json()
    assert report.as_markdown(read) == report.as_markdown(running.impact())
    assert len(read.bundles) == len(thirty)


@pytest.mark.wide
def test_the_index_says_nothing_that_a_person_wrote_and_nobody_s_name(running, thirty):
    running.start(title="The tents of Wanda", partner="globex", parameters={"topic": "Secret yurts"})
    with running.workbench.reading(running.people["mara"]) as tx:
        text = json.dumps(index.write(tx))
    for word in (
        "Wanda",
        "yurts",
        "tents for two",
        "globex",
        "Globex",
        "acme",
        "Acme",
        "They called",
        "mara",
        "emp_",
    ):
        assert word not in text, word


@pytest.mark.wide
def test_without_a_change_no_bundle_is_in_the_report(running, thirty):
    found = running.impact("main", "main")
    assert found.bundles == []
    assert report.as_text(found) == "No running bundle is touched."


@pytest.mark.wide
def test_the_report_in_words_tells_what_needs_somebody_and_counts_the_rest(running, thirty):
    text = report.as_text(running.impact())
    assert text.splitlines()[0] == (
        "37 running bundles of templates that change: 14 safe, 19 need a decision, 4 blocked."
    )
    assert "article: 12 safe, 18 need a decision, 3 blocked" in text
    alike = [one for one, row in thirty.items() if row.stand in ("ippp", "hppp") and row.partner != "acme"]
    assert f"  {', '.join(alike)} need a decision\n" in text
    assert (
        "    brief, active: due changed (due_date) needs a decision, because somebody works on it\n" in text
    )
    assert "    legal: task added needs a decision, because what comes after it is over\n" in text
    assert "(as overridden for partner acme) is blocked\n    draft, pending approval: made required" in text
    safe = {one for one, row in thirty.items() if row.expected.startswith("S")}
    assert len(safe) == 14
    assert {one for one in safe if one in text} == set()


def test_markdown_shows_the_words_of_people_as_they_are(running, repository):
    label = {
        "task_templates/plain.yaml": [
            ("title: Do it,", "title: Do it, proof: [{kind: url, label: '<b>*@ana*'}],")
        ]
    }
    articles.change(repository, label)
    bundle_id = running.start("plain")
    running.stand(bundle_id, "do", _S.IN_PROGRESS)
    assert "proof \\<b\\>\\*@&#8203;ana\\*" in report.as_markdown(running.impact())
