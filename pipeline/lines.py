"""Every rule's line at every camera, and which of them stay when the site becomes another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.config import Site
from pipeline.line import Learning, RuleLine, usable_modalities
from pipeline.records import Modality
from pipeline.text_space import TextSpace

Spaces = Mapping[Modality, TextSpace]


@dataclass(frozen=True, slots=True)
class Turnover:
    """What a change of the site made of its lines."""

    gone: tuple[RuleLine, ...]
    #: New, or made anew: their rule, or what its camera gives it, is another one.
    fresh: tuple[RuleLine, ...]


class Lines:
    """The lines of a site.

    Args:
        site: its cameras and rules.
        spaces: their texts and backgrounds.
        learning: what learners share.
    """

    def __init__(self, site: Site, spaces: Spaces, learning: Learning) -> None:
        self._site = site
        self._learning = learning
        self._lines = {
            c: [self._make(c, n, spaces) for n in _usable(site, c)] for c in site.cameras
        }

    def __iter__(self) -> Iterator[RuleLine]:
        """All of them, camera by camera."""
        for lines in self._lines.values():
            yield from lines

    @property
    def cameras(self) -> tuple[str, ...]:
        """Cameras of the site, those without a line too."""
        return tuple(self._lines)

    def of(self, camera: str) -> list[RuleLine]:
        """Those of one camera."""
        return self._lines.get(camera, [])

    def follow(self, site: Site, spaces: Spaces) -> Turnover:
        """Become the lines of another site; those whose meaning stays go on in mid-window."""
        before, self._site = self._site, site
        old = {(line.camera, line.name): line for line in self}
        kept = {key for key in old if _same(before, site, *key)}
        self._lines = {
            camera: [
                old[camera, name] if (camera, name) in kept else self._make(camera, name, spaces)
                for name in _usable(site, camera)
            ]
            for camera in site.cameras
        }
        return Turnover(
            tuple(line for key, line in old.items() if key not in kept),
            tuple(line for line in self if (line.camera, line.name) not in kept),
        )

    def _make(self, camera: str, name: str, spaces: Spaces) -> RuleLine:
        return RuleLine(self._site, camera, name, spaces, self._learning)


def _usable(site: Site, camera: str) -> list[str]:
    """The rules of a camera that it gives anything to see or hear."""
    rules = site.rules_of(camera).items()
    return [name for name, rule in rules if usable_modalities(site, camera, rule)]


def _same(before: Site, after: Site, camera: str, name: str) -> bool:
    """Whether a rule asks the same of a camera, and hears it by the same ear."""
    if camera not in after.cameras:
        return False
    old, new = before.rules_of(camera)[name], after.rules_of(camera).get(name)
    return (
        old == new
        and usable_modalities(before, camera, old) == usable_modalities(after, camera, old)
        and before.ear_of(camera) == after.ear_of(camera)
    )
