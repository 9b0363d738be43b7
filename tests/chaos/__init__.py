"""Faults on purpose, with real processes: what `tests/promises.py` lists is tried and measured."""
