"""A rehearsal as one HTML file that needs nothing else: pictures are in it, and no script."""

from __future__ import annotations

import base64
from html import escape

from pipeline.rehearse.outcome import Outcome, Rehearsal, WouldBe
from pipeline.rehearse.rates import CONFIDENCE, Verdict, often, rate_words, span
from pipeline.rehearse.report import (
    evidence_words,
    headline,
    in_order,
    lasted,
    moment,
    rarity_words,
    remarks,
    sum_of,
)
from pipeline.web_page import web_page

#: From so many seconds on a picture is said to be of another moment.
_APART_S = 3.0
#: Alerts shown with their pictures: a page of some megabytes.
_SHOWN = 1000
_CLASSES = {
    Verdict.HOLDS: "kept",
    Verdict.MAY_HOLD: "kept",
    Verdict.SHORT: "short",
    Verdict.EXCEEDED: "exceeded",
}

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --kept: #1a7f37; --short: #9a6700;
  --exceeded: #cf222e; --card: #8881; }
@media (prefers-color-scheme: dark) { :root { --dim: #999; --kept: #3fb950; --short: #d29922;
  --exceeded: #f85149; } }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
p { margin: .4rem 0; } .dim { color: var(--dim); }
.sum { font-size: 1.05rem; padding: .7rem 1rem; background: var(--card); border-radius: .5rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } th { font-weight: 600; } .number { text-align: right; }
td.number, th.number { padding-right: 1.6rem; }
.kept { color: var(--kept); } .short { color: var(--short); }
.exceeded { color: var(--exceeded); font-weight: 600; }
.alerts { display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(14.5rem, 1fr)); }
figure { margin: 0; border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
.frame { height: 8.5rem; background: #111; display: flex; align-items: center;
  justify-content: center; color: #aaa; font-size: .85rem; }
.frame img { max-width: 100%; height: 100%; object-fit: contain; }
figcaption { padding: .5rem .7rem .6rem; font-size: .87rem; }
figcaption strong { display: block; font-size: .95rem; }
.critical { border-top: 3px solid var(--exceeded); }
.warning { border-top: 3px solid var(--short); }
.info { border-top: 3px solid #218bff; }
"""


def page(rehearsal: Rehearsal) -> str:
    """The file's text. Every text of the site is escaped."""
    title = f"Rehearsal of {rehearsal.site}"
    rows = "\n".join(_row(outcome) for outcome in rehearsal.outcomes)
    notes = "\n".join(f"<li>{escape(note)}</li>" for note in remarks(rehearsal))
    body = f"""<h1>{escape(title)}</h1>
<p class="dim">{escape(headline(rehearsal))}</p>
<p class="sum">{escape(sum_of(rehearsal))}</p>
<h2>What would have been raised</h2>
<div class="wide"><table>
<tr><th>camera</th><th>rule</th><th>watched</th><th class="number">alerts</th>
<th>rate ({CONFIDENCE:.0%} interval)</th><th>promised</th><th>the promise</th></tr>
{rows}
</table></div>
{f"<h2>Look at</h2><ul>{notes}</ul>" if notes else ""}
{_alerts(rehearsal)}"""
    return web_page(title, _STYLE, body)


def _row(outcome: Outcome) -> str:
    rate = outcome.rate
    cells = [
        escape(outcome.camera),
        escape(outcome.rule),
        span(outcome.watched_s) if rate else "-",
        None,
        rate_words(rate) if rate else "-",
        often(outcome.promised),
    ]
    number = f'<td class="number">{len(outcome.alerts)}</td>'
    told = "".join(number if cell is None else f"<td>{cell}</td>" for cell in cells)
    verdict = f'<td class="{_CLASSES[outcome.verdict]}">{outcome.verdict.value}</td>'
    return f"<tr>{told}{verdict}</tr>"


def _alerts(rehearsal: Rehearsal) -> str:
    listed = in_order(rehearsal)
    if not listed:
        return "<h2>Alerts</h2><p>None.</p>"
    title = "Alerts" if len(listed) <= _SHOWN else f"The first {_SHOWN} of {len(listed)} alerts"
    cards = "\n".join(
        _card(outcome, alert, rehearsal.timezone) for outcome, alert in listed[:_SHOWN]
    )
    return f'<h2>{title}</h2>\n<div class="alerts">\n{cards}\n</div>'


def _card(outcome: Outcome, alert: WouldBe, timezone: str) -> str:
    when = alert.where or moment(alert.started_at, timezone)
    if alert.picture is None:
        frame = "no picture was kept near"
    else:
        data = base64.b64encode(alert.picture.jpeg).decode()
        frame = f'<img alt="what the camera showed" src="data:image/jpeg;base64,{data}">'
    # A calm view has one picture a minute.
    away = abs(alert.picture_after_s)
    beside = "later" if alert.picture_after_s > 0 else "earlier"
    apart = f"; picture from {span(away)} {beside}" if away >= _APART_S else ""
    return f"""<figure class="{escape(alert.severity)}">
<div class="frame">{frame}</div>
<figcaption><strong>{escape(outcome.rule)} at {escape(outcome.camera)}</strong>
{escape(when)}, for {lasted(alert)}<br>{escape(evidence_words(alert))}<br>
<span class="dim">its like comes {escape(rarity_words(alert))}{apart}</span></figcaption>
</figure>"""
