"""What a newer template does to bundles that run: told before its merge, done when asked for (D1, D4).

``matrix``    what one kind of change means for a task, by where that stands; the table of MIGRATION.md; pure.
``kinds``     which kind a change of the content is; pure.
``compared``  what is other between a pinned template and a newer one; pure.
``facts``     what has to be known of running work to judge a change; from the store or from an index.
``judging``   the verdicts on one bundle; pure.
``impact``    the verdicts on all bundles that a revision of the content touches.
``report``    those in words.
``index``     the bundle index: the facts without names, titles and people, for who cannot reach the store.
``queries``   the facts as the store has them.
``preview``   what a migration of one bundle would do; ``fields`` and ``parts`` say what of a task follows.
``apply``     the migration itself; ``undo`` takes it back, ``bulk`` does it to all bundles of a template.
"""
