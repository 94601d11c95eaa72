"""Scenario tests beside templates: what an author means is played, and compared with what comes of it (D8).

One scenario from its file to the report::

    files     reads ``<key>.scenario.yaml`` at the ref, or as it is on disk, and checks it (``checking``)
    verbs     which command a step means, from the registry, with what its input asks for
    stage     a throw-away store with the actors, the content under test, and a clock that stands still
    moving    a step becomes an input, and the command is executed as the board and the command line do
    passing   when the clock is moved, the regular work of the product is done at its own moments meanwhile
    expecting records become rows in the words of the scenario, and are compared with what is expected
    running   one scenario after another: failures with file, line, moment, and what was exercised
    coverage  what the resolved template makes possible, less what was exercised
    recording the same in the other direction: the events of a real bundle become a scenario

There is no rule of its own here: what is refused, follows or is reminded of, the product decides. So a field
that content gets later is known to scenarios as soon as a command takes it or a record shows it; only
``coverage`` is told, in its one table, which possibilities a field of a task opens up.
"""
