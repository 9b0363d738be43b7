"""Programs that ask are told the whole of a site, each time as it is then."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pipeline.first_messages import FirstMessages
from pipeline.messages import CameraState, ModelInfo, ModelsReady, SampleRate
from pipeline.metrics import Exporter
from pipeline.overview import Overview
from pipeline.processes import Processes
from pipeline.readiness import Readiness
from pipeline.rule_desk import RuleDesk
from pipeline.sampling_desk import SamplingDesk
from pipeline.stores import Stores
from pipeline.views import Views
from tests.pipeline.config.sites import site
from tests.pipeline.fakes.process import FakeChild
from tests.pipeline.test_sampling_desk import Stakes

MODELS = ModelsReady(ModelInfo("clip@1", 2, 10.0, (8, 8), 0.0, "", "", []), None, "cpu")
SITE = """
site: depot
data_dir: DATA
cameras: {yard: {url: "rtsp://camera/yard"}}
rules: {fire: {see: [a fire]}}
"""


def test_a_site_is_told_of_as_its_parts_know_it(tmp_path: Path) -> None:
    here = site(SITE.replace("DATA", str(tmp_path)))
    exporter, stores, rates = Exporter(), Stores(here.cameras), list[SampleRate]()
    processes = Processes(
        FirstMessages(here, stores),
        stores,
        hire=lambda spec: FakeChild(spec, []),  # type: ignore[arg-type, return-value]
        dismissed=lambda _name: None,
        defect=lambda _error: None,
    )
    readiness = Readiness(here.cameras)
    sampling = SamplingDesk(here, Stakes(), exporter, rates.append, lambda _event: None)
    rules = RuleDesk(here)
    views = Views(processes, readiness, Overview(exporter), rules, sampling)

    async def scene() -> None:
        starting = asyncio.create_task(processes.start(here))
        await asyncio.sleep(0)
        assert not views.readiness()[0]
        assert views.site()["models"] == {
            "ready": False, "sight": None, "sound": None, "device": None,
        }  # fmt: skip
        processes.models_are(MODELS)
        await starting
        processes.deliver(None)
        await asyncio.sleep(0)
        readiness.camera(CameraState("yard", "online", "", True, False, 1e9))
        readiness.sampled("yard", float("inf"))
        sampling.look(["yard"])
        ready, body = views.readiness()
        assert ready, body
        told = views.site()
        assert (told["name"], told["models"]["sight"]) == ("depot", "clip@1")
        assert list(told["rules"]) == ["fire"]
        state = views.state()
        assert state["checks"] == body["checks"]
        assert list(state["processes"]) == ["encoder", "publisher", "judge", "worker-0"]
        assert state["rules_revision"] == rules.revision_in_force
        assert state["file_revision"] == 0
        rules.refile(here, rules.in_force, 0)
        assert views.state()["file_revision"] == 1
        assert list(state["sampling"]["cameras"]["yard"]) == ["video"]
        processes.judge.alive = False  # type: ignore[misc]
        assert not views.readiness()[0]
        assert not views.state()["processes"]["judge"]["alive"]
        await processes.stop()

    rules.open()
    try:
        asyncio.run(scene())
    finally:
        rules.close()
