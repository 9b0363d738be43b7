"""What differs between the site that runs and its file as it is now."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config.cameras import Camera
from pipeline.config.model import Site

#: What follows the file while a site runs. Models, ports, folders, sinks and the like are held by
#: processes from their start on.
LIVE = frozenset({"cameras", "presets", "rules", "arming", "sampling"})
#: What of a camera its worker never hears of: its connection stands when it changes.
_JUDGED = frozenset({"space", "groups", "rules"})


@dataclass(frozen=True, slots=True)
class Difference:
    """By name, in the order of the files."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    #: Cameras that have to be connected anew.
    changed: tuple[str, ...] = ()
    #: Whether anything else differs that may: rules, arming, groups and spaces, sampling.
    judged: bool = False
    #: Settings of the site that need a restart.
    fixed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs at all."""
        return bool(self.added or self.removed or self.changed or self.judged or self.fixed)


def difference(running: Site, wanted: Site) -> Difference:
    """Compare a site with its file, field by field.

    Args:
        running: as it was taken over last, without what people changed of its rules.
        wanted: as the file has it.
    """
    before, after = running.cameras, wanted.cameras
    stayed = [name for name in after if name in before]
    changed = tuple(n for n in stayed if _connects_anew(before[n], after[n]))
    fields = [name for name in Site.model_fields if _differs(running, wanted, name)]
    return Difference(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=changed,
        judged=any(name != "cameras" for name in fields if name in LIVE)
        or any(_differs(before[n], after[n], name) for n in stayed for name in _JUDGED),
        fixed=tuple(name for name in fields if name not in LIVE),
    )


def _connects_anew(before: Camera, after: Camera) -> bool:
    told = (name for name in Camera.model_fields if name not in _JUDGED)
    return any(_differs(before, after, name) for name in told)


def _differs(before: Site | Camera, after: Site | Camera, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))
