"""Where the site and its console listen: free, or held by ourselves."""

from __future__ import annotations

import errno
import http.client
import ssl
from collections.abc import Callable
from pathlib import Path

import psutil

from pipeline.config import Site
from pipeline.config.addresses import EVERYWHERE
from pipeline.doctor.findings import Area, Finding
from pipeline.sockets import tcp_socket

_AREA = Area("ports")
_WAIT_S = 2.0


def look_at_ports(site: Site, *, running: bool) -> list[Finding]:
    """The health endpoint's and the console's port.

    Args:
        site: its settings.
        running: somebody holds the data folder: the site runs.
    """
    health, console = site.health, site.console
    tls = console.certificate is not None

    def ours(host: str, port: int, *, tls: bool = False) -> bool:
        # Another site on this box answers alike; where nothing can be known it is taken for ours.
        return _answers_alive(host, port, tls=tls) and uses(port, site.state_dir) is not False

    found = [
        look_at_port("health", health.host, health.port, "health.port", ours=ours, must_be=running)
    ]
    found.append(
        look_at_port(
            "console",
            console.host,
            console.port,
            "console.port",
            ours=lambda host, port: ours(host, port, tls=tls),
        )
    )
    if console.certificate is not None and console.key is not None:
        found.append(look_at_certificate(console.certificate, console.key))
    return found


def look_at_port(
    check: str,
    host: str,
    port: int,
    option: str,
    *,
    ours: Callable[[str, int], bool],
    must_be: bool = False,
) -> Finding:
    """Whether an address can be listened at, or is held by a process of ours.

    Args:
        check: what listens there.
        host: of the address.
        port: 0 for any free one.
        option: of the site file that changes it.
        ours: whether what answers at the address is ours.
        must_be: something of ours has to listen there.
    """
    where = f"{host}:{port}"
    if port == 0:
        return _AREA.ok(check, f"{host}, at any free port")
    try:
        tcp_socket(host, port).close()
    except OSError as error:
        return _held(
            check, where, option, error, lambda: ours(EVERYWHERE.get(host, host), port), port
        )
    if must_be:
        return _AREA.warning(
            check,
            f"the site runs, and nothing listens at {where}",
            "its site file was changed after its start: restart it",
        )
    return _AREA.ok(check, f"{where} is free")


def _held(
    check: str, where: str, option: str, error: OSError, ours: Callable[[], bool], port: int
) -> Finding:
    if error.errno == errno.EADDRINUSE:
        if ours():
            return _AREA.ok(check, f"{where} is held by our own process, which answers")
        holder = holder_of(port)
        return _AREA.failure(
            check,
            f"{where} is held by {holder or 'another program'}",
            f"end it, or set another {option} in the site file",
        )
    if error.errno == errno.EACCES:
        return _AREA.failure(
            check,
            f"{where}: a port below 1024 is for root",
            f"set a higher {option} in the site file, and let a proxy listen there",
        )
    return _AREA.failure(
        check,
        f"{where} cannot be listened at ({error.strerror})",
        "write an address that this machine has (`ip address` lists them)",
    )


def holder_of(port: int) -> str | None:
    """The program that listens at a port, where this user may know."""
    try:
        holder = _listening(port)
        return f"{holder.name()} (process {holder.pid})" if holder else None
    except psutil.Error:
        return None


def uses(port: int, folder: Path) -> bool | None:
    """Whether the program that listens at a port has files of a folder open; None: unknown."""
    try:
        holder = _listening(port)
        if holder is None:
            return None
        there = folder.resolve()
        return any(Path(file.path).is_relative_to(there) for file in holder.open_files())
    except (psutil.Error, OSError):
        return None


def _listening(port: int) -> psutil.Process | None:
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr[1:] == (port,) and one.pid:
            return psutil.Process(one.pid)
    return None


def _answers_alive(host: str, port: int, *, tls: bool = False) -> bool:
    """Whether what listens there answers as our endpoints do."""
    connection: http.client.HTTPConnection
    if tls:
        # Whose certificate it is does not matter: only who holds the port is asked.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=_WAIT_S, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_WAIT_S)
    try:
        connection.request("GET", "/healthz")
        return b"alive" in connection.getresponse().read(1000)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def look_at_certificate(certificate: Path, key: Path) -> Finding:
    """Whether the console's certificate can be loaded with its key."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
        mode = key.stat().st_mode & 0o777
    except OSError as error:  # ssl.SSLError is one
        return _AREA.failure(
            "certificate",
            f"{certificate} and {key} cannot be loaded ({error.strerror or error})",
            "give this user the right to read both, and see that they belong together (PEM)",
        )
    if mode & 0o007:
        return _AREA.failure(
            "certificate", f"{key} has mode {mode:04o}: everybody may read it", f"chmod 600 {key}"
        )
    return _AREA.ok("certificate", f"{certificate} goes with its key")
