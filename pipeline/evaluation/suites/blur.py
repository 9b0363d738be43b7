"""What exports miss when they hide faces or persons: real clips, in which they were marked by hand.

The marks are this program's own (``blur_marks.json``): of pictures of the sets that ``falls``,
``fights`` and ``ped2`` read too, and of a film of a person walking by. Nobody was made for them:
what finds faces and persons comes with OpenCV.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pipeline.evaluation.bench import Bench, Outcome, Request
from pipeline.evaluation.errors import LayoutError, UnreadableMedia
from pipeline.evaluation.hidden import Reading, missed_in, read_marks
from pipeline.exports.wish import Blur

MARKS = "blur_marks.json"
_MEASURED = (Blur.FACES, Blur.PERSONS, Blur.ALL)


class BlurSuite:
    """See `pipeline.evaluation.bench.Suite`."""

    name = "blur"
    summary = "exports: the faces and persons that stay visible, by what is hidden"

    def run(self, request: Request, bench: Bench) -> Outcome:
        """Measure.

        Raises:
            LayoutError: none of the marked films is in the folder.
            FinderMissing: this machine cannot look for faces.
        """
        with resources.as_file(resources.files("pipeline.evaluation") / MARKS) as path:
            marks = read_marks(path)
        films = {name: found for name in marks if (found := _found(request.data, name))}
        if not films:
            raise LayoutError(self.name, request.data, f"films such as {next(iter(marks))}")
        by_set: dict[tuple[str, Blur], Reading] = {}
        whole = {blur: Reading() for blur in _MEASURED}
        for name, path in bench.each(list(films.items()), "films"):
            try:
                missed = missed_in(path, marks[name], _MEASURED)
            except UnreadableMedia as error:
                bench.unreadable[str(path)] = str(error)
                continue
            for blur, reading in missed.items():
                by_set.setdefault((name.split("/")[0], blur), Reading()).add(reading)
                whole[blur].add(reading)
        outcome = Outcome(
            suite=self.name,
            split="all",
            counts={
                "films": len(films),
                "pictures": sum(len(marks[name]) for name in films),
                "faces": whole[Blur.ALL].faces,
                "unreadable": len(bench.unreadable),
            },
            models={},
            settings={"marks": MARKS},
        )
        for (data, blur), reading in sorted(by_set.items()):
            outcome.ablations.append({"of": data, "hidden": str(blur), **reading.figures()})
        outcome.ablations += [
            {"of": "all together", "hidden": str(blur), **reading.figures()}
            for blur, reading in whole.items()
        ]
        outcome.metrics["video"] = {
            f"missed_{blur}": reading.faces_missed / max(1, reading.faces)
            for blur, reading in whole.items()
        }
        if len(films) < len(marks):
            outcome.notes.append(
                f"{len(marks) - len(films)} marked films are not in {request.data}"
            )
        return outcome


def _found(data: Path, name: str) -> Path | None:
    """A marked film, in the folder or in one of that name within it."""
    path = data / name
    return path if path.is_file() else None


SUITE = BlurSuite()
