"""An export as one file: a zip with checksums of all that is in it."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Mapping
from typing import IO, cast

#: Bytes of a zip that are held in memory; more goes to a temporary file without a name.
_HELD = 8 << 20
#: The day a file in the zip was made: the same for all, so that equal content is an equal file.
_MADE = (1980, 1, 1, 0, 0, 0)


def pack(files: Mapping[str, bytes]) -> IO[bytes]:
    """A zip of ``files`` with their ``SHA256SUMS``, at its beginning."""
    # Its reader closes it.
    out = cast(IO[bytes], tempfile.SpooledTemporaryFile(_HELD))  # noqa: SIM115
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in {**files, "SHA256SUMS": sums.encode()}.items():
            entry = zipfile.ZipInfo(name, _MADE)
            squeezed = not name.endswith((".mp4", ".jpg"))
            entry.compress_type = zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, data)
    out.seek(0)
    return out
