"""The comments beside members are read as they are written."""

from __future__ import annotations

from enum import Enum, StrEnum

import pytest

from engine.access import Permission, Role
from engine.audit.models import Action
from engine.documented import comments_of
from engine.entities import RECORD_TYPES
from engine.tasks.models import Priority, Task, TaskStatus, Urgency


@pytest.mark.parametrize("words", [Role, Permission, Action, TaskStatus, Priority, Urgency])
def test_every_word_of_a_vocabulary_is_explained(words: type[StrEnum]):
    found = comments_of(words)
    assert {member.name for member in words} <= set(found)
    assert all(text.strip() == text and text for text in found.values())


def test_a_comment_above_a_field_belongs_to_that_field_alone():
    found = comments_of(Task)
    assert found["title"] == "What is to be done, in a line."
    assert found["description"] == "More about it, in Markdown. Null where nothing more is said."


def test_a_comment_of_several_lines_is_one_sentence():
    assert comments_of(next(one for one in RECORD_TYPES if one.__name__ == "Proof"))["facts"].startswith(
        "Facts of a file (`file_name`, `size_bytes`, `content_type`, `sha256`) or of an external status"
    )


def test_classes_from_elsewhere_have_no_comments():
    class Foreign(Enum):
        """Defined in a test, so not of the engine."""

        ONE = 1  #: one

    assert comments_of(Foreign) == {}
