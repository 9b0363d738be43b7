"""Read a site file: safe YAML, every fault named with its line, secrets from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.config import yaml_faults
from pipeline.config.addresses import secrets_in
from pipeline.config.cameras import Camera
from pipeline.config.model import Site
from pipeline.config.packaged import packaged_config, preset_names
from pipeline.config.part import FaultAt

_MAX_BYTES = 1_000_000
_MAX_NODES = 100_000
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_SEXAGESIMAL = re.compile(r"^\d\d?:\d\d$")
_STANDARD = "tag:yaml.org,2002:"
_PLAIN = (f"{_STANDARD}map", f"{_STANDARD}seq")

Location = tuple[str | int, ...]


class SiteFileError(ValueError):
    """A site file that cannot be used. ``str()`` names file, line and what to do."""


def load_site(path: Path, *, environ: Mapping[str, str] | None = None) -> Site:
    """Read and validate a site file.

    Args:
        path: a YAML file; ``${NAME}`` in a value is replaced from the environment.
        environ: the environment; default: the process's own.

    Raises:
        SiteFileError: with every fault found, each on its line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SiteFileError(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) > _MAX_BYTES:
        raise SiteFileError(f"{path}: larger than {_MAX_BYTES} bytes, which no site file is")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise SiteFileError(f"{path}: is not UTF-8 text: {error}") from error
    return parse_site(text, name=str(path), environ=environ)


def parse_site(text: str, *, name: str, environ: Mapping[str, str] | None = None) -> Site:
    """Validate the text of a site file; ``name`` stands in messages. Raises as `load_site`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise SiteFileError(f"{name}{yaml_faults.say(error, text)}") from error
    except RecursionError:
        raise SiteFileError(f"{name}: is nested too deeply") from None
    if node is None:
        raise SiteFileError(f"{name}: is empty: a site needs at least cameras: and rules:")
    builder = _Builder(name, os.environ if environ is None else environ)
    try:
        data = builder.build(node, ())
    except RecursionError:
        raise SiteFileError(f"{name}: a value holds itself, or is nested too deeply") from None
    if builder.unset:
        raise SiteFileError("\n".join(builder.unset))
    if isinstance(data, dict) and data.get("presets"):
        data = _with_presets(data, builder)
    try:
        return Site.model_validate(data)
    except ValidationError as error:
        faults = "\n".join(
            f"{name}:{builder.line(_place(fault))}: {_where(fault['loc'])}{_say(fault)}"
            for fault in error.errors()
        )
        raise SiteFileError(faults) from None


def _with_presets(data: dict[str, Any], builder: _Builder) -> dict[str, Any]:
    """The site with the rules of its presets before its own, which win where names meet."""
    own = data.get("rules") or {}
    wanted = data["presets"]
    if not isinstance(wanted, list) or not isinstance(own, dict):
        return data  # validation says what is wrong
    rules: dict[str, Any] = {}
    known = preset_names()
    for k, preset in enumerate(wanted):
        if preset not in known:
            raise SiteFileError(
                f"{builder.name}:{builder.line(('presets', k))}: there is no preset {preset!r}: "
                f"use some of {', '.join(known)}"
            )
        text = packaged_config(f"presets/{preset}.yaml").read_text("utf-8")
        rules |= yaml.safe_load(text)["rules"]
    return data | {"rules": rules | own}


def secrets_of(site: Site) -> Iterator[str]:
    """Every value of ``site`` that must never be told: see `secrets_in`."""
    for url in (site.redis.url, site.console.redis_url):
        if url is not None:
            yield from secrets_in(url.get_secret_value())
    yield from secrets_of_cameras(site.cameras.values())


def secrets_of_cameras(cameras: Iterable[Camera]) -> Iterator[str]:
    """The same of some cameras alone."""
    for camera in cameras:
        for url in (camera.url, camera.analysis_url):
            if url is not None:
                yield from secrets_in(url.get_secret_value())


class _Builder:
    """Turns YAML nodes into plain data and remembers on which line each value stands."""

    def __init__(self, name: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self._environ = environ
        self._lines: dict[Location, int] = {}
        self._nodes = 0
        #: What is to be said of environment variables that are not set, or badly named.
        self.unset: list[str] = []

    def build(self, node: yaml.Node, at: Location) -> Any:
        self._nodes += 1
        line = node.start_mark.line + 1
        if self._nodes > _MAX_NODES:
            raise SiteFileError(f"{self.name}:{line}: too many values (nested aliases?)")
        self._lines.setdefault(at, line)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN:
            raise SiteFileError(self._bad_tag(node, line))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*at, i)) for i, child in enumerate(node.value)]
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise SiteFileError(f"{self.name}:{line}: a key must be a plain word")
            key = str(key_node.value)
            if key in result:
                raise SiteFileError(f"{self.name}:{line}: {key!r} stands twice: remove one of them")
            self._lines[(*at, key)] = line
            result[key] = self.build(value_node, (*at, key))
        return result

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        loader = yaml.SafeLoader("")
        try:
            if node.tag == f"{_STANDARD}int" and _SEXAGESIMAL.match(node.value):
                # YAML 1.1 reads 22:30 as 22 times 60 and 30; people mean a time.
                return str(node.value)
            value = loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            if node.tag.startswith(_STANDARD) and isinstance(error, ValueError):
                kind = node.tag.removeprefix(_STANDARD)
                raise SiteFileError(
                    f"{self.name}:{line}: the value reads as a {kind} and is none: quote it"
                ) from error
            raise SiteFileError(self._bad_tag(node, line)) from error
        finally:
            loader.dispose()
        if not isinstance(value, str):
            return value
        if "${" in _VARIABLE.sub("", value):
            self.unset.append(
                f"{self.name}:{line}: what follows ${{ names no environment variable: write "
                "${NAME}, of letters, digits and '_'"
            )
        return _VARIABLE.sub(lambda match: self._variable(match[1], line), value)

    def _bad_tag(self, node: yaml.Node, line: int) -> str:
        tag = node.tag.replace(_STANDARD, "!!", 1)
        return f"{self.name}:{line}: the tag {tag} is not allowed in a site file: remove it"

    def _variable(self, variable: str, line: int) -> str:
        value = self._environ.get(variable)
        if value is None:
            self.unset.append(
                f"{self.name}:{line}: the environment variable {variable} is not set: set it, and "
                "start what reads this file again"
            )
            return ""
        return value

    def line(self, location: Location) -> int:
        """The line of the value at ``location``, or of the nearest value around it."""
        for end in range(len(location), -1, -1):
            # pydantic adds tags of unions to a location: they stand on no line of their own.
            known = self._lines.get(location[:end])
            if known is not None:
                return known
        return 1


def _place(fault: Any) -> Location:
    error = fault.get("ctx", {}).get("error")
    return (*fault["loc"], *error.at) if isinstance(error, FaultAt) else tuple(fault["loc"])


def _where(location: Location) -> str:
    return ".".join(str(part) for part in location) + ": " if location else ""


def _say(fault: Any) -> str:
    kind, message = fault["type"], str(fault["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return "unknown key: see configs/every-option.yaml for those there are"
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "dict_type"):
        return "options are expected here, each written as `name: value`"
    if kind in ("tuple_type", "list_type"):
        return "a list is expected here: write [one, another]"
    if kind == "string_type":
        return 'text is expected here: put it in quotes, such as "on", "1", "smoke: thick"'
    return message[0].lower() + message[1:]
