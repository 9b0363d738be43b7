"""What people order about arming, by hand: records, and how one more order changes them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.config import Site

#: A silence lasts at most so long.
LONGEST_SILENCE_S = 7 * 86400.0
#: An order by hand that ends later than this has a wrong end, such as one in milliseconds.
LONGEST_ORDER_S = 366 * 86400.0
#: How much the clock of who orders may go before ours, and how far one may have been set back.
_SKEW_S, _SET_BACK_S = 300.0, 3600.0
#: Ended orders are kept for so long, in case a clock that was wrong is set back.
_KEPT_S = 86400.0


@dataclass(frozen=True, slots=True)
class ByHand:
    """A mode that a person has set, for one camera, one group, or (both empty) the site."""

    #: Empty: back to the schedule, whatever an order for more cameras says.
    mode: str
    camera: str = ""
    group: str = ""
    #: UTC epoch seconds; None: until it is taken back.
    until: float | None = None
    by: str = ""
    #: When it was given.
    at: float = 0.0

    @property
    def of(self) -> str:
        """Whose mode it sets: ``camera NAME``, ``group NAME`` or ``site``."""
        if self.camera:
            return f"camera {self.camera}"
        return f"group {self.group}" if self.group else "site"

    def holds(self, at: float) -> bool:
        """Whether it holds at ``at``."""
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule that makes no alert for a while, at one camera or (empty) at all."""

    rule: str
    camera: str
    #: UTC epoch seconds.
    until: float
    reason: str = ""
    by: str = ""
    at: float = 0.0

    def holds(self, at: float) -> bool:
        """Whether it holds at ``at``. One that ends too far ahead is of a clock that was wrong."""
        return at < self.until <= at + LONGEST_SILENCE_S + _SET_BACK_S


class OrderRefused(ValueError):
    """An order that cannot be carried out; the text says why."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What people have ordered and not taken back, the oldest first."""

    by_hand: tuple[ByHand, ...] = ()
    silences: tuple[Silence, ...] = ()


def cameras_of(site: Site, order: ByHand) -> frozenset[str]:
    """The cameras whose mode ``order`` sets."""
    if order.camera:
        return frozenset((order.camera,))
    return frozenset(site.groups[order.group] if order.group else site.cameras)


def with_arm(site: Site, orders: Orders, order: ByHand, now: float) -> Orders:
    """Return the orders after one more by hand.

    It takes the place of an older one for the same, and of those for fewer cameras that it
    outlasts. One with an end leaves what held before to come back.

    Raises:
        OrderRefused: a name is unknown, or its end is past or too far.
    """
    _check_place(site, order.camera, order.group)
    if order.mode and order.mode not in site.arming.known:
        known = ", ".join(site.arming.known)
        raise OrderRefused(f"there is no mode {order.mode!r}: the site has {known}")
    if order.until is not None:
        if not order.mode:
            raise OrderRefused("back to the schedule has no end")
        _check_end(order.until, now, LONGEST_ORDER_S, "a year")
    here = cameras_of(site, order)

    def replaces(old: ByHand) -> bool:
        if order.of == old.of:
            return True
        outlasts = order.until is None or (old.until is not None and old.until <= order.until)
        return outlasts and cameras_of(site, old) <= here

    kept = [old for old in orders.by_hand if old.holds(now - _KEPT_S) and not replaces(old)]
    # Where nothing else is ordered there is nothing to go back from.
    if order.mode or any(here & cameras_of(site, old) for old in kept):
        kept.append(order)
    return replace(orders, by_hand=tuple(kept))


def with_silence(site: Site, orders: Orders, silence: Silence, now: float) -> Orders:
    """Return the orders after one more silence, which takes the place of one for the same.

    Raises:
        OrderRefused: a name is unknown, or its end is past or beyond seven days.
    """
    _check_rule(site, silence.rule, silence.camera)
    _check_end(silence.until, now, LONGEST_SILENCE_S, "seven days")
    kept = [
        old
        for old in orders.silences
        if old.until > now - _KEPT_S and (old.rule, old.camera) != (silence.rule, silence.camera)
    ]
    return replace(orders, silences=(*kept, silence))


def without_silence(site: Site, orders: Orders, rule: str, camera: str, now: float) -> Orders:
    """Return the orders without the silence of a rule at a camera, or (empty) without any of it.

    Raises:
        OrderRefused: a name is unknown, or there is no such silence.
    """
    _check_rule(site, rule, camera)
    gone = [s for s in orders.silences if s.rule == rule and (not camera or s.camera == camera)]
    if not any(s.holds(now) for s in gone):
        if any(s.rule == rule and not s.camera and s.holds(now) for s in orders.silences):
            raise OrderRefused(f"rule {rule} is silenced at all cameras: take that back")
        raise OrderRefused(f"rule {rule} is not silenced{f' at {camera}' if camera else ''}")
    return replace(orders, silences=tuple(s for s in orders.silences if s not in gone))


def known_of(site: Site, orders: Orders) -> Orders:
    """Return ``orders`` without those of names that the site does not have any more."""
    return Orders(
        tuple(
            o
            for o in orders.by_hand
            if o.camera in ("", *site.cameras)
            and o.group in ("", *site.groups)
            and o.mode in ("", *site.arming.known)
        ),
        tuple(
            s for s in orders.silences if s.rule in site.rules and s.camera in ("", *site.cameras)
        ),
    )


def _check_place(site: Site, camera: str, group: str) -> None:
    """See that an order is for something that there is. Raises OrderRefused."""
    if camera and group:
        raise OrderRefused("an order is for a camera or for a group, not for both")
    if camera and camera not in site.cameras:
        raise OrderRefused(f"there is no camera {camera!r}")
    if group and group not in site.groups:
        named = ", ".join(site.groups) or "none"
        raise OrderRefused(f"there is no group {group!r}: the site has {named}")


def _check_rule(site: Site, rule: str, camera: str) -> None:
    if rule not in site.rules:
        raise OrderRefused(f"there is no rule {rule!r}: the site has {', '.join(site.rules)}")
    _check_place(site, camera, "")
    if camera and rule not in site.rules_of(camera):
        raise OrderRefused(f"rule {rule} does not watch camera {camera}")


def _check_end(until: float, now: float, longest: float, named: str) -> None:
    if not until > now:
        raise OrderRefused("its end is past already")
    if not until <= now + longest + _SKEW_S:
        raise OrderRefused(f"its end is more than {named} ahead (it is in seconds since 1970)")
