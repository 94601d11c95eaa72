"""Automations as another package has them; tests install them, and Workbench does not import them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path


def calls(attempt):
    """Call the program at `url` in a step named `call`; `key_header` names the header for its key."""
    given = attempt.input

    def call(step):
        headers = {given["key_header"]: step.key} if "key_header" in given else {}
        if "token" in attempt.secrets:
            headers["Authorization"] = f"Bearer {attempt.secrets['token']}"
        body = None if given["method"] == "GET" else b"{}"
        asked = urllib.request.Request(given["url"], body, headers, method=given["method"])  # noqa: S310 - the test's own
        with urllib.request.urlopen(asked, timeout=step.seconds) as answer:  # noqa: S310 - the test's own
            return answer.status

    attempt.log(f"It has the secrets {sorted(attempt.secrets.items())}.")
    status = attempt.step("call", call, request={"url": given["url"]})
    return {"summary": "Called.", "outputs": {"status": status}}


def tells(attempt):
    """Say what it was given, and where it is."""
    print("A word on the way.")
    return {
        "summary": "Told.",
        "outputs": {
            "input": attempt.input,
            "environment": sorted(os.environ),
            "folder": str(Path.cwd()),
            "task": attempt.task,
        },
        "proof": {"Where": "https://example.com/report"},
    }


def steps(attempt):
    """Do the steps that the input names, one after the other, each as it says."""
    done = []

    def act(how):
        def do(call):
            if how == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if how == "undone":
                raise attempt.UndoneError("TAKEN", "Somebody else has it.")
            if how == "break":
                raise ValueError("hush-hush")
            if how == "wait":
                time.sleep(60)
            if how == "large":
                return "x" * 400_000
            if how == "finish when told":
                told = []
                signal.signal(signal.SIGTERM, lambda *_: told.append(True))
                Path(attempt.input["mark"]).touch()
                while not told:
                    time.sleep(0.01)
            return call.key

        return do

    for name, how in attempt.input["steps"]:
        try:
            done.append(attempt.step(name, act(how), request={"of": name}))
        except attempt.UndoneError as error:
            if not attempt.input.get("goes_on"):
                raise
            done.append(error.code)
    return {"outputs": {"done": done}}


def misbehaves(attempt):
    """Do what it must not, as the input says."""
    return _WAYS[attempt.input["how"]](attempt)


def _memory(_):
    return {"outputs": {"size": len(bytearray(1 << 30))}}


def _memory_together(_):
    child = [sys.executable, "-c", "import time; held = b'x' * (60 << 20); time.sleep(60)"]
    for _number in range(4):
        subprocess.Popen(child)
    time.sleep(60)


def _forks(attempt):
    while True:
        if os.fork() == 0:
            os.setsid()
            _leave_word(attempt)
            time.sleep(60)
            os._exit(0)


def _escapes(attempt):
    """Leave a process behind that is in no group, and nobody's child."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            _leave_word(attempt)
            time.sleep(60)
        os._exit(0)
    while not list(Path(attempt.input["words"]).iterdir()):
        time.sleep(0.01)


def _leave_word(attempt):
    (Path(attempt.input["words"]) / str(os.getpid())).touch()


def _deaf(attempt):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _leave_word(attempt)
    time.sleep(60)


def _file(_):
    with Path("large").open("wb") as file:
        for _number in range(2048):
            file.write(b"x" * (1 << 20))


def _prints(_):
    for _number in range(2048):
        print("x" * (1 << 20))


def _says(attempt):
    for _number in range(2048):
        attempt.log("x" * (1 << 19))


def _nonsense(attempt):
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, b"]nonsense[\n")
        except OSError:
            continue
    time.sleep(60)


def _processor(_):
    while True:
        pass


def _prints_secret(attempt):
    print("x" * attempt.input["after"])
    print(attempt.secrets["token"])
    return {"summary": "Fine."}


def _asks_for_secret(attempt):
    attempt.step("x" * 190 + attempt.secrets["token"], lambda call: call.key)


def _colours(attempt):
    """Write as programs do on a terminal, on each of the ways to say something."""
    coloured, halved = "\x1b[32mok\x1b[0m", "half \udcff"

    def do(call):
        attempt.log(halved)
        return call.key

    print(coloured)
    attempt.log(coloured)
    attempt.step("send", do)
    if attempt.input.get("fails"):
        raise attempt.FailedError("NO_STOCK", coloured)
    return {"summary": "Fine."}


def _against_keeper(attempt):
    """Leave a process behind, and stop or kill whatever would end that."""
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _leave_word(attempt)
        time.sleep(60)
        os._exit(0)
    while not list(Path(attempt.input["words"]).iterdir()):
        time.sleep(0.01)
    os.kill(os.getppid(), getattr(signal, attempt.input["signal"]))
    time.sleep(attempt.input.get("stays", 0))
    return {"summary": "Fine."}


def _deep(_):
    for _number in range(3000):
        Path("d").mkdir()
        os.chdir("d")
    return {"summary": "Fine."}


_WAYS = {
    "prints secret": _prints_secret,
    "asks for secret": _asks_for_secret,
    "fails by secret": lambda attempt: (_ for _ in ()).throw(
        attempt.FailedError(attempt.secrets["token"], "There is none left.")
    ),
    "colours": _colours,
    "against keeper": _against_keeper,
    "deep": _deep,
    "returns what is given": lambda attempt: {
        name: {f"p{number}": "v" for number in range(value)} if isinstance(value, int) else value
        for name, value in attempt.input["given"].items()
    },
    "returns a summary": lambda attempt: {
        "summary": "s" * attempt.input["before"] + attempt.secrets["token"] + "s" * 900_000
    },
    "memory": _memory,
    "memory together": _memory_together,
    "forks": _forks,
    "escapes": _escapes,
    "deaf": _deaf,
    "file": _file,
    "prints": _prints,
    "says": _says,
    "nonsense": _nonsense,
    "processor": _processor,
    "silence": lambda _: time.sleep(60),
    "exits": lambda _: os._exit(3),
    "raises": lambda _: json.loads("hush-hush"),
    "fails": lambda attempt: (_ for _ in ()).throw(attempt.FailedError("NO_STOCK", "There is none left.")),
    "returns": lambda _: ["no", "object"],
    "returns proof": lambda _: {"proof": {"Where": 1}},
}
