"""Encoders: pictures, sounds and words to unit vectors. Importing this brings in no torch."""

from __future__ import annotations

from pathlib import Path

from pipeline.encoders.base import EncoderError, SightEncoder, SoundEncoder
from pipeline.encoders.running import PLAIN, Running, choose, pick_device

__all__ = ["EncoderError", "SightEncoder", "SoundEncoder", "open_sight", "open_sound"]

#: The name of the models that ship with the package.
EMBEDDED_NAME = "embedded"


def open_sight(
    name: str = EMBEDDED_NAME,
    *,
    device: str = "cpu",
    threads: int | None = None,
    models_dir: Path | None = None,
    running: Running = PLAIN,
) -> SightEncoder:
    """Load a sight model: ``embedded``, or a pulled ``architecture/tag``.

    Args:
        name: the model.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<n>``.
        threads: CPU threads of the model in this process; None leaves them.
        models_dir: the model store's folder, if not the usual one.
        running: its runtime, precision and batches; a site's are `running.running_of`.

    Raises:
        EncoderError: one of its kinds, saying what to do: missing, damaged, changed, no device.
    """
    if device == "auto":
        device = pick_device(device)
    if choose(running, device).runtime == "openvino":
        from pipeline.encoders.openvino_models import open_compiled_sight

        return open_compiled_sight(name, running, threads, models_dir)
    if name == EMBEDDED_NAME:
        from pipeline.encoders.embedded_sight import load_embedded_sight

        return load_embedded_sight(device=device, threads=threads, running=running)
    from pipeline.encoders.clip_hub import load_clip, split_name
    from pipeline.encoders.store import locate

    split_name(name)
    stored = locate(name, models_dir=models_dir)
    return load_clip(
        name, stored.weights, stored.model_id, device=device, threads=threads, running=running
    )


def open_sound(
    name: str = EMBEDDED_NAME,
    *,
    device: str = "cpu",
    threads: int | None = None,
    models_dir: Path | None = None,
    running: Running = PLAIN,
) -> SoundEncoder:
    """Load a sound model: ``embedded``, or the name of a pulled LAION CLAP checkpoint.

    Arguments and errors as for ``open_sight``.
    """
    if device == "auto":
        device = pick_device(device)
    if choose(running, device).runtime == "openvino":
        from pipeline.encoders.openvino_models import open_compiled_sound

        return open_compiled_sound(name, running, threads, models_dir)
    if name == EMBEDDED_NAME:
        from pipeline.encoders.embedded_sound import load_embedded_sound

        return load_embedded_sound(device=device, threads=threads, running=running)
    from pipeline.encoders.clap_hub import load_clap
    from pipeline.encoders.store import locate_sound

    stored, tokenizer = locate_sound(name, models_dir=models_dir)
    return load_clap(
        stored.weights,
        tokenizer,
        stored.model_id,
        device=device,
        threads=threads,
        running=running,
    )
