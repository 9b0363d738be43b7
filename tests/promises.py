"""What was promised, which tests show it, and what they measured: ``python -m tests.promises``.

A test says so with ``@pytest.mark.promise("bad input 5")``; the marks are read from the files, so
nothing has to run or be imported. What the tests found when they last ran is in
``build/promises.json`` (`tests.measured`).
"""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from pathlib import Path

FAULTS = {
    1: "a camera is silent, or drips a byte at a time: the attempt ends within 5 s, no thread or "
    "descriptor is left",
    2: "PLAY accepted, then no RTP, or only RTCP: never shown online; offline within 10 s",
    3: "a frozen picture with advancing time stamps: “frozen” within 30 s",
    4: "the link is cut for 5, 60, 600 s: offline shown within 10 s, frames back within 15 s of "
    "its return (35 s after a long outage)",
    5: "one camera crash-loops for hours: the others hold; at most one log line a minute",
    6: "all cameras return together: all online within 60 s, queues bounded",
    7: "5 % loss and 200 ms jitter, TCP and UDP: no alert from damaged frames; a damage counter "
    "rises",
    8: "RTP time stamps wrap (13 h 14 m at 90 kHz): no gap, no alert, no reconnect",
    9: "one frame stamped hours off, then a lasting jump: the first is stamped anew, the second "
    "starts a new window; windows never merge across it",
    10: "the camera's clock steps two hours: sound and picture stay within one hop of each other",
    11: "the host's clock steps an hour: no restart, order kept, the step recorded",
    12: "sound vanishes: scoring by picture alone, the alert says so, “audio missing” within 30 s, "
    "no reconnect loop",
    13: "codec or size changes in mid-stream: scoring resumes within 5 s",
    14: "an ingest worker is killed (SIGKILL, SIGSEGV, exit 0) 100 times: back within 5 s, the "
    "others hold",
    15: "an ingest worker is stopped (SIGSTOP): replaced within 15 s",
    16: "the main loop hangs: the systemd watchdog restarts within 30 s; its ping is tied to "
    "progress",
    17: "CUDA is out of memory: a smaller batch, the process survives, a counter is up",
    18: "a sticky CUDA error: the encoder is replaced within 60 s; cameras stay connected; the "
    "oldest frames are dropped and counted",
    19: "the GPU is lost: “no inference” within 30 s; at most 5 restarts in 10 minutes",
    20: "Redis is away 1 s, 10 min, 24 h: alerts stay on disk and go out in order; shown within "
    "30 s",
    21: "the reply to XADD is lost: one visible row, however late the retry",
    22: "the publisher is killed at each step, and by SIGTERM: over 500 kills 0 lost and 0 shown "
    "twice; SIGTERM drains within 10 s",
    23: "Redis is killed under AOF everysec, out of memory with noeviction, in MISCONF, fails over"
    ": nothing lost",
    24: "a consumer dies, an entry is poison: taken over within 60 s; dead-lettered after 5 tries; "
    "later alerts flow",
    25: "the disk is full, then fails, under outbox or media: media goes first, the alerts' "
    "reserve is kept, an alarm is raised; never a silent success",
}
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
SECURITY = {
    1: "every route denies by default",
    2: "rights by camera on media, events and live updates",
    3: "no default credential: a first password is random, shown once, to be changed, never logged",
    4: "Argon2id (at least 19 MiB, t=2); throttling survives a restart",
    5: "cookies Secure, HttpOnly, SameSite; a CSRF token; Origin checked on WebSockets",
    6: "a content policy without inline script; captions are text; text that a model sees or reads "
    "never changes severity, routing or suppression",
    7: "RTSP(S) only; addresses checked when connecting; `protocol_whitelist` set",
    8: "no shell anywhere; FFmpeg options from an allowlist",
    9: "decoding in an unprivileged process that reaches only cameras; a codec allowlist",
    10: "safetensors and pinned hashes; torch 2.10 or newer; no fallback to pickle",
    11: "safe YAML, strict schema, files 0600, atomic writes",
    12: "secrets are masked by their registered value, not by pattern",
    13: "Redis over TLS, an ACL under which the producer can only add to its own keys",
    14: "container: non-root, read-only, no capabilities; dependencies locked by hash; SBOM",
    15: "retention covers clips, thumbnails, outbox and exports; sound is opt-in per camera",
}
SECTIONS = {"fault": FAULTS, "bad input": BAD_INPUTS, "security": SECURITY}
PROMISES = {
    f"{kind} {number}": text for kind, told in SECTIONS.items() for number, text in told.items()
}
#: What is not kept to the letter, and why; what is kept in its stead stands in the tests.
DIFFERS = {
    "fault 3": "frozen is a picture that comes again and again. Where the camera's encoder goes on "
    "at a constant bit rate it makes each a little different, and that is not told",
    "fault 13": "a camera without sound that goes on under another payload type, or with H.264 "
    "after H.265, is silent to FFmpeg: it is asked anew after 4.5 s, and seen again at its next "
    "keyframe, after 5 to 7 s",
    "fault 14": "a worker that ends several times in a row, each time within 10 s of its start, is "
    "started ever later, up to half a minute: a decoder that crashes at once must not take the "
    "processor from the other cameras",
    "fault 16": "tried under a keeper that does what the unit asks of systemd, its check of the "
    "site file included",
    "fault 25": "evidence that is there stays for its retention: what is new is refused",
    "bad input 1": "no page or route takes a camera's address: cameras come from the site file, "
    "where `file:` is the operator's own choice",
    "bad input 4": "for the same reason an address that the site writes in numbers may be any; "
    "names that lead to this machine are refused",
    "bad input 8": "10 MB of description are read, bounded by the 3 s of an attempt, and freed; "
    "FFmpeg has no limit of its own to set",
    "bad input 10": "a picture's unreadable clock is read as 90 kHz, which every standard says",
    "bad input 11": "kept for H.264 where a picture is torn, and but for 2 of 300 where three of "
    "its bits flip. A single flip that leaves the stream readable goes unseen (65 of 300), and "
    "nearly any in H.265: nothing in it says what was meant, unless the camera sends each "
    "picture's hash. Over a network checksums let none pass",
    "bad input 17": "backward stamps are replaced by arrival times, which needs no reconnect",
    "security 5": "there are no WebSockets: live lines are server-sent events, and a socket from "
    "another origin would be closed",
    "security 7": "for live cameras; `file:` and `images:` are the site file's own choice",
    "security 9": "hosts are checked before the kernel copies the address: code that runs in a "
    "decoder could win that race. Files, programs and ports are Landlock's: Linux 5.13 (TCP: 6.7)",
    "security 13": "no right of Redis keeps XADD from trimming its own stream; compose's Redis "
    "speaks in the clear, on a network of its own that leads nowhere",
    "security 15": "what a sink has not taken yet stays in the outbox, however old it is; backups, "
    "exports that were handed on and files of a jsonl sink are their owner's (deploy/privacy.md)",
}


def shown(folder: Path) -> dict[str, list[str]]:
    """By promise, the tests below ``folder`` that are marked with it, as pytest names them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        text = path.read_text()
        if "mark.promise(" not in text:
            continue
        tree = ast.parse(text)
        of_all = _marks(_marks_of_all(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                own = _marks(node.decorator_list)
                told = [*own, *(of_all if node.name.startswith("test_") else ())]
                for promise in dict.fromkeys(told):
                    found[promise].append(f"{path.relative_to(folder.parent)}::{node.name}")
    return dict(found)


def _marks_of_all(tree: ast.Module) -> list[ast.expr]:
    """What a file says in ``pytestmark`` of all its tests."""
    return [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(to, ast.Name) and to.id == "pytestmark" for to in node.targets)
    ]


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


def main() -> None:
    """Write the page of promises, or print it; exit status 1 where a test has failed."""
    from tests.measured import RESULTS, read
    from tests.promise_page import failed, page

    parser = argparse.ArgumentParser(prog="python -m tests.promises", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="where; default: print it")
    arguments = parser.parse_args()
    folder = Path(__file__).resolve().parent
    results = read(folder.parent / RESULTS)
    text = page(shown(folder), results)
    if arguments.write is None:
        print(text, end="")
    else:
        arguments.write.write_text(text)
    if lost := failed(shown(folder), results):
        parser.exit(1, "failed: " + ", ".join(lost) + "\n")


if __name__ == "__main__":
    main()
