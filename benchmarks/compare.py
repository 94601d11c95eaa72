"""Which pages became slower than they were: ``make bench-compare BASE=<commit>``.

Another commit is checked out into a folder of its own and served on a store that it filled itself; this tree
serves a copy of that store. Both are asked for the same pages in turns. A page that costs 20 % more of the
processor than it did, and does so again when it is measured again, is named, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import stand as stands
from benchmarks.over_http import costs, serving, stores
from benchmarks.over_http.addresses import ADDRESSES
from benchmarks.over_http.costs import Side
from benchmarks.over_http.driving import Client, client
from benchmarks.over_http.serving import ROOT, Store
from benchmarks.over_http.site import Board, signed_in

#: What a page may cost of what it did.
LIMIT = 1.2
_FILL = Path(__file__).with_name("over_http") / "fill_store.py"


@dataclass(frozen=True)
class Tree:
    """A checked out commit, and an interpreter that has what it requires."""

    code: Path
    python: str


@dataclass(frozen=True)
class Change:
    """What a page cost and costs, in seconds of the processor."""

    name: str
    before: float
    now: float

    @property
    def ratio(self) -> float:
        """What it costs, as a multiple of what it did."""
        return self.now / self.before

    @property
    def is_slower(self) -> bool:
        """Whether that is more than noise."""
        return self.ratio > LIMIT


@dataclass(frozen=True)
class Pair:
    """Both boards, and the client that asks them."""

    base: Board
    head: Board
    client: Client

    def measure(self, name: str, who: str, *, cold: bool, requests: int) -> Change:
        """Ask both for a page in turns; cold: after a write, at an address that was never asked for."""
        sides = {
            key: Side(side.board, side.asked(side.page(name, who), fresh=cold))
            for key, side in (("base", self.base), ("head", self.head))
        }
        batch = 1 if cold else costs.BATCH
        before = self._write if cold else None
        found = costs.in_turns(self.client, sides, requests=requests, batch=batch, before=before)
        title = f"{name}, {who}, {'cold' if cold else 'warm'}"
        return Change(title, found["base"].median, found["head"].median)

    def _write(self) -> None:
        self.base.write()
        self.head.write()


def main(arguments: list[str]) -> int:
    """Measure and print; return 1 if a page became slower."""
    chosen = _options(arguments)
    with ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="workbench-compare-")))
        base = opened.enter_context(checked_out(chosen.base, place))
        pair = opened.enter_context(both(base, place, chosen.tasks, chosen.keep))
        changes = [
            _measured(pair, name, who, cold=cold, requests=chosen.requests)
            for name in chosen.page.split(",")
            for who in chosen.who.split(",")
            for cold in (True, False)
        ]
    slower = [change for change in changes if change.is_slower]
    print(f"{len(slower)} of {len(changes)} became more than {LIMIT - 1:.0%} slower than {chosen.base}.")
    return 1 if slower else 0


def _measured(pair: Pair, name: str, who: str, *, cold: bool, requests: int) -> Change:
    """Measure a page, and once more where it seems slower: noise is rarely there twice."""
    count = max(5, requests // 2) if cold else requests
    found = pair.measure(name, who, cold=cold, requests=count)
    if found.is_slower:
        again = pair.measure(name, who, cold=cold, requests=2 * count)
        found = min(found, again, key=lambda change: change.ratio)
    mark = "  SLOWER" if found.is_slower else ""
    times = f"{found.before * 1000:9.2f} {found.now * 1000:9.2f} ms  {found.ratio:5.2f}x"
    print(f"{found.name:24}{times}{mark}", flush=True)
    return found


@contextmanager
def checked_out(commit: str, place: Path) -> Iterator[Tree]:
    """Give the tree of a commit in a folder of its own, with an interpreter for it."""
    code = place / "base"
    _git("worktree", "add", "--detach", "--quiet", str(code), commit)
    try:
        yield Tree(code, _interpreter(code, place))
    finally:
        _git("worktree", "remove", "--force", str(code))


@contextmanager
def both(base: Tree, place: Path, tasks: int, keep: Path | None) -> Iterator[Pair]:
    """Serve the same records by both trees."""
    home = _filled(base, place, tasks, keep)
    with ExitStack() as running:
        boards = []
        for name, tree in (("base", base), ("head", Tree(ROOT, sys.executable))):
            (place / name / "served").mkdir(parents=True, exist_ok=True)
            store = stores.copied(home, place / name / "served")
            prepared = stores.prepared(store, tasks, tree.code, tree.python)
            served = running.enter_context(serving.workbench(store, tree.code, tree.python))
            boards.append(running.enter_context(signed_in(prepared, served)))
        yield Pair(boards[0], boards[1], running.enter_context(client()))


def _filled(base: Tree, place: Path, tasks: int, keep: Path | None) -> Path:
    """Return a store that the base filled itself."""
    commit = _git("rev-parse", "HEAD", cwd=base.code).strip()
    home = (keep or place) / f"{tasks}-of-{commit[:12]}"
    if not home.exists():
        unfinished = home.with_suffix(".unfinished")
        stands.make_repository(unfinished, base.code)
        store = Store(f"sqlite:///{unfinished}/workbench.db", unfinished / "repository", unfinished)
        words = [str(unfinished), store.database, str(tasks)]
        stores.said_by([base.python, "-P", str(_FILL), *words], store, base.code)
        unfinished.rename(home)
    return home


def _interpreter(code: Path, place: Path) -> str:
    """Return this interpreter, or that of a new environment where the base requires something else."""
    name = "requirements.txt"
    if (code / name).read_bytes() == (ROOT / name).read_bytes():
        return sys.executable
    subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
    python = str(place / "venv" / "bin" / "python")
    quiet = ["--quiet", "--disable-pip-version-check"]
    # Its benchmarks fill the store, and those take what its tests take.
    subprocess.run(
        [python, "-m", "pip", "install", *quiet, "-r", str(code / "requirements-dev.txt")], check=True
    )
    return python


def _git(*words: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.add_argument("base", help="the commit to compare with")
    parser.add_argument("--tasks", type=int, default=10_000, help="how many tasks the store holds (10,000)")
    parser.add_argument("--page", default=",".join(ADDRESSES), help="which pages, with commas")
    parser.add_argument("--who", default="admin,member", help="admin, member, or both")
    parser.add_argument("--requests", type=int, default=50, help="requests to each page (50)")
    parser.add_argument("--keep", type=Path, help="a folder where filled stores are kept for the next run")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
