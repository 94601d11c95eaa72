"""``workbench serve`` with the floor pages in place of the board: the same server, the same processes.

Whatever serves calls ``web.create_app``, and that calls ``web.application.build``: here it is another one.
"""

from __future__ import annotations

import web.application
from benchmarks.over_http import floor
from web.cli import main

web.application.build = floor.build

if __name__ == "__main__":
    main()
