"""What keeps a site from being run, beside its file and its data folder."""

from __future__ import annotations


class PortTaken(RuntimeError):
    """The health endpoint's address cannot be listened on."""


class ModelsUnusable(RuntimeError):
    """The encoder cannot be started; the text says why and what to do."""
