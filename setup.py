"""Puts ``content/`` and the client where programs find them; all else about the package is in pyproject.toml.

The tree has one copy of the content, at its top, where strategists find it. An installed program finds it
inside the package ``web`` (web/starter.py). setuptools has no declaration for a folder that moves on its way.

``web/client`` is imported as ``workbench.client``, and has no second name in what is installed.
"""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

CLIENT = "web.client"


class BuildWithContent(build_py):
    """Copies ``content/`` to ``web/shipped/content``; an editable install reads it where it is."""

    def run(self) -> None:
        """Build the packages, then add the content."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "web", "shipped", "content")
            shutil.rmtree(target, ignore_errors=True)  # what an earlier build left
            shutil.copytree("content", target)


found = find_packages(include=["engine*", "web*", "exports*"])
setup(
    cmdclass={"build_py": BuildWithContent},
    packages=[name.replace(CLIENT, "workbench.client") for name in found],
    package_dir={"workbench.client": "web/client"},
)
