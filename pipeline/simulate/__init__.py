"""A simulated camera: files served over RTSP as live cameras with sound, faults on command."""

from pipeline.simulate.elementary import MediaError
from pipeline.simulate.faults import Fault
from pipeline.simulate.hosted import PASSWORD, HostedCamera, run_cameras, serve
from pipeline.simulate.media import MediaSource, Start
from pipeline.simulate.network import Network, Weather
from pipeline.simulate.server import SimulatedCamera

__all__ = [
    "PASSWORD",
    "Fault",
    "HostedCamera",
    "MediaError",
    "MediaSource",
    "Network",
    "SimulatedCamera",
    "Start",
    "Weather",
    "run_cameras",
    "serve",
]
