"""What is fuzzed: each parser, given any bytes, ends with a value or an error of its own."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.fuzz.mutate import Make
from tests.fuzz.web import WebTarget

#: Tries one case; raises what is a defect.
Try = Callable[[bytes], None]
CORPUS = Path(__file__).parent / "corpus"


def _named(error: Exception, begin: str = "") -> None:
    """An error of ours says something, and of what."""
    assert str(error).startswith(begin), error
    assert str(error).strip(), type(error)


def _printable(error: Exception) -> None:
    """What strangers sent does not reach a terminal through the error."""
    assert str(error).isprintable(), error


@contextmanager
def _site_file() -> Iterator[Try]:
    from pipeline.config.loading import SiteFileError, parse_site, secrets_of

    def try_one(data: bytes) -> None:
        try:
            site = parse_site(data.decode("utf-8", "replace"), name="site.yaml", environ={"A": "b"})
        except SiteFileError as error:
            _named(error, "site.yaml")
            return
        list(secrets_of(site))
        type(site).model_validate_json(site.model_dump_json(context={"reveal": True}))

    yield try_one


@contextmanager
def _stream_entry() -> Iterator[Try]:
    from sinks.alert_json import (
        MalformedAlert,
        UnencodableAlert,
        decode_alert,
        document_of,
        encode_alert,
    )
    from sinks.console.card import card_of
    from sinks.feedback import MalformedVerdict, parse_verdict
    from sinks.reader import parse_entry

    def try_one(data: bytes) -> None:
        # Fields are ``name=value``, split at the byte that JSON never holds.
        pairs = [part.partition(b"=") for part in data.split(b"\x1e")]
        fields = {name: value for name, _, value in pairs}
        for parse in (parse_entry, parse_verdict):
            try:
                parse(fields)
            except (MalformedAlert, MalformedVerdict) as error:
                _printable(error)
        try:
            alert = decode_alert(fields.get(b"alert", data))
        except MalformedAlert as error:
            _printable(error)
            return
        card_of(document_of(alert))
        try:
            written = encode_alert(alert)
        except UnencodableAlert:
            return
        assert decode_alert(written) == alert

    yield try_one


@contextmanager
def _archive() -> Iterator[Try]:
    from pipeline.archive.block import _HEAD, _SYNC, MAGIC, decode_blocks, each_thumbnail

    def try_one(data: bytes) -> None:
        # A checksum keeps most damage out: what has the right one is read as well.
        named = _HEAD.pack(_SYNC, len(data), zlib.crc32(data)) + data
        for segment in (data, MAGIC + named, named + data):
            blocks, _ = decode_blocks(segment)
            for block in blocks:
                assert len(block.times) == len(block.quiet) == len(block.captured_at)
                assert len(block.rows) == int((~block.quiet).sum())
            list(each_thumbnail(segment))

    yield try_one


#: What code out of a checkpoint would leave behind.
RAN: list[str] = []


def _checkpoint_of(pickled: bytes) -> bytes:
    """A PyTorch checkpoint that holds this pickle and sixteen bytes of weights."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (
            *(("data.pkl", pickled), ("version", b"3\n"), ("byteorder", b"little")),
            ("data/0", bytes(16)),
        ):
            archive.writestr(f"archive/{name}", data)
    return file.getvalue()


@contextmanager
def _models() -> Iterator[Try]:
    from pipeline.encoders.base import EncoderError
    from pipeline.encoders.checkpoints import read_checkpoint
    from pipeline.encoders.store import (
        LOCK_NAME,
        list_models,
        locate_sound,
        read_lock,
        remove,
        verify,
    )

    def tried(use: Callable[[], object]) -> None:
        try:
            use()
        except EncoderError as error:
            _named(error)

    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        outside, root = Path(folder) / "outside", Path(folder) / "models"
        root.mkdir()
        outside.touch()

        def try_one(data: bytes) -> None:
            (root / "pinned").write_bytes(b"weights")
            (root / LOCK_NAME).write_bytes(data)
            for look in (list_models, lambda folder: verify(models_dir=folder)):
                tried(lambda look=look: look(root))  # type: ignore[misc]
            with suppress(EncoderError):
                for name in read_lock(root).models:
                    for use in (locate_sound, remove):
                        tried(lambda use=use, name=name: use(name, models_dir=root))  # type: ignore[misc]
            assert outside.exists()
            for suffix, whole in (
                *((".safetensors", data), (".pt", data)),
                (".pt", _checkpoint_of(data)),
            ):
                path = root / f"a{suffix}"
                path.write_bytes(whole)
                tried(lambda path=path: read_checkpoint(path))  # type: ignore[misc]
            assert not RAN

        yield try_one


@contextmanager
def _messages() -> Iterator[Try]:
    from pipeline.messages import MalformedMessage, decode, encode
    from pipeline.packets import unpack

    def try_one(data: bytes) -> None:
        found = []
        for parse in (unpack, decode):
            try:
                read = parse(data)
            except MalformedMessage:
                continue
            found += read if isinstance(read, list) else [read]
        for message in found:
            again = encode(message)
            assert encode(decode(again)) == again, message

    yield try_one


@contextmanager
def _state() -> Iterator[Try]:
    import hashlib

    from pipeline.statefile import _MAGIC, StateDamaged, load_state

    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        path = Path(folder) / "learned.state"

        def try_one(data: bytes) -> None:
            # Its digest keeps accidents out, and nobody who made it: both are read.
            for whole in (data, _MAGIC + hashlib.sha256(data).digest() + data):
                path.write_bytes(whole)
                try:
                    load_state(path)
                except StateDamaged as error:
                    _named(error, str(path))

        yield try_one


@contextmanager
def _backup() -> Iterator[Try]:
    from pipeline.backup.members import BackupError
    from pipeline.backup.unpack import peek, unpack

    with ExitStack() as stack:
        count = 0
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))

        def try_one(data: bytes) -> None:
            nonlocal count
            file = root / "b.tar.gz"
            count += 1
            box = root / f"box-{count}"
            inner = box / "state"
            box.mkdir()
            packed = data if data[:2] == b"\x1f\x8b" else gzip.compress(data, 1)
            file.write_bytes(packed)
            for read in (lambda: peek(file, "0.1.0"), lambda: unpack(file, inner, "0.1.0")):
                try:
                    read()
                except BackupError as error:
                    _named(error)
            assert {path.name for path in root.iterdir()} <= {"b.tar.gz", box.name}
            assert {path.name for path in box.iterdir()} <= {"state"}
            for path in sorted(box.rglob("*"), reverse=True):
                assert not path.is_symlink()
                path.rmdir() if path.is_dir() else path.unlink()
            box.rmdir()

        yield try_one


@contextmanager
def _picture_headers() -> Iterator[Try]:
    from pipeline.sources.access_unit import H264, H265
    from pipeline.sources.packets import has_parameter_sets

    def try_one(data: bytes) -> None:
        half = len(data) // 2
        reader = H264(data[:half])
        for read in (reader.read, H265().read):
            facts = read(data[half:])
            assert facts.slices >= 0
            assert facts.recovers_in >= 0
        has_parameter_sets(data, "h264")
        has_parameter_sets(data, "hevc")

    yield try_one


@contextmanager
def _rtsp_request() -> Iterator[Try]:
    import asyncio

    from pipeline.simulate.rtsp import BadRequestError, parse_transport, read_request

    async def read(data: bytes) -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        try:
            request = await read_request(reader)
        except BadRequestError:
            return
        if request is not None:
            parse_transport(request.headers.get("transport", ""), 0)

    with asyncio.Runner() as runner:
        yield lambda data: runner.run(read(data))


@contextmanager
def _console() -> Iterator[Try]:
    from tests.fuzz.web import console

    with console() as app:
        yield WebTarget(app, seeds("console"))


@contextmanager
def _control() -> Iterator[Try]:
    from tests.fuzz.web import control

    with control() as app:
        yield WebTarget(app, seeds("control"))


TARGETS: dict[str, Callable[[], object]] = {
    "site_file": _site_file,
    "stream_entry": _stream_entry,
    "archive": _archive,
    "models": _models,
    "messages": _messages,
    "state": _state,
    "backup": _backup,
    "picture_headers": _picture_headers,
    "rtsp_request": _rtsp_request,
    "console": _console,
    "control": _control,
}


@contextmanager
def opened(name: str) -> Iterator[Try]:
    """A target, ready to be tried."""
    made = TARGETS[name]()
    with made as try_one:  # type: ignore[attr-defined]
        yield try_one


def maker(try_one: Try) -> Make | None:
    """What makes cases of a target's own, where it has such."""
    return getattr(try_one, "make", None)


def seeds(name: str) -> list[bytes]:
    """The corpus of a target: whole inputs that its parser accepts, and what once broke it."""
    folder = CORPUS / name
    return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []
