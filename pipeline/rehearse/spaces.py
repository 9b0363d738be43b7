"""The models of a site with its texts embedded, as its encoder would open them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from pipeline.config import Site
from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.background import background
from pipeline.encoders.running import pick_device, running_of, threads_of
from pipeline.encoders.text_cache import TextCache
from pipeline.prompts import prompts_of
from pipeline.records import Modality
from pipeline.text_space import TextSpace


@dataclass(frozen=True, slots=True)
class Opened:
    """What is open of a site's models; None: no rule and no camera uses it."""

    sight: SightEncoder | None
    sound: SoundEncoder | None
    spaces: dict[Modality, TextSpace]

    @property
    def models(self) -> dict[Modality, str]:
        """The identity of each."""
        return {modality: space.model_id for modality, space in self.spaces.items()}


def open_models(site: Site, senses: set[Modality]) -> Opened:
    """Open the models of ``senses`` and embed the site's texts, once per text and model.

    Raises:
        EncoderError: a model is not here or cannot be used.
    """
    settings = site.models
    threads = threads_of(settings)
    device = pick_device(settings.device)
    cache = _cache(site)
    see, hear = prompts_of(site)
    sight = sound = None
    spaces: dict[Modality, TextSpace] = {}
    running = running_of(settings, device, cache)
    if Modality.VIDEO in senses:
        sight = open_sight(settings.sight, device=device, threads=threads, running=running)
        spaces[Modality.VIDEO] = _space(sight, see, cache)
    if Modality.AUDIO in senses:
        sound = open_sound(settings.sound, device=device, threads=threads, running=running)
        spaces[Modality.AUDIO] = _space(sound, hear, cache)
    return Opened(sight, sound, spaces)


def _space(encoder: SightEncoder | SoundEncoder, prompts: list[str], cache: Path) -> TextSpace:
    rows = TextCache(cache).embed(encoder, prompts)
    texts = dict(zip(prompts, rows, strict=True))
    return TextSpace(encoder.model_id, encoder.logit_scale, texts, background(encoder, cache))


def _cache(site: Site) -> Path:
    """The site's own cache, which may hold all that is needed; or the user's where it is another's.

    Only files that hold one model's texts, whole, are written there: never what a running site
    reads.
    """
    own = site.state_dir / "cache"
    if own.is_dir() and os.access(own, os.W_OK):
        return own
    return user_cache_path("hearsight") / "rehearse"
