"""Site files in one line each, for tests."""

from __future__ import annotations

from pipeline.config import Site, SiteFileError, parse_site

#: Four lines that are a whole site; tests add to them or change a word.
SMALL = """\
cameras:
  yard: {url: "rtsp://viewer:hush@192.0.2.1/stream"}
rules:
  fire: {see: [flames]}
"""


def site(text: str = SMALL, **environ: str) -> Site:
    """The site that ``text`` describes."""
    return parse_site(text, name="site.yaml", environ=environ)


def refusal(text: str, **environ: str) -> str:
    """What is said about ``text``; fails where nothing is."""
    try:
        site(text, **environ)
    except SiteFileError as error:
        return str(error)
    raise AssertionError("the site file was accepted")
