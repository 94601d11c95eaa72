"""Where the exports of nights are published: a folder, or object storage; each under a name there.

An export is there when its manifest is: in object storage that comes last and goes first, so that nobody who
looks for it reads half of one.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import addresses
from engine.config import Settings
from engine.errors import UnavailableError
from exports import contract
from exports.layout import MANIFEST, PACKAGE

if TYPE_CHECKING:
    from engine.artifacts.objects import Objects


class Shelf(ABC):
    """Exports under their names; each method raises UnavailableError where the place does not do its part."""

    @abstractmethod
    def place(self, name: str) -> str:
        """The words that tell an operator where an export is, or would be."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is an export of that name."""

    @abstractmethod
    def exports(self, names: re.Pattern[str]) -> list[str]:
        """Return the exports with such names, the oldest first; what is no export is passed over."""

    @abstractmethod
    def package(self, name: str) -> dict[str, Any]:
        """Return the data package of an export: what it promises its readers."""

    @abstractmethod
    def draft(self, name: str) -> AbstractContextManager[Path]:
        """Give a folder to make an export in; an earlier one of that name is deleted."""

    @abstractmethod
    def keep(self, draft: Path, name: str) -> None:
        """Let what was made be there under its name, whole."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Delete an export."""


class FolderShelf(Shelf):
    """A folder, with a folder for each export."""

    def __init__(self, folder: Path) -> None:
        """Publish in ``folder``."""
        self._folder = folder

    def place(self, name: str) -> str:
        """The folder of an export."""
        return str(self._folder / name)

    def has(self, name: str) -> bool:
        """Whether that folder has a manifest."""
        path = self._folder / name
        with self._disk_errors("read"):
            return not path.is_symlink() and (path / MANIFEST).is_file()

    def exports(self, names: re.Pattern[str]) -> list[str]:
        """Return the folders with such names that have a manifest."""
        with self._disk_errors("read"):
            if not self._folder.is_dir():
                return []
            found = [path.name for path in self._folder.iterdir() if names.fullmatch(path.name)]
        return sorted(filter(self.has, found))

    def package(self, name: str) -> dict[str, Any]:
        """Read it where it lies."""
        return contract.read_package(self._folder / name)

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """Give the folder of that name itself: what is made stays there until it is kept under another."""
        if self.has(name):
            self.remove(name)
        yield self._folder / name

    def keep(self, draft: Path, name: str) -> None:
        """Give the folder its name."""
        with self._disk_errors("written to"):
            draft.rename(self._folder / name)

    def remove(self, name: str) -> None:
        """Delete the folder."""
        with self._disk_errors("written to"):
            shutil.rmtree(self._folder / name)

    @contextmanager
    def _disk_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"The exports in {self._folder} cannot be {what}: {error.strerror or error}. Check that the "
                "disk has space and that this user may use the folder, then try again."
            ) from error


class BucketShelf(Shelf):
    """A prefix in a bucket, and under it one for each export: the same files as in a folder."""

    def __init__(self, objects: Objects) -> None:
        """Publish among ``objects``."""
        self._objects = objects

    def place(self, name: str) -> str:
        """The address of an export."""
        return f"{self._objects.place}/{name}"

    def has(self, name: str) -> bool:
        """Whether its manifest is there."""
        return self._objects.holds(f"{name}/{MANIFEST}")

    def exports(self, names: re.Pattern[str]) -> list[str]:
        """Return the prefixes with such names that have a manifest."""
        return sorted(filter(self.has, filter(names.fullmatch, self._objects.folders())))

    def package(self, name: str) -> dict[str, Any]:
        """Fetch it."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / PACKAGE).write_bytes(self._objects.read(f"{name}/{PACKAGE}") or b"")
            return contract.read_package(Path(folder))

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:  # noqa: ARG002 - what is there is replaced when one is kept
        """Give a folder on this machine, for as long as it is needed."""
        with tempfile.TemporaryDirectory(prefix="export-") as folder:
            yield Path(folder) / "export"

    def keep(self, draft: Path, name: str) -> None:
        """Send its files, the manifest last, over what an earlier attempt left of it."""
        self.remove(name)
        files = sorted(path for path in draft.rglob("*") if path.is_file() and path.name != MANIFEST)
        for file in (*files, draft / MANIFEST):
            try:
                with file.open("rb") as stream:
                    sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                    self._objects.put(f"{name}/{file.relative_to(draft).as_posix()}", stream, sha256)
            except OSError as error:
                raise UnavailableError(
                    f"{file} cannot be read: {error.strerror or error}. See what is wrong with that disk."
                ) from error

    def remove(self, name: str) -> None:
        """Delete its objects, the manifest first."""
        paths = [path for path, _ in self._objects.listed(f"{name}/")]
        for path in sorted(paths, key=lambda path: path != f"{name}/{MANIFEST}"):
            self._objects.remove(path)


def shelf_of(settings: Settings) -> Shelf:
    """Give the place that the settings name for the exports of nights; nothing is read or written yet.

    Raises:
        UnavailableError: it is in object storage, and what speaks to that is not installed.
    """
    if not addresses.is_bucket(settings.export_folder):
        return FolderShelf(Path(settings.export_folder))
    from engine.artifacts.objects import Objects  # noqa: PLC0415 - only where exports are there

    return BucketShelf(
        Objects(settings.export_folder, settings.storage_endpoint, setting="WORKBENCH_EXPORT_FOLDER")
    )
