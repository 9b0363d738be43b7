"""Which addresses may be a camera."""

from __future__ import annotations

import pytest

from pipeline.config import check_source_url


@pytest.mark.promise("bad input 7")
@pytest.mark.parametrize(
    "url",
    [
        "rtsp://192.0.2.1/stream",
        "rtsp://192.0.2.1:8554/cam/realmonitor?channel=1&subtype=0",
        "rtsps://camera.example.org:322/main",
        "rtsp://first.last:p%40ss@192.0.2.1/a",
        "rtsp://first%40example.org:pass@192.0.2.1/a",
        "rtsp://:pass@192.0.2.1/a",
        "rtsp://[2001:db8::1]:554/a",
        "rtsp://192.0.2.1/a?token=abc%2F=",
        "file:/srv/clips/evening clip.mp4",
        "file:clips/evening.mp4",
        "file:./12:30.mp4",
        "images:/srv/frames",
    ],
)
def test_these_may(url: str) -> None:
    assert check_source_url(url) == url


@pytest.mark.promise("bad input 1", "bad input 2", "bad input 3", "security 7")
@pytest.mark.parametrize(
    "url",
    [
        "",
        "/etc/passwd",
        "http://192.0.2.1/video.mjpg",
        "concat:/etc/passwd|/etc/hosts",
        "subfile,,start,0,end,100,,:/etc/passwd",
        "data:text/plain;base64,QUJD",
        "pipe:0",
        "crypto:file:/etc/passwd",
        "tcp://192.0.2.1:80",
        "RTSP",
        "-i rtsp://192.0.2.1/a",
        "; rm -rf /",
        "javascript:alert(1)",
    ],
)
def test_other_schemes_cannot_be_a_camera(url: str) -> None:
    with pytest.raises(ValueError, match="scheme cannot be a camera: use one of rtsp:, rtsps:"):
        check_source_url(url)


@pytest.mark.promise("bad input 2", "security 7")
@pytest.mark.parametrize("url", ["file:concat:/etc/passwd", "images:http://192.0.2.1/a"])
def test_a_path_cannot_smuggle_another_scheme(url: str) -> None:
    with pytest.raises(ValueError, match="begins with another scheme"):
        check_source_url(url)


@pytest.mark.promise("bad input 3", "security 8")
@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x1b", "\x7f"])
@pytest.mark.parametrize("place", [0, 9, 25])
def test_control_characters_are_refused_wherever_they_stand(character: str, place: int) -> None:
    url = "rtsp://192.0.2.1/stream/x"

    with pytest.raises(ValueError, match="control characters"):
        check_source_url(url[:place] + character + url[place:])


@pytest.mark.promise("bad input 3")
@pytest.mark.parametrize("url", [" rtsp://192.0.2.1/a", "rtsp://192.0.2.1/a ", "\u00a0file:a"])
def test_blanks_at_the_ends_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="begins or ends with a blank"):
        check_source_url(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("rtsp:///stream", "names no host"),
        ("rtsp:stream", "names no host"),
        ("rtsp://user:pass@/stream", "names no host"),
        ("rtsp://192.0.2.1:port/stream", "the port is no number"),
        ("rtsp://192.0.2.1:70000/stream", "the port is no number"),
        ("rtsp://[2001:db8::1/stream", "cannot be read"),
        ("rtsp://user:pa/ss@192.0.2.1/stream", "write '/' as %2F"),
        ("rtsp://user:12/34@192.0.2.1/stream", "'@' as %40"),
        ("file:", "names no path"),
        ("images:", "names no path"),
    ],
)
def test_an_address_that_leads_nowhere_says_how_to_write_it(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_source_url(url)
