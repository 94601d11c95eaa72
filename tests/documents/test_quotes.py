"""What a document quotes is what the product says: messages word for word, codes that it gives (N6, N8)."""

from __future__ import annotations

import re
from dataclasses import fields

from engine import errors
from engine.config import Settings
from tests.documents import blocks, documents, quotes
from tests.swept import swept

#: The first two tell what was said once, too, and the third is made from comments; process docs quote other
#: programs.
_NO_PAGES = ("CHANGELOG.md", "engine/DECISIONS.md", "engine/MODEL.md")
QUOTING = [
    document
    for document in documents()
    if document not in _NO_PAGES and not document.startswith("content/process_docs/")
]


@swept("document", QUOTING)
def test_every_message_that_a_document_quotes_is_one_that_the_product_gives(document: str):
    for quote in quotes.quotes(document):
        assert any(quote.text in text for text in quotes.said()), (
            f'{quote}: the product never says "{quote.text}". Quote it word for word, with … for what '
            "differs each time; what is no message of the product gets no quotation marks."
        )


@swept("document", QUOTING)
def test_every_code_in_capitals_that_a_document_names_is_one_of_the_product(document: str):
    given = {errors.code_of(item) for item in vars(errors).values() if isinstance(item, type)}
    given |= set(re.findall(r"\w+", "".join(block.typed.text for block in blocks(document))))
    given |= {f"WORKBENCH_{setting.name.upper()}" for setting in fields(Settings)}
    for code in quotes.codes(document):
        assert code.text in quotes.capitals() | given, f"{code}: there is no {code.text}"


def test_there_is_something_to_compare():
    found = {quote.text for document in QUOTING for quote in quotes.quotes(document)}
    assert "was moved, deleted or replaced while this program had it open" in found
    assert any("the board cannot listen on …:…: …" in text for text in quotes.said())
    assert not any("reads what documents quote" in text for text in quotes.said())
