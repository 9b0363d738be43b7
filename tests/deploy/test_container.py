"""The container and its compose file, as far as reading them goes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config import load_site
from pipeline.config.advice import warnings_of


@pytest.fixture(scope="module")
def steps(project: Path) -> list[tuple[str, str]]:
    """The Containerfile's instructions, continuation lines joined: (INSTRUCTION, rest)."""
    text = (project / "deploy/Containerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (words[0], words[2]) for line in joined.splitlines() if (words := line.partition(" "))[0]
    ]


@pytest.fixture(scope="module")
def final(steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The instructions of the last stage: what is shipped."""
    last = max(i for i, (name, _) in enumerate(steps) if name == "FROM")
    return steps[last:]


@pytest.fixture(scope="module")
def compose(project: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((project / "deploy/compose.yaml").read_text())
    return loaded


def values(steps: list[tuple[str, str]], name: str) -> list[str]:
    return [rest for step, rest in steps if step == name]


@pytest.mark.promise("security 14")
def test_every_base_is_a_named_version_and_no_registry_is_named(
    steps: list[tuple[str, str]],
) -> None:
    for base in values(steps, "FROM"):
        image = base.split(" ")[0]
        assert re.fullmatch(r"python:3\.1[12]-slim-\w+", image)


@pytest.mark.promise("security 14")
def test_nothing_is_fetched_but_by_hash(steps: list[tuple[str, str]]) -> None:
    assert values(steps, "ADD") == []
    for command in values(steps, "RUN"):
        assert not re.search(r"\b(curl|wget|git|apt|apt-get)\b", command)
        for part in re.split(r"&&|;", command):
            if "pip install" in part and "--no-deps" not in part:
                assert "--require-hashes" in part


@pytest.mark.promise("security 14")
def test_what_is_shipped_has_no_build_tools_and_is_not_root(final: list[tuple[str, str]]) -> None:
    (user,) = values(final, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number: Kubernetes checks runAsNonRoot"
    for command in values(final, "RUN"):
        assert not re.search(r"pip|uv|gcc|build-essential", command)
    after_user = final[[name for name, _ in final].index("USER") :]
    assert not {name for name, _ in after_user} & {"RUN", "COPY"}, "USER comes last"
    assert values(final, "COPY") == ["--from=build /opt/hearsight /opt/hearsight"]


def test_everything_that_is_copied_exists(steps: list[tuple[str, str]], project: Path) -> None:
    for rest in values(steps, "COPY"):
        words = shlex.split(rest)
        if not words[0].startswith("--from"):
            for source in words[:-1]:
                assert (project / source).exists(), source
    copied = " ".join(values(steps, "COPY"))
    manifest = tomllib.loads((project / "pyproject.toml").read_text())
    wheel = manifest["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in wheel["packages"]:
        assert f"{package} {package}" in copied


def test_it_stops_on_sigterm_and_says_whether_it_lives(final: list[tuple[str, str]]) -> None:
    assert values(final, "STOPSIGNAL") == ["SIGTERM"]
    (check,) = values(final, "HEALTHCHECK")
    assert "/healthz" in check
    assert '"python"' in check, "the image has no curl"
    assert values(final, "ENTRYPOINT") == ['["hearsight"]']


def test_compose_runs_what_the_containerfile_ships(
    compose: dict[str, Any], final: list[tuple[str, str]], project: Path
) -> None:
    service = compose["services"]["hearsight"]
    build = service["build"]
    context = project / "deploy" / build["context"]

    assert (context / build["dockerfile"]).resolve() == project / "deploy/Containerfile"
    assert service["user"] == values(final, "USER")[0]
    mounts = {volume.split(":")[1] for volume in service["volumes"]}
    assert set(values(final, "VOLUME")) <= mounts
    (command,) = values(final, "CMD")
    assert yaml.safe_load(command)[-1] in mounts, "the site file that is run is mounted"
    (port,) = values(final, "EXPOSE")
    assert f"127.0.0.1:{port}/healthz" in values(final, "HEALTHCHECK")[0]
    manifest = tomllib.loads((project / "pyproject.toml").read_text())
    assert service["image"] == f"hearsight:{manifest['project']['version']}"


@pytest.mark.promise("security 14")
def test_a_linter_finds_nothing_in_the_containerfile(project: Path, tmp_path: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")

    def lint(path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(linter), "--no-color", "--failure-threshold", "style", str(path)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    done = lint(project / "deploy/Containerfile")
    assert (done.returncode, done.stdout) == (0, "")
    # It does look: root at the end, and a base that is whatever is newest, are found.
    careless = tmp_path / "Containerfile"
    careless.write_text("FROM python:latest\nRUN cd /tmp && pip install flask\nUSER root\n")
    assert {"DL3002", "DL3007", "DL3013"} <= set(re.findall(r"DL\d+", lint(careless).stdout))


@pytest.mark.promise("security 14")
def test_the_compose_file_says_nothing_that_the_specification_does_not_know(
    project: Path,
) -> None:
    spec = pytest.importorskip("compose_spec", reason="no parser of compose files for this machine")
    text = (project / "deploy/compose.yaml").read_text()

    parsed = spec.PyCompose.from_yaml(text)
    parsed.validate()
    assert set(parsed.service_names()) == {"hearsight", "redis", "console"}
    for misspelt in ("read_onlee: true", "read_only: perhaps", "pids_limit: many"):
        key = misspelt.partition(":")[0].replace("onlee", "only")
        wrong = re.sub(rf"{key}: \w+", misspelt, text)
        assert wrong != text
        with pytest.raises(ValueError, match="services"):
            spec.PyCompose.from_yaml(wrong)


@pytest.mark.promise("security 14")
@pytest.mark.parametrize("name", ["hearsight", "redis", "console"])
def test_no_service_may_do_more_than_it_needs(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service["user"].startswith(("0", "root"))
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)
    # Browsers reach the console, and nothing else is reached from outside.
    assert ("ports" in service) == (name == "console")
    for volume in service["volumes"]:
        source, target, *mode = volume.split(":")
        if source.startswith("."):
            assert mode == ["ro"], f"{target} can be written"


def test_redis_keeps_what_it_acknowledged_and_is_reached_by_hearsight_alone(
    compose: dict[str, Any],
) -> None:
    redis, hearsight = compose["services"]["redis"], compose["services"]["hearsight"]
    options = dict(zip(redis["command"][1::2], redis["command"][2::2], strict=True))

    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "always"
    assert options["--maxmemory-policy"] == "noeviction"
    assert redis["networks"] == ["alerts"]
    assert compose["networks"]["alerts"]["internal"] is True
    assert set(hearsight["networks"]) == {"cameras", "alerts"}


@pytest.mark.promise("security 12")
def test_no_password_stands_in_the_compose_file(compose: dict[str, Any]) -> None:
    for service in ("hearsight", "console"):
        for name, value in compose["services"][service]["environment"].items():
            assert value == f"${{{name}:?in .env}}"


def test_the_console_runs_beside_the_site_that_it_asks(compose: dict[str, Any]) -> None:
    site, console = compose["services"]["hearsight"], compose["services"]["console"]

    assert (console["image"], console["user"]) == (site["image"], site["user"])
    assert {"state:/var/lib/hearsight", "./site.yaml:/etc/hearsight/site.yaml:ro"} <= set(
        console["volumes"]
    )
    assert console["command"] == ["console", "/etc/hearsight/site.yaml"]
    assert "/healthz" in console["healthcheck"]["test"][-1]
    # It reaches no camera.
    assert "cameras" not in console["networks"]


def test_the_site_file_of_the_compose_file_is_a_good_one(
    project: Path, compose: dict[str, Any]
) -> None:
    environment = dict.fromkeys(compose["services"]["hearsight"]["environment"], "secret")

    site = load_site(project / "deploy/site.yaml", environ=environment)

    assert site.redis.url is not None
    assert "@redis:6379" in site.redis.url.get_secret_value()
    # Inside, Redis is reached over the internal network only: it needs no TLS there.
    assert site.console.redis_url is not None
    assert site.console.redis_url.get_secret_value().startswith("redis://console:")
    assert warnings_of(site) == [
        "redis.url is not encrypted: write rediss:// where the server can do TLS."
    ]
