"""Dilated convolutions with residuals, in the manner of Basenji (Kelley et al. 2018, doi:10.1101/gr.227819.117)."""

from __future__ import annotations

from torch import Tensor, nn

from engine.models.layers import module_list


class DilatedCNN(nn.Module):
    """A stem of convolution and max-pool, then residual layers whose dilation doubles, and the mean over positions.

    `stem` is the number of filters of the first convolution where it is another than `filters`: many are cheap there,
    and each is another motif to begin with.
    """

    def __init__(
        self,
        features: int,
        filters: int = 256,
        layers: int = 6,
        pool: int = 4,
        dropout: float = 0.2,
        stem: int | None = None,
    ):
        super().__init__()
        first = stem or filters
        self.stem = nn.Sequential(
            nn.Conv1d(4, first, 15, padding="same", bias=False),
            nn.BatchNorm1d(first),
            nn.ReLU(),
            nn.MaxPool1d(pool),
        )
        if first != filters:
            self.stem.extend([nn.Conv1d(first, filters, 1, bias=False), nn.BatchNorm1d(filters)])
        self.residuals = module_list(Residual(filters, 2**i, dropout) for i in range(layers))
        self.mix = nn.Conv1d(filters, features, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        for residual in self.residuals:
            h = h + residual(h)
        # a 1x1 convolution and the mean over positions commute: one position instead of all
        return self.mix(h.relu().mean(2, keepdim=True)).squeeze(2)


class Residual(nn.Module):
    """A dilated convolution to half the channels and one back to all of them, as in Basenji."""

    def __init__(self, filters: int, dilation: int, dropout: float):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.Conv1d(filters, filters // 2, 3, padding="same", dilation=dilation, bias=False),
            nn.BatchNorm1d(filters // 2),
            nn.ReLU(),
            nn.Conv1d(filters // 2, filters, 1, bias=False),
            nn.BatchNorm1d(filters),
            nn.Dropout(dropout),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
