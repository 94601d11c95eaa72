"""Puts ``content/`` into what is installed; everything else about the package is in pyproject.toml.

The tree has one copy of the content, at its top, where strategists find it. An installed program finds it
inside the package ``web`` (web/starter.py). setuptools has no declaration for a folder that moves on its way.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithContent(build_py):
    """Copies ``content/`` to ``web/shipped/content``; an editable install reads it where it is."""

    def run(self) -> None:
        """Build the packages, then add the content."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "web", "shipped", "content")
            shutil.rmtree(target, ignore_errors=True)  # what an earlier build left
            shutil.copytree("content", target)


setup(cmdclass={"build_py": BuildWithContent})
