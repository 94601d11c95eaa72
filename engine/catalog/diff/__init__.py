"""What changed between two revisions of the content, in the words of the format (D1, D3, CNT-07, CNT-09).

``changes``    one change: what became of which item and field, and what that governs.
``compare``    the changes between two items of one model, by what its fields declare; pure.
``effective``  a resolved template with everything that its tasks inherit written into them.
``sides``      the two revisions that are named, and what is said where Git lacks them.
``reading``    reads of both no more than a comparison asks for.
``contents``   the comparison: what authors wrote, and what work gets, for whom.
``values``     values in words.
``wording``    changes in sentences.
``hiding``     why an override hides a change.
``advice``     what to ask an author of something that has another name.
``report``     a comparison as text, Markdown and JSON.
``copies``     what overrides repeat of their template or of one another.

When work is due before and after is ``engine.reminders.schedule_diff``: it plans as a start does.
"""
