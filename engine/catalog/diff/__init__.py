"""What changed between two revisions of the content, in the words of the format (D1, CNT-07).

``changes``    one change: what became of which item and field, and what that governs.
``compare``    the changes between two items of one model, by what its fields declare; pure.
``effective``  a resolved template with everything that its tasks inherit written into them.
"""
