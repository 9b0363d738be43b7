"""A line to a Redis server that now and then breaks in place of the reply to an alert."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from pathlib import Path


class BreakingLine:
    """Passes bytes on, for any number of connections, each in a thread of its own.

    Args:
        path: where it listens.
        target: the server's socket.
    """

    def __init__(self, path: Path, target: Path) -> None:
        self.url = f"unix://{path}"
        #: So many replies to alerts are still to be lost.
        self.to_lose = 0
        self.lost = 0
        self._target = str(target)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """Break every connection, and listen no more."""
        # Unlike close(), shutdown() wakes a thread that waits.
        for sock in (self._listener, *list(self._open)):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        # The server may be away, and either side may go at any time.
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(self._target)
            self._pass_on(client, server)
        self._open.discard(client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        alert_sent = False
        while True:
            readable, _, _ = select.select([client, server], [], [])
            for source, target in ((client, server), (server, client)):
                if source not in readable:
                    continue
                data = source.recv(1 << 20)
                if not data:
                    return
                if source is client:
                    alert_sent = b"XADD" in data and b":alerts" in data
                elif alert_sent and self.to_lose > 0:
                    self.to_lose -= 1
                    self.lost += 1
                    return
                target.sendall(data)
