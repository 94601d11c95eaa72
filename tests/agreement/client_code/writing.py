"""The generated modules by their paths, as they are and as they should be."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.agreement.client_code.calls import Calls
from tests.agreement.client_code.models import Models
from tests.agreement.client_code.words import paragraph, pascal
from tests.conftest import ROOT

CLIENT = ROOT / "web" / "client"
_DESCRIPTION = ROOT / "web" / "api" / "openapi.json"
_CODE = re.compile(r"^- `(\w+)`: (.*)$", re.MULTILINE)


def generated() -> dict[str, str]:
    """Return what is generated: path below ``web/client`` -> text."""
    described = json.loads(_DESCRIPTION.read_text(encoding="utf-8"))
    models = Models(described)
    modules = Calls(described, models).render()
    found = {f"collections/{name}.py": text for name, text in modules.items()}
    return {
        path: _formatted(path, text)
        for path, text in {**found, "models.py": models.render(), "errors.py": _errors(described)}.items()
    }


def kept() -> dict[str, str]:
    """Return what is there of it."""
    paths = [*CLIENT.glob("collections/*.py"), CLIENT / "models.py", CLIENT / "errors.py"]
    return {path.relative_to(CLIENT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def write() -> None:
    """Write all of it anew."""
    (CLIENT / "collections").mkdir(exist_ok=True)
    wanted = generated()
    for path in kept().keys() - wanted.keys():
        (CLIENT / path).unlink()
    for path, text in wanted.items():
        (CLIENT / path).write_text(text, encoding="utf-8")


def _errors(described: Mapping[str, Any]) -> str:
    codes = dict(sorted(_CODE.findall("\n".join(_refusals(described)))))
    classes = "".join(
        f'\n\nclass {pascal(code)}Error(RefusedError):\n    """{paragraph(words, "       ").lstrip()}"""\n'
        for code, words in codes.items()
    )
    table = "".join(f'    "{code}": {pascal(code)}Error,\n' for code in codes)
    return (
        '"""A class for each code of a refusal; generated, see ``tests/agreement/client_code``."""\n\n'
        "from collections.abc import Mapping\n\nfrom .refusals import RefusedError\n"
        f"{classes}\n\nBY_CODE: Mapping[str, type[RefusedError]] = {{\n{table}}}\n"
    )


def _refusals(described: Mapping[str, Any]) -> list[str]:
    found = [one["description"] for one in described["components"]["responses"].values()]
    for methods in described["paths"].values():
        for one in methods.values():
            found += [said["description"] for said in one["responses"].values() if "description" in said]
    return found


def _formatted(path: str, text: str) -> str:
    """Return a module as ruff has it, without the imports that it does not need."""
    name = str(CLIENT / path)
    for words in (["check", "--fix", "--quiet", "--select", "F401,I", "--ignore-noqa"], ["format"]):
        command = [sys.executable, "-m", "ruff", *words, "--stdin-filename", name, "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=False)
        if done.returncode:
            raise ValueError(f"{path} is no Python:\n{done.stdout[:2000]}{done.stderr}")
        text = done.stdout
    return text
