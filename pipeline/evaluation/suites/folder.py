"""Any folder of labelled clips: ``LABEL/*.mp4``, ``.wav``, ``.ogg`` and other media or stills.

With a label that means that nothing is wrong, every other label is an alarm; without one, the
labels are told apart. A label's words are its folder's name, or ``--prompt LABEL=TEXT``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.evaluation.bench import Bench, Outcome, Request
from pipeline.evaluation.class_scores import ClassWords
from pipeline.evaluation.classes import ClassItem, ClassSuite
from pipeline.evaluation.clips import Clip, ClipSuite
from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.media import STILLS
from pipeline.records import Modality

MEDIA = STILLS | {
    ".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".ts",
    ".wav", ".ogg", ".opus", ".flac", ".mp3", ".m4a", ".aac",
}  # fmt: skip
#: Labels that mean that nothing is wrong unless others are named, in lower case.
NORMAL = frozenset(
    {
        "normal",
        "none",
        "ordinary",
        "background",
        "negative",
        "nothing",
        "quiet",
        "no",
        "ok",
        "other",
    }
)


def find(folder: Path) -> dict[str, list[Path]]:
    """Media by label. Raises LayoutError."""
    found = {}
    for label in sorted(folder.iterdir()) if folder.is_dir() else []:
        if label.is_dir() and not label.name.startswith("."):
            media = sorted(p for p in label.rglob("*") if p.suffix.lower() in MEDIA)
            if media:
                found[label.name] = media
    if len(found) < 2:
        raise LayoutError(
            "folder", folder, "two or more folders LABEL/ that hold clips, recordings or pictures"
        )
    return found


def words_of(label: str, request: Request) -> tuple[str, ...]:
    """The prompts of a label."""
    return request.prompts.get(label) or (label.replace("_", " ").replace("-", " ").lower(),)


class FolderSuite:
    """Chooses what is measured by whether a label is ordinary."""

    name = "folder"
    summary = "any LABEL/*.mp4|wav|ogg|...: alarms against ordinary labels, or labels told apart"

    def run(self, request: Request, bench: Bench) -> Outcome:
        """See `Suite`."""
        media = find(request.data)
        ordinary = self._ordinary(sorted(media), request)
        alarms = [label for label in media if label not in ordinary]
        if not alarms:
            raise EvaluationError(f"{request.data}: every label is ordinary, none is an alarm")
        if ordinary:
            prompts = tuple(text for label in alarms for text in words_of(label, request))
            clips = [
                Clip(path, label, label not in ordinary)
                for label, paths in media.items()
                for path in paths
            ]
            return ClipSuite(
                name=self.name,
                summary=self.summary,
                find=lambda _: clips,
                see=prompts,
                hear=prompts,
                strict=False,
            ).run(request, bench)
        items = [
            ClassItem(path, self._words(label, request)) for label in media for path in media[label]
        ]
        return ClassSuite(
            name=self.name,
            summary=self.summary,
            find=lambda _: items,
            senses=tuple(Modality),
            strict=False,
        ).run(request, bench)

    def _ordinary(self, labels: Sequence[str], request: Request) -> set[str]:
        unknown = sorted((set(request.normal) | set(request.prompts)) - set(labels))
        if unknown:
            raise EvaluationError(
                f"{request.data} has no label {unknown[0]!r}: it has {', '.join(labels)}"
            )
        return set(request.normal) or {label for label in labels if label.lower() in NORMAL}

    def _words(self, label: str, request: Request) -> ClassWords:
        first, *_ = words_of(label, request)
        return ClassWords(label, first, prompts=request.prompts.get(label, ()), matters=False)


SUITE = FolderSuite()
