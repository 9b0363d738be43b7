"""The part of a site file about the models, and on what they run."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from pipeline.config.part import Part
from pipeline.config.units import Duration


def _on_or_off(value: object) -> object:
    # YAML 1.1 reads a bare `on` as true and `off` as false.
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


class Models(Part):
    """Which encoders, and on what they run."""

    sight: str = Field(default="embedded", description="'embedded', or NAME/TAG as `models list`")
    sound: str = Field(default="embedded", description="'embedded', or a name as in `models list`")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=0, le=256)] = Field(
        default=0, description="CPU threads for the models; 0: one fewer than the cores"
    )
    batch: Annotated[int, Field(ge=0, le=1024)] = Field(
        default=0, description="most pictures in one batch; 0: 16 on a CPU, 32 on CUDA"
    )
    deadline: Duration = Field(default=0.2, description="a batch waits no longer than this to fill")
    runtime: Literal["auto", "torch", "openvino"] = Field(
        default="auto", description="auto: torch on CUDA, OpenVINO on a CPU where it is installed"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16", "int8"] = Field(
        default="auto", description="auto: fp16 on CUDA, fp32 on a CPU"
    )
    compile: Annotated[Literal["auto", "on", "off"], BeforeValidator(_on_or_off)] = Field(
        default="auto", description="torch.compile on CUDA; auto: where its compiler is at hand"
    )

    @model_validator(mode="after")
    def _runs(self) -> Self:
        if self.runtime == "openvino" and self.device == "cuda":
            raise ValueError("runtime: openvino runs on the CPU: write device: cpu, or auto")
        if self.precision == "int8" and (self.runtime == "torch" or self.device == "cuda"):
            raise ValueError("precision: int8 needs runtime: openvino (or auto) and the CPU")
        if self.precision == "fp16" and (self.runtime == "openvino" or self.device == "cpu"):
            raise ValueError("precision: fp16 needs CUDA: write bf16, int8 or auto for a CPU")
        if self.compile == "on" and (self.runtime == "openvino" or self.device == "cpu"):
            raise ValueError("compile: on needs CUDA: write auto or off for a CPU")
        return self
