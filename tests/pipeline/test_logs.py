"""Logs are one JSON object a line, and no secret is in them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from pipeline.logs import MASK, SecretMasker


def run(script: str) -> list[dict[str, Any]]:
    """What a process that runs ``script`` logs: configuring logs is for a whole process."""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.stdout == "", "logs belong on standard error"
    return [json.loads(line) for line in result.stderr.splitlines()]


def test_each_entry_names_its_process_level_and_time() -> None:
    (entry,) = run(
        "import structlog\nfrom pipeline.logs import configure\n"
        "configure(process='judge')\n"
        "log = structlog.get_logger()\n"
        "log.debug('not shown')\nlog.info('shown', camera='yard', n=3)\n"
    )

    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "shown", "level": "info", "process": "judge", "camera": "yard", "n": 3,
    }  # fmt: skip


def test_a_thread_speaks_in_the_name_of_its_process() -> None:
    (entry,) = run(
        "import threading, structlog\nfrom pipeline.logs import configure\n"
        "configure(process='worker-3')\n"
        "thread = threading.Thread(target=lambda: structlog.get_logger().warning('lost'))\n"
        "thread.start()\nthread.join()\n"
    )

    assert entry["process"] == "worker-3"


def test_a_library_is_heard_when_it_warns_and_a_part_of_ours_at_the_site_s_level() -> None:
    entries = run(
        "import logging\nfrom pipeline.logs import configure\n"
        "configure(process='publisher', level='info')\n"
        "logging.getLogger('redis').info('hidden')\n"
        "logging.getLogger('sinks.deliver').debug('hidden')\n"
        "logging.getLogger('sinks.deliver').info('delivers again')\n"
    )

    assert [(entry["logger"], entry["event"]) for entry in entries] == [
        ("sinks.deliver", "delivers again")
    ]


@pytest.mark.promise("bad input 7", "security 12")
def test_a_secret_is_masked_in_messages_values_and_tracebacks() -> None:
    entries = run(
        "import logging, structlog\nfrom pipeline.logs import configure\n"
        "configure(process='worker', secrets=['hush hush'])\n"
        "log = structlog.get_logger()\n"
        "log.info('password is hush hush', url=['rtsp://u:hush%20hush@h'],"
        "deep={'a': 'hush hush'})\n"
        "try:\n    raise OSError('cannot open rtsp://u:hush hush@h')\n"
        "except OSError:\n    log.exception('failed')\n"
        "logging.getLogger('libav').error('401 for %s', 'hush hush')\n"
        "logging.getLogger('noisy').info('not shown')\n"
    )

    assert [entry["event"] for entry in entries] == [
        f"password is {MASK}",
        "failed",
        f"401 for {MASK}",
    ]
    text = json.dumps(entries)
    assert "hush" not in text
    assert entries[0]["url"] == [f"rtsp://u:{MASK}@h"]
    assert "OSError: cannot open" in entries[1]["exception"]
    assert entries[2]["logger"] == "libav"


@pytest.mark.promise("security 12")
@pytest.mark.parametrize("human", [False, True])
@pytest.mark.parametrize("where", ["the process", "a thread", "a destructor", "an asyncio task"])
def test_nor_is_one_in_what_ends_a_process_or_a_part_of_it(where: str, human: bool) -> None:
    ends = "raise OSError('cannot open rtsp://u:hush hush@h')"
    script = {
        "the process": f"{ends}\n",
        "a thread": f"def work():\n    {ends}\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n",
        "a destructor": f"class Fallen:\n    def __del__(self):\n        {ends}\nFallen()\n",
        "an asyncio task": f"async def fall():\n    {ends}\n"
        "async def story():\n    task = asyncio.create_task(fall())\n"
        "    await asyncio.sleep(0)\n    del task\n    gc.collect()\nasyncio.run(story())\n",
    }[where]
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            "import asyncio, gc, threading\nfrom pipeline.logs import configure\n"
            f"configure(process='x', secrets=['hush hush'], human={human})\n{script}",
        ],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (result.returncode == 1) == (where == "the process")
    assert f"OSError: cannot open rtsp://u:{MASK}@h" in result.stderr
    assert "hush" not in result.stdout + result.stderr.replace("raise OSError", "")


@pytest.mark.parametrize("human", [False, True])
def test_a_level_above_hides_what_is_below(human: bool) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            "import structlog\nfrom pipeline.logs import configure\n"
            f"configure(process='x', level='warning', human={human})\n"
            "structlog.get_logger().info('low')\nstructlog.get_logger().warning('high')\n",
        ],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert "low" not in result.stderr
    assert "high" in result.stderr


def test_the_longest_secret_wins_where_one_holds_another() -> None:
    masker = SecretMasker(["pass", "pass-and-more", ""])

    assert masker.mask("pass-and-more, pass") == f"{MASK}, {MASK}"


def test_numbers_and_nothing_stay_what_they_are() -> None:
    masker = SecretMasker(["1"])

    assert masker.mask({"n": 1, "f": 1.5, "b": True, "none": None}) == {
        "n": 1, "f": 1.5, "b": True, "none": None,
    }  # fmt: skip


def test_an_object_is_masked_by_its_text() -> None:
    assert SecretMasker(["hush"]).mask(OSError("hush")) == MASK
