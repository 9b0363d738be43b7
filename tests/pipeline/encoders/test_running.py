"""What a site asks for, set against what the machine has."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pipeline.config import Models
from pipeline.encoders import running as module
from pipeline.encoders.running import Choice, Running, RuntimeChoiceError, choose, running_of


@pytest.fixture(params=[True, False], ids=["with OpenVINO", "without"])
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(module, "openvino_is_here", lambda: request.param)
    return bool(request.param)


def test_a_site_that_says_nothing_keeps_every_vector(here: bool) -> None:
    settings = running_of(Models(), "cpu", None)
    assert choose(settings, "cpu") == Choice("openvino" if here else "torch", "fp32")
    assert choose(settings, "cuda:1") == Choice("torch", "fp16")


def test_batches_suit_the_device_unless_the_site_says_how_large() -> None:
    assert [running_of(Models(), device, None).batch for device in ("cpu", "cuda")] == [16, 32]
    assert running_of(Models(batch=7), "cuda", None).batch == 7


@pytest.mark.parametrize(("precision", "name"), [("bf16", "a@1+bf16"), ("int8", "a@1+int8-2")])
def test_less_precision_is_asked_for_by_name_and_stands_in_the_model_s(
    here: bool, precision: str, name: str
) -> None:
    wanted = Running("auto", precision)
    if precision == "int8" and not here:
        with pytest.raises(RuntimeChoiceError, match="make setup-edge"):
            choose(wanted, "cpu")
        return
    chosen = choose(wanted, "cpu")
    assert chosen.names("a@1") == name


def test_single_and_half_precision_keep_the_model_s_name() -> None:
    assert Choice("openvino", "fp32").names("a@1") == "a@1"
    assert Choice("torch", "fp16").names("a@1") == "a@1"


@pytest.mark.parametrize(
    ("running", "device", "says"),
    [
        (Running("openvino"), "cuda", "CPU"),
        (Running("auto", "int8"), "cuda:0", "CPU"),
        (Running("auto", "fp16"), "cpu", "bf16, int8"),
        (Running("torch", "int8"), "cpu", "runtime: openvino"),
    ],
)
def test_what_does_not_go_together_is_refused_with_a_way_out(
    here: bool, running: Running, device: str, says: str
) -> None:
    with pytest.raises(RuntimeChoiceError, match=says):
        choose(running, device)


@pytest.mark.parametrize(
    "written",
    [
        {"runtime": "openvino", "device": "cuda"},
        {"runtime": "torch", "precision": "int8"},
        {"device": "cuda", "precision": "int8"},
        {"device": "cpu", "precision": "fp16"},
        {"device": "cpu", "compile": "on"},
    ],
)
def test_a_site_file_says_so_before_anything_starts(written: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"needs|runs on"):
        Models.model_validate(written)
