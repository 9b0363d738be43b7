"""Other people's weight files: read what is plain, refuse what could run code."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.encoders.checkpoints import (
    UnsafeCheckpointError,
    WrongModelError,
    check_keys,
    read_checkpoint,
    write_safetensors,
)
from pipeline.encoders.embedded_files import DamagedModelError, MissingModelError


class Trap:
    """What a hostile pickle does when it is loaded: leave a file behind."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.canary,))


def test_the_layout_of_a_training_loop_is_unwrapped(tmp_path: Path) -> None:
    weight = torch.arange(6.0).reshape(2, 3)
    path = tmp_path / "epoch_9.pt"
    torch.save(
        {"state_dict": {"module.head.weight": weight}, "epoch": 9, "best": np.float64(0.5)}, path
    )
    state = read_checkpoint(path)
    assert list(state) == ["head.weight"]
    assert torch.equal(state["head.weight"], weight)


@pytest.mark.promise("bad input 23", "security 10")
@pytest.mark.parametrize("how", ["torch", "plain pickle"])
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path, how: str) -> None:
    canary, path = tmp_path / "canary", tmp_path / "model.pt"
    content = {"state_dict": {"w": torch.zeros(1)}, "extra": Trap(canary)}
    if how == "torch":
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content))
    with pytest.raises(UnsafeCheckpointError, match="nothing was run"):
        read_checkpoint(path)
    assert not canary.exists()
    # The trap does work where code is allowed: the refusal above is what held it.
    torch.load(path, weights_only=False) if how == "torch" else pickle.loads(path.read_bytes())
    assert canary.exists()


@pytest.mark.promise("bad input 23")
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_truncated_file_is_named_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    state = {"w": torch.zeros(4000)}
    if suffix == ".pt":
        torch.save(state, path)
    else:
        write_safetensors(state, path)
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(DamagedModelError, match="fetch it again"):
        read_checkpoint(path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_an_empty_file_is_named_damaged_too(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.touch()
    with pytest.raises(DamagedModelError, match="fetch it again"):
        read_checkpoint(path)


def test_a_file_of_something_else_is_no_file_of_weights(tmp_path: Path) -> None:
    """What the reader of pickles says of it ("list index out of range") tells nobody anything."""
    path = tmp_path / "model.pt"
    path.write_text("root:x:0:0:root:/root:/bin/bash\n")
    with pytest.raises(DamagedModelError, match=r"cannot be read as weights .*name another file"):
        read_checkpoint(path)


@pytest.mark.promise("bad input 23")
@pytest.mark.parametrize(
    "data",
    [
        *(b"\x80\x02.", b"\x80\x02]}e.", b"\x80\x02}(K\x01u.", b"\x80\x02K\x01(h\x09t."),
        *(b"\x80\x02G\x00", b"\x80\x02(]K\x01d.", b"\x80\x02K\x01Q."),
    ],
)
def test_a_pickle_whose_operations_do_not_fit_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (("data.pkl", data), ("version", b"3\n"), ("byteorder", b"little")):
            archive.writestr(f"archive/{name}", content)
    with pytest.raises((DamagedModelError, UnsafeCheckpointError), match=r"model\.pt"):
        read_checkpoint(path)


def test_a_file_that_is_not_there_is_named_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="does not exist"):
        read_checkpoint(tmp_path / "none.pt")


def test_a_file_without_a_table_of_tensors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"state_dict": {"epoch": 3}}, path)
    with pytest.raises(WrongModelError, match="epoch"):
        read_checkpoint(path)
    torch.save([1, 2], path)
    with pytest.raises(WrongModelError, match="list"):
        read_checkpoint(path)


def test_what_differs_from_an_architecture_is_said() -> None:
    wanted = {"a": torch.zeros(2), "b": torch.zeros(3)}
    check_keys(dict(wanted), wanted, "X")
    with pytest.raises(
        WrongModelError, match=r"not X: missing b .*unexpected c .*shape of a \(5,\)"
    ):
        check_keys({"a": torch.zeros(5), "c": torch.zeros(1)}, wanted, "X")


def test_the_same_weights_give_the_same_file_in_any_order(tmp_path: Path) -> None:
    a, b = torch.ones(3), torch.zeros(2)
    write_safetensors({"a": a, "b": b}, tmp_path / "1.safetensors")
    write_safetensors({"b": b, "a": a}, tmp_path / "2.safetensors")
    assert (tmp_path / "1.safetensors").read_bytes() == (tmp_path / "2.safetensors").read_bytes()
