"""Makes a running line another site, while cameras that stay the same go on undisturbed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass
from functools import partial

from pipeline.config import AudioUse, Site
from pipeline.config.difference import Difference
from pipeline.crew import Crew
from pipeline.first_messages import FirstMessages
from pipeline.live_pictures import LivePictures
from pipeline.messages import AnyMessage, FollowSite, ModelsReady
from pipeline.metrics import Exporter
from pipeline.readiness import Readiness
from pipeline.records import Modality
from pipeline.reload_desk import ReloadRefused
from pipeline.rule_follower import RuleFollower
from pipeline.sampling_desk import SamplingDesk
from pipeline.search_desk import SearchDesk
from pipeline.stores import Stores

_SENSES = {Modality.VIDEO: "picture", Modality.AUDIO: "sound"}


@dataclass(frozen=True, slots=True)
class SiteChange:
    """The parts of a supervisor that know its site.

    Args:
        became: told the site, and the models with its texts.
        to_encoder: sends to the encoder.
        judged: returns once the judge judges what it is told, or is replaced.
        connect_anew: replaces the workers of some cameras, for a reason.
    """

    first: FirstMessages
    stores: Stores
    crew: Crew
    rules: RuleFollower
    readiness: Readiness
    sampling: SamplingDesk
    search: SearchDesk
    live: LivePictures
    exporter: Exporter
    became: Callable[[Site, ModelsReady], None]
    to_encoder: Callable[[AnyMessage], None]
    judged: Callable[[FollowSite], Awaitable[None]]
    connect_anew: Callable[[list[str], str], Awaitable[None]]

    async def follow(self, site: Site, found: Difference) -> list[str]:
        """See `pipeline.reload_desk.Line`."""
        for sense, cameras in lacking(site, self.stores.canary).items():
            raise ReloadRefused(
                f"{', '.join(cameras)}: the site was started without any {_SENSES[sense]}, so its "
                "model is not loaded: that takes a restart. Nothing was taken over"
            )
        return list(await self.rules.refile(site, partial(self._take_over, site, found)))

    async def _take_over(self, site: Site, found: Difference, models: ModelsReady) -> None:
        """From here on nothing fails but processes, which are replaced."""
        gone, come = [*found.removed, *found.changed], [*found.added, *found.changed]
        await self.crew.leave(gone)
        old = [descriptor for camera in gone for descriptor in self.stores.forget(camera)]
        for camera in come:
            self.stores.add(camera, site.cameras[camera])
        for camera in gone:
            self.live.forget(camera)
        self.became(site, models)
        self.readiness.follow(site.cameras)
        self.sampling.follow(site)
        self.search.follow(site)
        self.to_encoder(self.first.cameras())
        await self.judged(self.first.judged_anew(models))
        for camera in found.removed:
            self.readiness.over(camera)
            self.exporter.forget("camera", camera)
        self.sampling.worker_lost(found.changed)
        self.crew.join(come)
        more = [*self.first.to_be_heard(), *self.first.to_be_measured()]
        await self.connect_anew(more, "a rule asks for more")
        self.stores.close(old)


def lacking(site: Site, loaded: Container[Modality]) -> dict[Modality, list[str]]:
    """By sense, the cameras of a site that need a model which is not loaded."""
    uses = {
        Modality.VIDEO: [name for name, c in site.cameras.items() if c.video],
        Modality.AUDIO: [name for name, c in site.cameras.items() if c.audio is not AudioUse.OFF],
    }
    return {sense: names for sense, names in uses.items() if names and sense not in loaded}
