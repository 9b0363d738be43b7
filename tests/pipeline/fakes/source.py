"""Sources that are told what to yield, and a channel that keeps what was said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from pipeline.messages import AnyMessage
from pipeline.sources import Item, SourceError, SourcePlan


class Script:
    """A camera's life: one attempt after another, each a list of items and how it ends.

    An attempt ends by the error that stands last in it, or in peace. A callable is called in its
    place and yields nothing.
    """

    def __init__(self, *attempts: Iterable[Item | BaseException | Callable[[], object]]) -> None:
        self._attempts = [list(attempt) for attempt in attempts]
        self.plans: list[SourcePlan] = []
        self.closed = 0
        self.all_played = threading.Event()

    def __call__(self, plan: SourcePlan) -> Script:
        """Open the source: one attempt."""
        self.plans.append(plan)
        return self

    def run(self) -> Iterator[Item]:
        try:
            for step in self._attempts[len(self.plans) - 1]:
                if isinstance(step, BaseException):
                    raise step
                if callable(step):
                    step()
                else:
                    yield step
        finally:
            self.closed += 1
            if len(self.plans) == len(self._attempts):
                self.all_played.set()


class Overheard:
    """A channel's sending end that keeps what was said, while it has room."""

    def __init__(self) -> None:
        self.said: list[AnyMessage] = []
        self.patience: list[float] = []
        self.full = False

    def send(self, message: AnyMessage, *, timeout_s: float = 0.0) -> bool:
        self.patience.append(timeout_s)
        if not self.full:
            self.said.append(message)
        return not self.full


class Listening:
    """Takes what a feed reads."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.story: list[str] = []

    def take(self, item: Item) -> None:
        self.items.append(item)
        self.story.append(type(item).__name__)

    def connecting(self) -> None:
        self.story.append("connecting")

    def failed(self, error: SourceError) -> None:
        self.story.append(f"failed: {error}")

    def ended(self) -> None:
        self.story.append("ended")
