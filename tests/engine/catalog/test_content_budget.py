"""What a commit may cost that breaks thousands of files: units of work are counted, never seconds (S21)."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import git
import pytest
import yaml

from engine import budgets
from engine.catalog import catalog as catalogs
from engine.catalog import check_references, loader
from engine.catalog.catalog import Catalog
from engine.catalog.findings import Finding, first
from engine.catalog.problems import ProblemCode
from engine.catalog.process_docs import read_process_doc
from engine.catalog.yaml_reader import read_yaml

BROKEN = "---\nid: [broken\n---\n"


@pytest.fixture
def calls(monkeypatch) -> Counter[str]:
    """Counts what Git is asked, and how many files are parsed."""
    counted: Counter[str] = Counter()
    execute, load_file = git.Git.execute, loader.load_file

    def asked(self, command, *rest, **named):
        counted["git"] += 1
        return execute(self, command, *rest, **named)

    def parsed(path, raw):
        counted["parsed"] += 1
        return load_file(path, raw)

    monkeypatch.setattr(catalogs, "_CACHE", loader.FileCache())
    monkeypatch.setattr(git.Git, "execute", asked)
    monkeypatch.setattr(loader, "load_file", parsed)
    return counted


def with_broken_docs(repo, count: int, versions: int = 1) -> Catalog:
    """Commit good documents, then broken ones so many times; give a catalog that has read the good ones."""
    for number in range(count):
        repo.doc(f"content/doc{number}")
    repo.commit()
    content = Catalog(repo.folder)
    assert len(content.content().process_docs) == count + 1
    for version in range(versions):
        for number in range(count):
            repo.write(f"process_docs/content/doc{number}.md", f"{BROKEN}{version}")
        repo.commit()
    return content


@pytest.mark.parametrize("count", [2, 150])
def test_git_is_asked_as_often_for_many_broken_files_as_for_two(repo, calls, count):
    catalog = with_broken_docs(repo, count)
    before = Counter(calls)
    content = catalog.content()
    assert len(content.process_docs) == count + 1
    assert sum(found.code == ProblemCode.QUARANTINED for found in content.problems) == count
    assert calls["git"] - before["git"] <= 6
    assert calls["parsed"] - before["parsed"] == count


def test_so_many_older_versions_are_looked_at_for_all_files_together(repo, calls, monkeypatch):
    catalog = with_broken_docs(repo, 10, versions=4)
    monkeypatch.setattr(loader, "VERSIONS_OF_CONTENT", 35)  # the newest and two older ones of ten, then five
    before = calls["parsed"]
    content = catalog.content()
    assert calls["parsed"] - before == 10 + 35 - 10  # the newest of the history was just parsed
    assert content.process_docs.keys() == {"content.blog-post"}


def test_every_broken_file_goes_back_as_far_as_it_must(repo, calls):
    catalog = with_broken_docs(repo, 3, versions=4)
    assert len(catalog.content().process_docs) == 4


def test_a_revision_of_too_many_files_leaves_the_last_good_one_in_use(repo, calls, monkeypatch):
    repo.commit()
    catalog = Catalog(repo.folder)
    good = catalog.content()
    monkeypatch.setattr(catalogs, "FILES_OF_CONTENT", len(good.files) + 1)
    for number in range(2):
        repo.doc(f"content/doc{number}")
    repo.commit()
    before = calls["parsed"]
    content = catalog.content()
    assert calls["parsed"] == before
    assert content.process_docs == good.process_docs
    (found,) = [one for one in content.problems if one.code == ProblemCode.BROKEN_REVISION]
    assert f"has {len(good.files) + 2} files; {len(good.files) + 1} are allowed" in found.message


def test_nobody_who_asks_waits_while_a_new_revision_is_read(repo, monkeypatch):
    first_commit = repo.commit()
    catalog = Catalog(repo.folder)
    catalog.keep_for(1e-9)
    assert catalog.content().commit == first_commit
    goes_on, load = threading.Event(), catalogs.load_revision

    def slowly(*given):
        assert goes_on.wait(30)
        return load(*given)

    monkeypatch.setattr(catalogs, "load_revision", slowly)
    repo.doc("content/new")
    second = repo.commit()
    token = catalog.token()
    readers = {catalog._reading for _ in range(5) if catalog.content().commit == first_commit}
    assert len(readers) == 1, "one reading at a time, and nobody waited for it"
    assert catalog.token() == token
    goes_on.set()
    readers.pop().join(30)
    assert catalog.content().commit == second
    assert catalog.token() != token


def test_no_more_faults_are_looked_for_than_are_told():
    looked_at = []

    def faults():
        for number in range(10_000):
            looked_at.append(number)
            yield Finding(ProblemCode.UNKNOWN_TASK, ("tasks", number), "There is no such task.")

    told = first(faults())
    assert len(told) == budgets.FAULTS_OF_CONTENT_FILE + 1
    assert told[-1].code == ProblemCode.MANY_PROBLEMS
    assert len(looked_at) == budgets.FAULTS_OF_CONTENT_FILE + 1


def test_warnings_hide_no_error_and_make_none():
    def faults():
        for number in range(500):
            yield Finding(ProblemCode.UNKNOWN_TOOL, ("tools", number), "It is not known.")
        yield Finding(ProblemCode.UNKNOWN_TASK, ("tasks", 0), "There is no such task.")

    codes = Counter(finding.code for finding in first(faults()))
    assert codes == {ProblemCode.UNKNOWN_TOOL: budgets.FAULTS_OF_CONTENT_FILE, ProblemCode.UNKNOWN_TASK: 1}


def test_a_template_with_thousands_of_faults_tells_the_first(repo):
    tasks = [{"ref": f"t{number}", "title": "Do", "depends_on": ["nothing"]} for number in range(1000)]
    repo.put("task_templates/many.yaml", {"key": "many", "name": "M", "task_type": "article", "tasks": tasks})
    repo.commit()
    content = Catalog(repo.folder).content()
    found = [one.code for one in content.problems if one.file.endswith("many.yaml")]
    assert len(found) == budgets.FAULTS_OF_CONTENT_FILE + 1
    assert found.count(ProblemCode.MANY_PROBLEMS) == 1
    assert "many" not in content.templates


def test_faults_between_files_have_a_budget_of_all_files_together(repo, monkeypatch):
    for number in range(40):
        document = {
            "key": f"many{number}", "name": "M", "task_type": "article",
            "tasks": [{"ref": "t", "title": "T", "instruction_doc_id": f"no.{n}"} for n in range(1)],
            "source_doc_ids": [f"content.no{n}" for n in range(40)],
        }  # fmt: skip
        repo.put(f"task_templates/many{number}.yaml", document)
    repo.commit()
    looked_for: Counter[str] = Counter()
    suggestion = check_references.suggestion

    def counting(name, known):
        looked_for["names"] += 1
        return suggestion(name, known)

    monkeypatch.setattr(check_references, "suggestion", counting)
    problems = Catalog(repo.folder).content().problems
    assert sum(one.code == ProblemCode.MANY_PROBLEMS for one in problems) == 1
    assert looked_for["names"] <= budgets.FAULTS_OF_CONTENT + budgets.FAULTS_OF_CONTENT_FILE + 1


def test_a_document_of_too_many_steps_is_refused_at_the_first_that_is_too_much():
    steps = "".join(f"## Step {{#s{number}}}\n" for number in range(budgets.STEPS_OF_A_DOCUMENT + 5_000))
    document, item = read_process_doc(f"---\nid: a.b\ntitle: T\n---\n{steps}".encode(), "a.md")
    assert item is None
    (found,) = document.problems
    assert (found.code, found.line) == (ProblemCode.FILE_TOO_LARGE, 5 + budgets.STEPS_OF_A_DOCUMENT)


def test_aliases_that_multiply_are_counted_in_full():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    document = read_yaml("\n".join(lines).encode(), "bomb.yaml")
    assert document.data is None
    (found,) = document.problems
    assert found.code == ProblemCode.FILE_TOO_LARGE
    assert found.line <= 5
    assert len(document.places) <= budgets.VALUES_OF_CONTENT_FILE


def test_everything_in_the_content_of_this_repository_is_far_from_its_budget():
    files = (Path(__file__).parents[3] / "content").rglob("*.yaml")
    sizes = [sum(1 for _ in yaml.parse(path.read_text(), Loader=yaml.CSafeLoader)) for path in files]
    assert 0 < max(sizes) < budgets.VALUES_OF_CONTENT_FILE / 5
