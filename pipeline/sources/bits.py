"""Bits of a NAL unit, one after another: fixed lengths and Exp-Golomb codes (ITU-T H.264, 9.1)."""

from __future__ import annotations

#: The longest code that any header holds; a longer one is damage.
_MOST_ZEROS = 32


class BadBits(ValueError):
    """A header ends too early, or holds a number that cannot be."""


class Bits:
    """Reads the raw bytes of a NAL unit, those that only prevent start codes left out.

    Args:
        data: as it was sent, without its header.
    """

    def __init__(self, data: bytes) -> None:
        raw = data.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(raw, "big"), 8 * len(raw)

    def take(self, count: int) -> int:
        """The next ``count`` bits as a number.

        Raises:
            BadBits: there are fewer.
        """
        self._left -= count
        if self._left < 0:
            raise BadBits("a header ends too early")
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit.

        Raises:
            BadBits: there is none.
        """
        return bool(self.take(1))

    def unsigned(self) -> int:
        """An unsigned Exp-Golomb code, ue(v).

        Raises:
            BadBits: it is cut off, or too long.
        """
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise BadBits("a header holds a number that is too long")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """A signed Exp-Golomb code, se(v).

        Raises:
            BadBits: it is cut off, or too long.
        """
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)
