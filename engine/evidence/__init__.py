"""What the work itself says about a template, revision by revision (D13).

``queries``   what is counted and read of tasks, steps, decisions and waits; SQL.
``figures``   the figures of a task and its steps in one revision.
``gather``    from what is read to figures, for all revisions of a template.
``findings``  what stands out, in words, with the change of the template that it suggests; pure.

Only runs count in which the task was made as the template has it: repeats and rework are the same work again.
"""
