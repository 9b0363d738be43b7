"""Which windows of sound are left out under load."""

from __future__ import annotations

from pipeline.ingest.thinning import Thinning


def heard(thinning: Thinning, windows: str) -> str:
    """What becomes of windows: ``.`` is quiet, ``o`` is sound; ``O`` is let through."""
    out = ""
    for window in windows:
        if window == ".":
            thinning.quiet()
            out += "."
        else:
            out += "O" if thinning.passes() else "o"
    return out


def test_without_load_every_window_passes() -> None:
    assert heard(Thinning(), "oo.ooo") == "OO.OOO"


def test_under_load_one_in_so_many_does_and_what_is_new_at_once() -> None:
    thinning = Thinning()
    thinning.every = 3
    assert heard(thinning, "ooooooo") == "OooOooO"
    assert heard(thinning, "oo.ooo.oo") == "oo.Ooo.Oo"


def test_it_may_change_at_any_time() -> None:
    thinning = Thinning()
    thinning.every = 4
    assert heard(thinning, "oo") == "Oo"
    thinning.every = 1
    assert heard(thinning, "ooo") == "OOO"
    thinning.every = 2
    assert heard(thinning, "oooo") == "oOoO"
