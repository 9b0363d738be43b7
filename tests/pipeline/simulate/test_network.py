"""A bad network between the simulated camera and who watches it: packets get lost and come late."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import av
import pytest

from pipeline.simulate import Network, Weather, serve
from tests.pipeline.simulate.clips import watch
from tests.pipeline.simulate.rtsp_client import RtspClient


def carried(weather: Weather, *, ordered: bool, packets: int = 200) -> list[int]:
    """Which of so many packets arrive, in their order."""

    async def carry() -> list[int]:
        network, arrived = Network(weather), list[int]()
        for number in range(packets):
            network.carry(lambda number=number: arrived.append(number), ordered=ordered)  # type: ignore[misc]
        await asyncio.sleep(1.5 * weather.jitter_s)
        assert (network.carried, network.lost) == (packets, packets - len(arrived))
        return arrived

    return asyncio.run(carry())


def test_without_faults_everything_arrives() -> None:
    assert carried(Weather(), ordered=False) == list(range(200))


def test_as_many_get_lost_as_was_asked_for_and_the_same_ones_each_time() -> None:
    first = carried(Weather(loss=0.05), ordered=True, packets=10_000)
    assert 400 < 10_000 - len(first) < 600
    assert carried(Weather(loss=0.05), ordered=True, packets=10_000) == first
    assert carried(Weather(loss=0.05, seed=2), ordered=True, packets=10_000) != first


def test_what_is_late_overtakes_the_rest_unless_it_goes_in_order() -> None:
    weather = Weather(jitter_s=0.02)
    assert carried(weather, ordered=True) == list(range(200))
    mixed = carried(weather, ordered=False)
    assert sorted(mixed) == list(range(200))
    assert mixed != sorted(mixed)


@pytest.mark.parametrize("wrong", [{"loss": 1.1}, {"loss": -0.1}, {"jitter_s": -1.0}])
def test_an_impossible_network_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="loses a share in"):
        Weather(**wrong)  # type: ignore[arg-type]


def test_what_a_camera_could_not_send_is_missing_from_its_numbers(clip: Path) -> None:
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        network = camera.set_weather("yard", Weather(loss=0.2, jitter_s=0.02))
        client.play(tracks=2)
        numbers: dict[int, list[int]] = {0: [], 2: []}
        for channel, packet in itertools.islice(client.media(), 200):
            if channel in numbers:
                numbers[channel].append(int.from_bytes(packet[2:4], "big"))
    missing = 0
    for sent in numbers.values():
        steps = [(b - a) % 65_536 for a, b in itertools.pairwise(sent)]
        assert all(0 < step < 100 for step in steps), "over TCP nothing overtakes"
        missing += sum(steps) - len(steps)
    assert 10 < missing <= network.lost


def test_datagrams_get_lost_and_overtake_each_other(clip: Path) -> None:
    av.logging.set_level(av.logging.WARNING)
    with serve({"yard": clip}) as camera:
        network = camera.set_weather("yard", Weather(loss=0.1, jitter_s=0.05))
        with av.logging.Capture() as said, watch(camera.url("yard"), "udp") as client:
            for packet in client.demux():
                if network.lost > 20 and packet.size:
                    break
        assert any("RTP: missed" in text for _, _, text in said)
