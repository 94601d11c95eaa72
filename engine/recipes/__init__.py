"""Recipes: templates that show in the gallery, what their runs came to, and the tickets of what runs.

A recipe is a TaskTemplate with a ``recipe:`` block; starting it makes a Bundle, as starting any template does
(decision 1). Where the first task of the template is a program's, the recipe runs by itself: that task is the
bundle's *ticket*, and its page ``/tasks/<id>/track`` is where whoever asked is led (decision 2). Nothing here
begins an attempt: what a program may begin is queued by ``engine.executions`` as soon as it is made.

*One request, from the form to the disk*: ``starting.start`` checks the key, starts the bundle
(``engine.bundles.instantiate``), and in the same transaction ``engine.executions.wiring`` queues the ticket's
first attempt. Whoever asked not to go on at once (``async: false``) waits after the commit (``waiting``).

*Lists*: ``gallery`` has the recipes that can be started, with the figures of ``runs``; ``tickets`` has
everything that a program does, the newest first, for what the actor sees.
"""
