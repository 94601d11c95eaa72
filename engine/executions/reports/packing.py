"""Office documents are zips: the same documents are the same bytes once these say nothing of when."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

#: Where a document has to say when it was made.
NO_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001 - the libraries take it so, and write it as UTC
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def packed_again(data: bytes) -> bytes:
    """Return a zip with the same files in the same order, without the times at which they were packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(entry, source.read(name), compresslevel=6)
    return packed.getvalue()
