"""What cameras take for normal, and what waits in doubt, as one page to look at."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from detectors.album import Album
from detectors.base import State
from pipeline.statefile import load_state
from pipeline.web_page import web_page

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; } h3 { font-size: 1rem; margin: 1rem 0 .4rem; }
p { margin: .3rem 0; color: #888; }
.moments { display: grid; gap: .6rem;
  grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); }
figure { margin: 0; } img { width: 100%; border-radius: .3rem; }
figcaption { font-size: .82rem; }
"""


def pictures_page(folder: Path, zone: ZoneInfo) -> str:
    """An HTML page of every learner's album and doubts.

    Args:
        folder: ``normal`` in a site's data folder.
        zone: of the times that are shown.

    Raises:
        StateDamaged, DetectorStateError: a state cannot be trusted.
        OSError: it cannot be read.
    """
    parts = [
        _learner(path.parent.relative_to(folder), load_state(path), zone)
        for path in sorted(folder.glob("*/*/*/current.state"))
    ]
    body = "\n".join(parts) or "<p>Nothing was learned yet.</p>"
    return web_page("What is normal", _STYLE, f"<h1>What is normal</h1>\n{body}")


def _learner(key: Path, state: State, zone: ZoneInfo) -> str:
    title = f"<h2>{escape(', '.join(key.parts))}</h2>"
    learned = state["learned"]
    if learned is None:
        return f"{title}\n<p>It is warming up: {state['watched_s'] / 3600:.1f} h were watched.</p>"
    album = Album()
    album.load(learned["normal"]["album"])
    moments = album.moments()
    shown = [_figure(m.thumbnail, _when(m.captured_at, zone)) for m in moments if m.thumbnail]
    doubts = [
        _figure(
            group["thumbnail"],
            f"number {group['number']}: {group['occasions']} times, "
            f"{group['times'][4]:.0f} s in all, last {_when(group['times'][3], zone)}"
            + (", never normal" if group["refused"] else ""),
        )
        for group in learned["quarantine"]["groups"]
    ]
    return "\n".join(
        [
            title,
            f"<p>{len(album)} moments are remembered to be compared with.</p>",
            _grid(shown),
            f"<h3>{len(doubts)} kinds of moment wait in doubt</h3>",
            _grid(doubts),
        ]
    )


def _grid(figures: Iterable[str]) -> str:
    return f'<div class="moments">{"".join(figures)}</div>'


def _figure(picture: bytes, words: str) -> str:
    image = ""
    if picture:
        data = base64.b64encode(picture).decode()
        image = f'<img src="data:image/jpeg;base64,{data}" alt="">'
    return f"<figure>{image}<figcaption>{escape(words)}</figcaption></figure>"


def _when(at: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}"
