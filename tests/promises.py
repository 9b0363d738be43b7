"""What was promised against bad input, and which tests show it: ``python -m tests.promises``.

A test says so with ``@pytest.mark.promise("bad input 5")``; the marks are read from the files, so
nothing has to run or be imported.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

BAD_INPUTS = {
    1: "`file:/etc/passwd` as a camera's address from the web: refused",
    2: "`concat:`, `subfile,,`, `data:`, `pipe:`: refused",
    3: "leading `-`, `;`, NUL, newline in an address: refused or inert",
    4: "link-local and loopback addresses: refused after resolving, unless the site file has them",
    5: "an RTSP 302 to an inner host: nothing connects there",
    6: "a name that resolves differently the second time: the same",
    7: "user names with dots, `%40`, an empty user, `?token=`: work, and are masked everywhere",
    8: "a 10 MB SDP, a thousand `m=` lines: refused, memory flat",
    9: "an unlisted codec: refused, or contained in a worker that dies",
    10: "an rtpmap clock of 0 or 2^32: refused",
    11: "bit-flipped H.264: scoring muted until a keyframe",
    12: "H.265 with missing references: the same, though unflagged",
    13: "an SPS that claims 16k x 16k: refused before memory is taken",
    14: "1x1, odd sizes, 10 bit, gray: converted or refused",
    15: "0, 1,000 or variable frames a second: sampled by time",
    16: "no keyframe for 120 s: “waiting for keyframe”, bounded memory",
    17: "missing or backward time stamps: skipped, then a controlled reconnect",
    18: "G.711 8 kHz, ADTS AAC, Opus, 7.1, a change of rate: resampled, or off with the reason",
    19: "NaN, Inf, silence, DC in the sound: no NaN score, no alert",
    20: "a camera with sound only: works",
    21: "YAML with `!!python/object`, an alias bomb, duplicate keys: refused, nothing runs",
    22: "a NaN threshold, a negative window, a duplicate or `../` id: refused with the line; the "
    "running site goes on",
    23: "a pickle as checkpoint, a truncated safetensors file, a wrong hash: refused, no code runs",
    24: "a stream entry with a missing field, 10 MB, bad UTF-8, a newer schema: dead-lettered",
    25: "a caption with markup, ANSI, CRLF, RTL, 100 kB; `..%2f`; a flood: text; 404; throttled",
}
#: What is not kept to the letter, and why; what is kept in its stead stands in the tests.
DIFFERS = {
    "bad input 1": "no page or route takes a camera's address: cameras come from the site file, "
    "where `file:` is the operator's own choice",
    "bad input 4": "for the same reason an address that the site writes in numbers may be any; "
    "names that lead to this machine are refused",
    "bad input 8": "10 MB of description are read, bounded by the 3 s of an attempt, and freed; "
    "FFmpeg has no limit of its own to set",
    "bad input 10": "a picture's unreadable clock is read as 90 kHz, which every standard says",
    "bad input 11": "a picture of noise is always found out; of three flipped bits the decoder "
    "missed 2 in 12 (H.264) and all 12 (H.265). Checksums let none pass over a network, and lost "
    "packets are seen by their numbers",
    "bad input 17": "backward stamps are replaced by arrival times, which needs no reconnect",
    "bad input 22": "a site file is read at the start alone: a bad one cannot touch what runs",
}


def shown(folder: Path) -> dict[str, list[str]]:
    """By promise, the tests below ``folder`` that are marked with it, as pytest names them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        text = path.read_text()
        if "mark.promise(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for promise in _marks(node.decorator_list):
                    found[promise].append(f"{path.relative_to(folder.parent)}::{node.name}")
    return dict(found)


def _marks(decorators: list[ast.expr]) -> list[str]:
    """The promises of a test's marks, those of its single cases included."""
    calls = [call for one in decorators for call in ast.walk(one) if isinstance(call, ast.Call)]
    return [
        str(argument.value)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "promise"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]


def table(found: dict[str, list[str]]) -> str:
    """A page for people: each promise, how many tests show it, and where they stand."""
    lines = ["| | bad input | tests | in | differs |", "|---|---|---|---|---|"]
    for number, text in BAD_INPUTS.items():
        promise = f"bad input {number}"
        tests = found.get(promise, [])
        files = sorted({test.partition("::")[0] for test in tests})
        places = ", ".join(f"`{file}`" for file in files)
        lines.append(
            f"| {number} | {text} | {len(tests)} | {places} | {DIFFERS.get(promise, '')} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(shown(Path(__file__).resolve().parent)))
