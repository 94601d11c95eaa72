"""Changes of the content that somebody writes on the board, and offers for review (EDT-01 to EDT-08).

A **proposal** is a *draft* as long as its author writes it: the texts of the files that it changes, kept in
the store, seen by nobody else who writes. Wizard, YAML editor and suggestions change that same text. Offering
it makes one commit, by its author, on a branch ``proposal/*`` of our own clone, which alone is pushed; what
reviews it is ``content review``. The folder that people work in is never written (product.md decision 10).

``models``    the record.
``drafting``  begin a draft, change its texts, discard it.
``texts``     the text of a file, edited whole: its line ends stay, and a save on one that moved is refused.
``merging``   both versions of a text that two people changed, and what becomes of them.
``overlay``   the content as it would be with a proposal: checked, resolved and previewed like what is live.
``branches``  what Git does: commit, push, take away, patch.
``service``   offer, withdraw, revert, catch up with a base that moved, and learn that it was merged.
"""
