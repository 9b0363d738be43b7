"""What no line of the program may do, held against the program's own text."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config import Camera
from pipeline.config.schema import schema
from pipeline.sources import SourcePlan
from pipeline.sources.rtsp import RtspSource

PACKAGES = ("pipeline", "detectors", "sinks")
Call = tuple[str, str, ast.Call]

#: Start a shell, or run a text as a program.
SHELLS = {
    "eval", "exec", "compile", "__import__", "execfile",
    "os.system", "os.popen", "os.execl", "os.execle", "os.execlp", "os.execlpe", "os.spawnl",
    "os.spawnlp", "pty.spawn", "commands.getoutput", "subprocess.getoutput",
    "subprocess.getstatusoutput", "asyncio.create_subprocess_shell",
}  # fmt: skip
#: Rebuild whatever objects a file asks for.
UNSAFE_LOADERS = re.compile(
    r"^(c?pickle|_pickle|dill|cloudpickle|joblib|marshal|shelve)\.(load|loads|Unpickler|open)$"
    r"|^yaml\.(load|load_all|full_load\w*|unsafe_load\w*|Loader|FullLoader|UnsafeLoader)$"
    r"|^(pd|pandas)\.read_pickle$"
)
#: Options that we hand to FFmpeg, and what each is for: none comes from a site file or the web.
FFMPEG = {
    # what a camera may be, and how long it is waited for
    "rtsp_transport", "rtsp_flags", "protocol_whitelist", "codec_whitelist", "format_whitelist",
    "allowed_media_types", "analyzeduration", "fpsprobesize", "max_pixels", "max_streams",
    "threads", "err_detect", "correct_ts_overflow", "max_delay", "reorder_queue_size",
    # how our own files are written and encoded
    "movflags", "fflags", "preset", "crf", "tune", "profile", "g", "bf", "keyint_min",
    "sc_threshold", "maxrate", "bufsize", "forced-idr",
}  # fmt: skip


def sources(project: Path) -> Iterator[tuple[str, ast.Module]]:
    """Every module of the program, by its path."""
    for package in PACKAGES:
        for path in sorted((project / package).rglob("*.py")):
            yield str(path.relative_to(project)), ast.parse(path.read_text())


@pytest.fixture(scope="module")
def calls(project: Path) -> list[Call]:
    """Every call: the file, what is called as its dotted name with imports resolved, the call."""
    found = []
    for name, module in sources(project):
        known = _imported(module)
        found += [
            (f"{name}:{node.lineno}", _dotted(node.func, known), node)
            for node in ast.walk(module)
            if isinstance(node, ast.Call)
        ]
    assert len(found) > 10_000
    return found


def _imported(module: ast.Module) -> dict[str, str]:
    """What each imported name stands for."""
    known = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            known |= {a.asname or a.name.partition(".")[0]: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return known


def _dotted(node: ast.expr, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, known)}.{node.attr}"
    return "?"


def _given(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


# --- line 8: no shell -------------------------------------------------------------------------


@pytest.mark.promise("security 8")
def test_nothing_starts_a_shell_or_runs_a_text(calls: list[Call]) -> None:
    assert [(where, name) for where, name, _ in calls if name in SHELLS] == []
    shells = [
        where
        for where, _, call in calls
        if (shell := _given(call, "shell")) is not None and not _is(shell, False)
    ]
    assert shells == []


@pytest.mark.promise("security 8")
def test_what_is_started_is_a_list_of_words_that_begins_with_a_program(calls: list[Call]) -> None:
    started = [
        (where, call.args[0])
        for where, name, call in calls
        if name in ("subprocess.Popen", "subprocess.run", "subprocess.check_output")
    ]
    assert len(started) >= 5
    for where, words in started:
        # A name is a list that was made a few lines above: a text would need a shell to be split.
        assert isinstance(words, ast.List | ast.Tuple | ast.Name), where
    for where, name, call in calls:
        if name.endswith("create_subprocess_exec"):
            assert isinstance(call.args[0], ast.Starred | ast.Attribute), where


@pytest.mark.promise("security 8")
def test_ffmpeg_gets_the_options_that_are_listed_and_no_others(project: Path) -> None:
    used: dict[str, str] = {}
    for name, module in sources(project):
        for node in ast.walk(module):
            if isinstance(node, ast.Call | ast.Assign) or (
                isinstance(node, ast.FunctionDef) and name.startswith("pipeline/sources/")
            ):
                used |= dict.fromkeys(_ffmpeg_options(node), name)
    assert {"protocol_whitelist", "codec_whitelist", "movflags"} <= set(used), "they are found"
    assert {option: where for option, where in used.items() if option not in FFMPEG} == {}


def _ffmpeg_options(node: ast.Call | ast.FunctionDef | ast.Assign) -> Iterator[str]:
    """Options in ``options={...}``, in what is assigned to ``.options``, in ``_options()``."""
    holders: list[ast.AST | None] = []
    if isinstance(node, ast.Call):
        holders.append(_given(node, "options"))
    elif isinstance(node, ast.FunctionDef):
        holders += [node] if node.name == "_options" else []
    elif any(isinstance(t, ast.Attribute) and t.attr == "options" for t in node.targets):
        holders.append(node.value)
    for holder in holders:
        for one in ast.walk(holder) if holder is not None else ():
            if isinstance(one, ast.Dict):
                yield from (k.value for k in one.keys if isinstance(k, ast.Constant))


@pytest.mark.promise("security 7", "security 8")
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_is_opened_by_listed_options_and_listed_protocols(transport: str) -> None:
    settings = Camera.model_validate({"url": "rtsp://192.0.2.7/live", "transport": transport})
    options = RtspSource(SourcePlan("yard", settings, (16, 16), False))._options()
    assert set(options) <= FFMPEG
    allowed = set(options["protocol_whitelist"].split(","))
    assert allowed == {"rtsp", "rtsps", "rtp", "rtcp", "tcp", "udp", "tls"}
    assert options["format_whitelist"] == "rtsp"


@pytest.mark.promise("security 8")
def test_a_site_file_has_no_place_for_options_or_commands() -> None:
    names = set(_properties(schema()))
    assert {"url", "transport", "decoder", "masks"} <= names
    asks_for_more = re.compile("option|args?$|command|exec|shell|ffmpeg|hook")
    assert [name for name in names if asks_for_more.search(name)] == []


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for value in schema.values():
            yield from _properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _properties(value)


# --- lines 10 and 11: nothing is rebuilt from a file but plain values --------------------------


@pytest.mark.promise("security 10", "security 11")
def test_no_file_is_read_that_could_ask_for_code(calls: list[Call]) -> None:
    assert [(where, name) for where, name, _ in calls if UNSAFE_LOADERS.match(name)] == []
    loads = [(where, call) for where, name, call in calls if name == "torch.load"]
    assert loads
    assert [where for where, call in loads if not _is(_given(call, "weights_only"), True)] == []
    arrays = [(where, call) for where, name, call in calls if name in ("np.load", "numpy.load")]
    assert arrays
    # numpy's default; nobody may turn it off.
    refused = [where for where, call in arrays if _given(call, "allow_pickle") is not None]
    kept = [w for w, c in arrays if _is(_given(c, "allow_pickle"), False)]
    assert sorted(refused) == sorted(kept)


@pytest.mark.promise("security 11")
def test_yaml_is_read_by_the_safe_loader_alone(calls: list[Call]) -> None:
    read = [
        (where, name, call)
        for where, name, call in calls
        if name.startswith("yaml.") and re.search("load|compose|parse|scan", name)
    ]
    assert {name for _, name, _ in read} <= {
        "yaml.safe_load", "yaml.safe_load_all", "yaml.compose", "yaml.SafeLoader",
    }  # fmt: skip
    for where, name, call in read:
        if name == "yaml.compose":
            loader = _given(call, "Loader")
            assert isinstance(loader, ast.Attribute), where
            assert loader.attr == "SafeLoader", where


@pytest.mark.promise("security 10")
def test_the_torch_that_is_locked_keeps_weights_only_from_being_talked_round(
    project: Path,
) -> None:
    # weights_only=True ran code in 2.5 (CVE-2025-32434) and in 2.9 (CVE-2026-24747).
    for lock in ("requirements.lock", "requirements-edge.lock", "requirements-dev.lock"):
        found = re.search(r"^torch==(\d+)\.(\d+)", (project / lock).read_text(), re.MULTILINE)
        assert found is not None
        assert (int(found[1]), int(found[2])) >= (2, 10)
    manifest = tomllib.loads((project / "pyproject.toml").read_text())
    assert "torch==2.11.0" in manifest["project"]["dependencies"]


@pytest.mark.promise("security 12")
def test_no_command_takes_a_secret_as_an_option() -> None:
    import typer

    from pipeline.cli import app

    asked: list[str] = []

    def walk(command: object, path: str) -> None:
        for parameter in getattr(command, "params", ()):
            asked.extend(f"{path} {word}" for word in (*parameter.opts, *parameter.secondary_opts))
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{path} {name}")

    walk(typer.main.get_command(app), "hearsight")
    assert "hearsight simulate-camera --user" in asked
    # `--first-password` asks for one to be made and shown.
    named = {a for a in asked if re.search("password|secret|token|key|credential", a.split()[-1])}
    assert named == {
        "hearsight console --first-password",
        "hearsight console --no-first-password",
        "hearsight models pull --tokenizer",
    }
