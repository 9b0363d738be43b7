"""A worker connects to its cameras and nowhere else, whatever they answer."""

from __future__ import annotations

import errno
import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pipeline.simulate import serve
from pipeline.sources.reach import ReachUnlimited, limit, plain
from pipeline.sources.resolve import LeadsInside, Unresolved, addresses_of
from tests.pipeline.simulate.clips import make_clip
from tests.pipeline.sources.hostile import HEAD, HostileCamera, media


def confined(*given: str) -> list[str]:
    """What becomes of each address in a process that is limited."""
    return told_by("-m", "tests.pipeline.sources.confined", *given)


def told_by(*program: str) -> list[str]:
    """The lines of a Python program that limits itself; where the machine cannot, it is skipped."""
    done = subprocess.run(
        [sys.executable, *program],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if ReachUnlimited.__name__ in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@contextmanager
def inner_host() -> Iterator[socket.socket]:
    """A service that trusts this machine; nobody answers, connections wait to be accepted."""
    with socket.create_server(("127.0.0.1", 0)) as inner:
        inner.setblocking(False)
        yield inner


def nobody_came(inner: socket.socket) -> bool:
    try:
        inner.accept()[0].close()
    except BlockingIOError:
        return True
    return False


@pytest.mark.promise("bad input 5", "security 7")
def test_a_redirect_to_an_inner_host_is_not_followed() -> None:
    with inner_host() as inner:
        port = inner.getsockname()[1]
        away = ("302 Found", f"Location: rtsp://127.0.0.1:{port}/admin\r\n")
        with HostileCamera(DESCRIBE=away) as late, HostileCamera(OPTIONS=away) as early:
            told = confined(late.url, early.url)
            assert "DESCRIBE" in late.asked
        assert nobody_came(inner)
    for said in told:
        assert said.startswith("CameraElsewhere yard at rtsp://***@127.0.0.1:")
        assert f"leads to 127.0.0.1 port {port}, and is not followed" in said
        assert "hush" not in said


@pytest.mark.promise("bad input 1", "bad input 2", "security 7")
def test_a_redirect_into_this_machine_s_files_opens_nothing() -> None:
    places = ("file:///etc/passwd", "concat:/etc/passwd|/etc/hosts", "pipe:0", "subfile,,:/etc/x")
    with ExitStack() as stack:
        cameras = [
            stack.enter_context(HostileCamera(DESCRIBE=("302 Found", f"Location: {place}\r\n")))
            for place in places
        ]
        told = confined(*(camera.url for camera in cameras))
    for said in told:
        assert said.startswith("Camera")
        assert "yard at rtsp://***@127.0.0.1:" in said


@pytest.mark.promise("bad input 5", "security 7", "security 9")
def test_no_datagram_goes_to_a_host_that_the_camera_names() -> None:
    # FFmpeg sends its reports, and what opens a firewall, to the `source` of the answer to SETUP.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inner:
        inner.bind(("127.0.0.2", 0))
        inner.settimeout(0)
        port = inner.getsockname()[1]
        setup = (
            "200 OK",
            f"Session: 1\r\nTransport: RTP/AVP;unicast;source=127.0.0.2;server_port={port}-{port};"
            "client_port=5000-5001\r\nX-Rest: ",
        )
        over = ("404 Not Found", "")
        with HostileCamera(HEAD + media(), SETUP=setup, PLAY=over) as hostile:
            confined(hostile.url + " udp")
            assert "PLAY" in hostile.asked
        with pytest.raises(BlockingIOError):
            inner.recv(1000)


@pytest.mark.promise("security 7", "security 9")
def test_the_camera_itself_is_reached_and_nothing_else_is(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "yard.mp4")
    with serve({"yard": clip}) as camera, inner_host() as inner:
        yard = camera.url("yard")
        told = confined(yard, yard + " udp", str(inner.getsockname()[1]))
    assert told == ["sampled", "sampled", "PermissionError"]


_HOLDING_PYTHON_S_LOCK = """
import ctypes, socket, sys
from pipeline.sources.reach import limit
limit(device=True)
with socket.socket(socket.AF_UNIX) as one:
    where = ctypes.create_string_buffer(b"\\x01\\x00" + sys.argv[1].encode(), 110)
    print(ctypes.PyDLL(None).connect(one.fileno(), where, 110))
"""


def test_a_driver_reaches_its_daemon_without_letting_python_go_on(tmp_path: Path) -> None:
    # CUDA's does, and the thread that answers the kernel would wait for the lock for ever.
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(tmp_path / "daemon"))
        daemon.listen()
        assert told_by("-c", _HOLDING_PYTHON_S_LOCK, str(tmp_path / "daemon")) == ["0"]


_KNOCKS = """
import socket, sys
from pathlib import Path
from pipeline.sources.reach import limit
limit(Path(sys.argv[1]))
for name in sys.argv[2:]:
    with socket.socket(socket.AF_UNIX) as one:
        print(one.connect_ex(name))
"""


@pytest.mark.promise("security 9")
def test_the_site_s_own_sockets_are_reached_by_no_decoder(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    places = [site / ("s" * n) for n in (1, 7, 19)]
    with ExitStack() as stack:
        for place in (*places, tmp_path / "other"):
            one = stack.enter_context(socket.socket(socket.AF_UNIX))
            one.bind(str(place))
            one.listen()
        told = told_by("-c", _KNOCKS, str(site), *map(str, (*places, tmp_path / "other")))
    refused = str(errno.EACCES)
    assert told == [refused, refused, refused, "0"]


@pytest.mark.parametrize("release", ["5.4.0-150-generic", "4.9.337-tegra", "strange"])
def test_a_kernel_that_cannot_be_answered_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    def seccomp() -> list[str]:
        lines = Path("/proc/self/status").read_text().splitlines()
        return [line for line in lines if line.startswith(("Seccomp", "NoNewPrivs"))]

    before = seccomp()
    monkeypatch.setattr(platform, "release", lambda: release)
    with pytest.raises(ReachUnlimited, match=r"too old: it needs 5\.5"):
        limit()
    assert seccomp() == before


@pytest.mark.promise("bad input 6", "security 7")
def test_a_name_that_resolves_differently_the_second_time_leads_nowhere() -> None:
    with inner_host() as inner:
        port = inner.getsockname()[1]
        (said,) = confined("first=127.0.0.9", f"rtsp://localhost:{port}/stream1")
        assert nobody_came(inner)
    assert said.startswith("CameraElsewhere yard at rtsp://localhost:")
    assert "a changed name leads to " in said


@pytest.mark.promise("bad input 6", "security 7")
def test_a_name_that_leads_to_this_machine_is_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, list[str]] = {
        "camera.lan": ["127.0.0.1"],
        "metadata.lan": ["169.254.169.254", "fe80::1%2"],
        "mixed.lan": ["::1", "192.0.2.7"],
        "mapped.lan": ["::ffff:127.0.0.1"],
        "nobody.lan": [],
    }

    def look_up(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        found = answers.get(host, [host])
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for name in ("camera.lan", "metadata.lan", "mapped.lan"):
        with pytest.raises(LeadsInside):
            addresses_of(name)
    assert addresses_of("mixed.lan") == {"192.0.2.7"}
    with pytest.raises(Unresolved):
        addresses_of("nobody.lan")


@pytest.mark.promise("bad input 4")
def test_the_site_may_name_an_address_of_this_machine_itself() -> None:
    assert addresses_of("127.0.0.1") == {"127.0.0.1"}
    assert addresses_of("169.254.7.7") == {"169.254.7.7"}
    assert "127.0.0.1" in addresses_of("localhost")
    assert plain("::ffff:192.0.2.1") == "192.0.2.1"
    assert plain("FE80::1%eth0") == "fe80::1"
