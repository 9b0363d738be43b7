"""Adapters: what a rule was taught, laid over the raw scores of its prompts. Numpy alone."""

from detectors.adapting.base import Adapter, PromptSpace
from detectors.adapting.cache import RepeatedFalseAlarms, TipAdapter
from detectors.adapting.kinds import Anchored, Chain, adapter_state, anchored, load_adapter
from detectors.adapting.probe import LinearProbe
from detectors.adapting.reworded import AdaptedPrompts

__all__ = [
    "AdaptedPrompts",
    "Adapter",
    "Anchored",
    "Chain",
    "LinearProbe",
    "PromptSpace",
    "RepeatedFalseAlarms",
    "TipAdapter",
    "adapter_state",
    "anchored",
    "load_adapter",
]
