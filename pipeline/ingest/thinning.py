"""Leaves out windows of sound while a site is overloaded."""

from __future__ import annotations


class Thinning:
    """Lets one in so many through: the first after quiet, then each so-manyth.

    Windows of sound overlap, so that what is left out is heard in a later one. Set by one thread,
    asked by another.
    """

    def __init__(self) -> None:
        self.every = 1
        self._left_out = 0

    def quiet(self) -> None:
        """Nothing is to be heard: what comes next is news."""
        self._left_out = 0

    def passes(self) -> bool:
        """Whether the window that has come now is to be embedded; asks once per window."""
        if self._left_out and self._left_out < self.every:
            self._left_out += 1
            return False
        self._left_out = 1
        return True
