"""The archive of embeddings: what a site has seen and heard in days past, as numbers.

Append-only segments per camera, view, sense and model, under the same masks as all that leaves a
camera's worker, and with a retention of their own.
"""

from pipeline.archive.folder import FOLDER, Space, prune
from pipeline.archive.reader import ArchiveReader, Thumbnail
from pipeline.archive.writer import ArchiveWriter, open_archive

__all__ = [
    "FOLDER",
    "ArchiveReader",
    "ArchiveWriter",
    "Space",
    "Thumbnail",
    "open_archive",
    "prune",
]
