"""The page of promises: each with what was measured, the tests that show it, and how they ended."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from pipeline.bench.machine import describe, in_words
from tests.measured import Results
from tests.promises import DIFFERS, SECTIONS

_TITLES = {"fault": "Faults", "bad input": "Bad inputs", "security": "Security"}
_HEAD = """# What was promised, and what was measured

`make chaos` runs every test of a promise, the long ones too, and writes this page. A test is marked
with its promise (`@pytest.mark.promise("fault 4")`); “measured” is what it recorded itself.
"""


def page(found: dict[str, list[str]], results: Results) -> str:
    """The page in Markdown.

    Args:
        found: by promise the tests that are marked with it, see `tests.promises.shown`.
        results: what the tests found when they last ran, see `tests.measured`.
    """
    parts = [_HEAD, f"{_when(found, results)}, on {in_words(describe())}.\n"]
    for kind, promises in SECTIONS.items():
        parts.append(f"## {_TITLES[kind]}\n")
        lines = ["| | promised | measured | tests | in | differs |", "|---|---|---|---|---|---|"]
        for number, text in promises.items():
            promise = f"{kind} {number}"
            tests = found.get(promise, [])
            cells = (
                str(number),
                text,
                _measured(promise, tests, results),
                _outcome(promise, tests, results),
                _places(tests),
                DIFFERS.get(promise, ""),
            )
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def failed(found: dict[str, list[str]], results: Results) -> list[str]:
    """The tests of promises that failed when they last ran."""
    tests = {test for of in found.values() for test in of}
    cases = {case for test in tests for case in _cases(test, results)}
    return sorted(case for case in cases if results[case]["outcome"] == "failed")


def _cases(test: str, results: Results, promise: str | None = None) -> Iterator[str]:
    """The single cases of a test function that ran; with ``promise`` those that show it."""
    for name, result in results.items():
        if name.partition("[")[0] == test and (promise is None or promise in result["promises"]):
            yield name


def _measured(promise: str, tests: list[str], results: Results) -> str:
    cases = [case for test in tests for case in _cases(test, results, promise)]
    told = [what for case in cases for what in results[case]["measured"]]
    return "; ".join(dict.fromkeys(told))


def _outcome(promise: str, tests: list[str], results: Results) -> str:
    if not tests:
        return "none" if promise in DIFFERS else "**none yet**"
    counted: Counter[str] = Counter()
    reasons: dict[str, None] = {}
    for test in tests:
        cases = list(_cases(test, results, promise))
        if not cases:
            counted["not run"] += 1
        for case in cases:
            counted[results[case]["outcome"]] += 1
            if results[case]["why"]:
                reasons[results[case]["why"]] = None
    told = ", ".join(f"{n} {_strong(what)}" for what, n in sorted(counted.items()))
    return f"{told} ({'; '.join(reasons)})" if reasons else told


def _strong(outcome: str) -> str:
    return f"**{outcome}**" if outcome == "failed" else outcome


def _places(tests: list[str]) -> str:
    files = sorted({test.partition("::")[0].removeprefix("tests/") for test in tests})
    return ", ".join(f"[{file}](../tests/{file})" for file in files)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _when(found: dict[str, list[str]], results: Results) -> str:
    tests = {test for of in found.values() for test in of}
    ran = [result for name, result in results.items() if name.partition("[")[0] in tests]
    if not ran:
        return "Nothing was run yet"
    counted = Counter(result["outcome"] for result in ran)
    outcomes = ", ".join(f"{n} {_strong(what)}" for what, n in sorted(counted.items()))
    times = [result["at"] for result in ran]
    first, last = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (min(times), max(times)))
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{outcomes}, from {first:%Y-%m-%d %H:%M} to {until} UTC"
