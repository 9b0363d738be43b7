"""Models, what they run in, and what decodes pictures."""

from __future__ import annotations

import asyncio
import os
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from pipeline.config import Models, Site
from pipeline.decoding_devices import SOFTWARE, DecoderUnusable, measured
from pipeline.doctor.findings import Area, Finding
from pipeline.encoders.base import EncoderError
from pipeline.encoders.digest import file_sha256
from pipeline.encoders.running import choose as choose_runtime
from pipeline.encoders.running import pick_device, running_of
from pipeline.encoders.store import EMBEDDED_NAME, models_folder, read_lock, verify
from pipeline.encoders.words import EMBEDDED
from pipeline.sources.hardware import candidates

_AREA = Area("models")

#: Stand for a card, whether or not its driver's library is there.
_CARDS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
_RENDER = Path("/dev/dri/renderD128")
_EMBEDDED_FILES = (
    "hearsight-sight.safetensors",
    "hearsight-sight.background.npz",
    "hearsight-sound.safetensors",
    "hearsight-sound.background.npz",
)


def look_at_models(site: Site) -> list[Finding]:
    """The site's models, the runtime, and the decoder that it would use."""
    return [
        *look_at_weights(site.models),
        look_at_runtime(site.models),
        *look_at_cards(site.models, pick_device),
        look_at_decoder(
            site.decoder, lambda wish: asyncio.run(measured(wish, site.state_dir, quiet=True))
        ),
    ]


def look_at_weights(models: Models, folder: Path | None = None) -> Iterator[Finding]:
    """Whether the named weights are here, and those that were pinned.

    Args:
        models: the site's choice.
        folder: of the models; default: as `models_folder` finds it.
    """
    for sense, name in (("sight", models.sight), ("sound", models.sound)):
        if name == EMBEDDED_NAME:
            yield _embedded(sense)
            continue
        pull = f"hearsight models pull {name}"
        try:
            known = name in read_lock(models_folder(folder)).models
            results = verify(name, models_dir=folder) if known else []
        except EncoderError as error:
            yield _AREA.failure(sense, str(error), f"restore models.lock, or delete it and: {pull}")
            continue
        if not known:
            yield _AREA.failure(sense, f"{name} is not on this machine", pull)
        elif results[0].ok:
            yield _AREA.ok(sense, f"{name} is here, and as it was pinned")
        else:
            told = results[0].detail.partition(". Delete")[0]
            yield _AREA.failure(sense, told, f"delete that file, then: {pull}")


def _embedded(sense: str) -> Finding:
    names = [name for name in _EMBEDDED_FILES if f"-{sense}." in name]
    recorded = recorded_hashes()
    for name in names:
        path = EMBEDDED / name
        if not path.is_file():
            return _AREA.failure(sense, f"{path} is missing", "install hearsight again")
        if name in recorded and file_sha256(path) != recorded[name]:
            return _AREA.failure(
                sense, f"{path} is not the one that was installed", "install hearsight again"
            )
    as_installed = ", as it was installed" if all(name in recorded for name in names) else ""
    return _AREA.ok(sense, f"the embedded model, which comes with the program{as_installed}")


def recorded_hashes(package: str = "hearsight") -> dict[str, str]:
    """SHA-256, in hex, of the embedded files, as the installation recorded them.

    A wheel's RECORD holds them (PEP 376); an editable installation has none: empty.
    """
    return {
        file.name: urlsafe_b64decode(file.hash.value + "=").hex()
        for file in metadata.files(package) or ()
        if file.name in _EMBEDDED_FILES and file.hash is not None and file.hash.mode == "sha256"
    }


def look_at_runtime(models: Models) -> Finding:
    """What the models would run in, by the site's wishes and by what is here."""
    try:
        device = pick_device(models.device)
        choice = choose_runtime(running_of(models, device, None), device)
    except EncoderError as error:
        return _AREA.failure("runtime", str(error), "change models: in the site file as it says")
    return _AREA.ok("runtime", f"{choice.runtime}, {choice.precision}, on {device}")


def look_at_cards(
    models: Models,
    pick: Callable[[str], str],
    cards: tuple[Path, ...] = _CARDS,
    render: Path = _RENDER,
) -> Iterator[Finding]:
    """A graphics card that is there and would not be used.

    Args:
        models: the site's choice.
        pick: the device for a wish, see `pick_device`.
        cards: files of which one stands for an NVIDIA card.
        render: the file that stands for a decoder of another maker.
    """
    if any(card.exists() for card in cards) and models.device == "auto" and pick("auto") == "cpu":
        yield _AREA.warning(
            "graphics card",
            "an NVIDIA card is there, and torch cannot use it",
            "install its driver (nvidia-smi must list the card); a container needs `gpus: all`",
        )
    if render.exists() and not os.access(render, os.R_OK | os.W_OK):
        yield _AREA.warning(
            "graphics card",
            f"{render} is there, and this user may not open it",
            "put the user of the site into the group render (usermod -aG render USER)",
        )


def look_at_decoder(wanted: str, choose: Callable[[str], str]) -> Finding:
    """What would decode pictures: with ``auto`` the machine's decoders are measured.

    Args:
        wanted: as the site has it.
        choose: what it comes to, see `measured`.
    """
    try:
        used = choose(wanted)
    except DecoderUnusable as error:
        return _AREA.failure("decoder", str(error), "write decoder: auto in the site file")
    tried = ", ".join(candidates()) if wanted == "auto" else ""
    if used == SOFTWARE:
        why = f" ({tried} is there and costs more, or does not work)" if tried else ""
        return _AREA.ok("decoder", f"the processor{why}")
    return _AREA.ok("decoder", used)
