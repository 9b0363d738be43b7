"""Which module reads which kind of address."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from pipeline.sources.base import Source, SourcePlan, UnsupportedStream
from pipeline.sources.file import FileSource
from pipeline.sources.images import ImagesSource
from pipeline.sources.rtsp import RtspSource

#: One line per kind of source, by the scheme of its address.
SOURCES: dict[str, Callable[[SourcePlan], Source]] = {
    "rtsp": RtspSource,
    "rtsps": RtspSource,
    "file": FileSource,
    "images": ImagesSource,
}


def open_source(plan: SourcePlan) -> Source:
    """Return the source for a plan's address; nothing is opened yet.

    Raises:
        UnsupportedStream: no source reads such an address.
    """
    scheme = urlsplit(plan.address).scheme
    if scheme not in SOURCES:
        raise UnsupportedStream(
            f"{plan.camera}: no source reads {scheme or 'schemeless'} addresses: use one of "
            + ", ".join(f"{name}:" for name in SOURCES)
        )
    return SOURCES[scheme](plan)
