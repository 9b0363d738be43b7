"""Backgrounds of rules as they were: one that goes back to its old words has its history back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEY = "earlier"
#: Of a rule at a camera: that many are kept which are not in use, the newest first.
_MOST = 3


class EarlierBackgrounds:
    """Keeps what `RuleLine.to_state` gave for words that are not judged now."""

    def __init__(self) -> None:
        self._states: dict[str, list[dict[str, Any]]] = {}

    def take_over(self, saved: Mapping[str, Any]) -> None:
        """Hold all that was saved of lines, in use then or not."""
        earlier = saved.get(_KEY, {})
        for key, states in earlier.items():
            self._states[key] = list(states)
        for key, state in saved.items():
            if key != _KEY and "identity" in state and "single" in state:
                self._states.setdefault(key, []).insert(0, state)

    def find(self, key: str, identity: str) -> dict[str, Any] | None:
        """Hand out the background that was learned for these words and models; None: there is none.

        Args:
            key: of the line.
            identity: of its rule's words and its models.
        """
        states = self._states.get(key, [])
        for number, state in enumerate(states):
            if state["identity"] == identity:
                return states.pop(number)
        return None

    def save(self) -> dict[str, Any]:
        """What is left, to be saved beside the lines that are in use."""
        kept = {key: states[:_MOST] for key, states in self._states.items() if states}
        return {_KEY: kept} if kept else {}
