"""laion_clap's model classes, without what its package does when it is imported.

``import laion_clap`` fetches three tokenizers from the model hub and appends its own folder to
``sys.path``. A stub of the package with the real ``__path__`` lets its submodules be imported
directly; ``laion_clap.clap_module`` does neither.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
import warnings
from functools import lru_cache
from types import ModuleType

from pipeline.encoders.base import EncoderError


class ClapImportError(EncoderError):
    """laion_clap is not installed."""


@lru_cache(maxsize=1)
def clap_model_module() -> ModuleType:
    """``laion_clap.clap_module.model``, imported without a network.

    Raises:
        ClapImportError: the package is absent.
    """
    if "laion_clap" not in sys.modules:
        spec = importlib.util.find_spec("laion_clap")
        if spec is None or spec.submodule_search_locations is None:
            raise ClapImportError("laion_clap is not installed: `make setup` brings it")
        stub = types.ModuleType("laion_clap")
        stub.__path__ = list(spec.submodule_search_locations)
        stub.__spec__ = spec
        sys.modules["laion_clap"] = stub
    with warnings.catch_warnings():
        # Its dependencies warn about their own deprecations when they are imported.
        warnings.simplefilter("ignore")
        return importlib.import_module("laion_clap.clap_module.model")
