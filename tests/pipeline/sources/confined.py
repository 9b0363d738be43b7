"""Reads cameras in a process that reaches nothing else: ``python -m ...confined URL...``.

Prints a line for each: the kind of error it ends with and what is said, or `sampled`. After
``first=ADDRESS`` our own look-ups give that address, FFmpeg's give what they gave before.
"""

from __future__ import annotations

import socket
import sys
import threading

from pipeline.config import Camera
from pipeline.sources import Picture, SourceError, SourcePlan, open_source
from pipeline.sources.reach import limit


def watch(url: str) -> str:
    url, _, transport = url.partition(" ")
    settings = Camera.model_validate({"url": url, "transport": transport or "tcp"})
    try:
        for item in open_source(SourcePlan("yard", settings, (16, 16), False)).run():
            if isinstance(item, Picture):
                return "sampled"
    except SourceError as error:
        return f"{type(error).__name__} {error}"
    return "ended"


def knock(port: int) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port)):
            return "connected"
    except OSError as error:
        return type(error).__name__


def lead_to(host: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0))]
    socket.getaddrinfo = lambda *_, **__: found  # type: ignore[assignment]


def main() -> None:
    limit()
    for given in sys.argv[1:]:
        if given.startswith("first="):
            lead_to(given.removeprefix("first="))
            continue
        told: list[str] = []

        def work(given: str = given, told: list[str] = told) -> None:
            told.append(knock(int(given)) if given.isdecimal() else watch(given))

        # As in a worker: each camera has a thread of its own.
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        print(told[0])


if __name__ == "__main__":
    main()
