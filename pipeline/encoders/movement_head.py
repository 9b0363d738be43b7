"""What movement adds to a picture's embedding.

A picture alone cannot tell a fight from an embrace; how the scene moved up to it can. The head
puts the two together in the space of the texts, so that prompts, banks and detectors read one
vector: where movement is known, it takes back part of what the picture alone suggests, and adds
what the movement says.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline.movement import DIM

_HIDDEN = 64
#: Directions of the space in which the picture's own word may be taken back.
_RANK = 8


class MovementHead(nn.Module):
    """Unit embeddings (n, dim) and readings (n, `pipeline.movement.DIM`) to unit embeddings.

    Untrained it changes nothing.

    Args:
        dim: width of the embeddings.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(DIM))
        self.register_buffer("spread", torch.ones(DIM))
        self.hidden = nn.Linear(DIM, _HIDDEN)
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(_HIDDEN, dim, bias=False)
        self.down = nn.Linear(dim, _RANK, bias=False)
        self.up = nn.Linear(_RANK, dim, bias=False)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.up.weight)

    def forward(self, rows: Tensor, readings: Tensor) -> Tensor:
        """See the class; where a reading is NaN the row is returned as it is."""
        known = torch.isfinite(readings).all(dim=1, keepdim=True)
        z = ((readings - self.mean) / self.spread).nan_to_num(0.0).clamp(-4, 4)
        added = self.out(self.dropout(functional.gelu(self.hidden(z))))
        moved = functional.normalize(rows + self.up(self.down(rows)) + added, dim=-1)
        return torch.where(known, moved, rows)
