"""What each process is told first: everything it needs to know, made anew at each of its starts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from pydantic_core import to_json

from pipeline.canary.card import CAMERA
from pipeline.config import Site, secrets_of, secrets_of_cameras
from pipeline.decoding_devices import SOFTWARE
from pipeline.messages import (
    CameraPlan,
    FollowCameras,
    FollowSite,
    ModelsReady,
    StartEncoder,
    StartJudge,
    StartPublisher,
    StartWorker,
    StoreRef,
)
from pipeline.neighbours import listened
from pipeline.prompts import prompts_of
from pipeline.records import Modality
from pipeline.stores import Stores

#: Seconds from one window of sound to the next.
SOUND_HOP_S = 1.0


class FirstMessages:
    """Writes the first message to each process of a site.

    Args:
        site: the validated site file.
        stores: its shared memory.
    """

    def __init__(self, site: Site, stores: Stores) -> None:
        self._site = site
        self._stores = stores
        #: As it is judged, and as it is to be judged once its texts are embedded: the site with
        #: what people changed of its rules.
        self.judged = self.wanted = site
        #: Whether no device decodes here for less than the processor: workers need not look again.
        self.no_device = False
        #: By camera, whether its worker was told to listen, and to measure what changes.
        self._listening: dict[str, bool] = {}
        self._measuring: dict[str, bool] = {}

    def follow(self, site: Site, judged: Site) -> None:
        """Write of another site from now on.

        Args:
            site: as its file has it.
            judged: with what people changed of its rules.
        """
        self._site = site
        self.judged = self.wanted = judged
        for told in (self._listening, self._measuring):
            for camera in told.keys() - site.cameras.keys():
                del told[camera]

    def encoder(self) -> StartEncoder:
        """To the encoder."""
        texts = [prompts_of(site) for site in (self.judged, self.wanted)]
        see, hear = (list(dict.fromkeys(chain(*some))) for some in zip(*texts, strict=True))
        return StartEncoder(
            models=to_json(self._site.models),
            cache_dir=str(self._site.state_dir / "cache"),
            see=see,
            hear=hear,
            # Whatever cameras come and go, the site keeps the senses that it was started with.
            sight=Modality.VIDEO in self._stores.canary,
            sound=Modality.AUDIO in self._stores.canary,
            frames=self._stores.frames | self._canary(Modality.VIDEO),
            sounds=self._stores.sounds | self._canary(Modality.AUDIO),
            log_level=self._site.log_level,
            patches=self._learned_by_sight(),
        )

    def cameras(self) -> FollowCameras:
        """To an encoder that runs, once cameras came or went."""
        return FollowCameras(
            frames=self._stores.frames | self._canary(Modality.VIDEO),
            sounds=self._stores.sounds | self._canary(Modality.AUDIO),
            patches=self._learned_by_sight(),
        )

    def judge(self, models: ModelsReady) -> StartJudge:
        """To the judge."""
        return StartJudge(
            site=_as_json(self.judged),
            state_dir=str(self._site.state_dir),
            sight=models.sight,
            sound=models.sound,
            log_level=self._site.log_level,
            secrets=list(secrets_of(self._site)),
        )

    def judged_anew(self, models: ModelsReady) -> FollowSite:
        """To a judge that runs, once it is to judge another site."""
        return FollowSite(_as_json(self.judged), models.sight, models.sound)

    def publisher(self, redis_url: str | None) -> StartPublisher:
        """To the publisher."""
        return StartPublisher(
            site=_as_json(self._site),
            state_dir=str(self._site.state_dir),
            redis_url=redis_url,
            secrets=list(secrets_of(self._site)),
            log_level=self._site.log_level,
        )

    def worker(self, cameras: Iterable[str], models: ModelsReady) -> StartWorker:
        """To the worker of some cameras."""
        sight, sound = models.sight, models.sound
        cameras = list(cameras)
        self._listening |= {camera: camera in self._listened() for camera in cameras}
        self._measuring |= {camera: camera in self._learned_by_sight() for camera in cameras}
        return StartWorker(
            cameras=[
                CameraPlan(
                    camera=camera,
                    settings=self._camera_json(camera),
                    frames=self._stores.frames.get(camera),
                    sounds=self._stores.sounds.get(camera),
                    frame_size=sight.image_size if sight else (0, 0),
                    sound_front=sound.front if sound and self._listening[camera] else None,
                    sound_hop_s=SOUND_HOP_S,
                    movement=bool(sight and sight.movement),
                    change=self._measuring[camera],
                    live=self._stores.lives.get(camera),
                )
                for camera in cameras
            ],
            media=to_json(self._site.media),
            media_dir=str(self._site.state_dir / "media"),
            # What it is not told it cannot give away.
            secrets=list(secrets_of_cameras(self._site.cameras[c] for c in cameras)),
            log_level=self._site.log_level,
            decoder=self._decoder,
        )

    @property
    def _decoder(self) -> str:
        wanted = self._site.decoder
        return SOFTWARE if wanted == "auto" and self.no_device else wanted

    def to_be_heard(self) -> list[str]:
        """Cameras to which a rule listens by now, and whose worker was told that none does."""
        listened = self._listened()
        return [
            camera for camera, told in self._listening.items() if not told and camera in listened
        ]

    def to_be_measured(self) -> list[str]:
        """Cameras whose picture a rule learns by now, and whose worker was told of none."""
        learned = self._learned_by_sight()
        return [c for c, told in self._measuring.items() if not told and c in learned]

    def _listened(self) -> frozenset[str]:
        # What is switched off may be switched on again.
        return listened(self._site) | listened(self.judged)

    def _canary(self, modality: Modality) -> dict[str, StoreRef]:
        ref = self._stores.canary.get(modality)
        return {} if ref is None else {CAMERA: ref}

    def _learned_by_sight(self) -> list[str]:
        """Cameras whose picture a rule with ``learn:`` watches, be it switched off or not."""
        return [
            camera
            for camera in self._stores.frames
            if any(
                rule.learn is not None and Modality.VIDEO in rule.modalities
                for rule in self._site.rules_of(camera).values()
            )
        ]

    def _camera_json(self, camera: str) -> bytes:
        return self._site.cameras[camera].model_dump_json(context={"reveal": True}).encode()


def _as_json(site: Site) -> bytes:
    return site.model_dump_json(context={"reveal": True}).encode()
