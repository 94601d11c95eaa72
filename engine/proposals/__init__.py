"""Changes of the content that somebody writes on the board, and offers for review (EDT-01 to EDT-08).

A **proposal** is a *draft* as long as its author writes it: the texts of the files that it changes, kept in
the store, seen by nobody else who writes. Wizard, YAML editor and suggestions change that same text. Offering
it makes one commit, by its author, on a branch ``proposal/*`` of our own clone, which alone is pushed; what
reviews it is ``content review``. The folder that people work in is never written (product.md decision 10).

``models``    the record; ``queries`` who sees which.
``drafting``  begin a draft, change its texts, discard it.
``beginning`` what a draft begins with: a template, a copy of one, an override or nothing.
``editing``   what a form changed, made in the text as it is now; ``overriding`` the form of an override.
``texts``     the text of a file, edited whole: its line ends stay, and a save on one that moved is refused.
``merging``   both versions of a text that two people changed, and what becomes of them.
``changing``  one change worked out by a program; ``suggesting`` and ``suggestions`` make it of what stands
              out, ``from_work``, ``as_done`` and ``taken_out`` of a task or a bundle as it was done.
``overlay``   the content as it would be with a proposal; ``checking`` what is wrong with it then.
``preparing`` a proposal with what is live; ``comparing`` what it changes; ``helped`` whether it helped.
``branches``  what Git does: commit, push, take away; ``patching`` the patch, ``forges`` the pull request.
``offering``  what an offer is made of, before its transaction.
``service``   offer, withdraw, revert, catch up with a base that moved, and learn that it was merged.
``jobs``      what is done by itself: pushing, and looking for merges.
"""
