"""Three convolutions with max-pools, in the manner of Basset (Kelley et al. 2016, doi:10.1101/gr.200535.115)."""

from __future__ import annotations

from torch import Tensor, nn


class CNN(nn.Module):
    """Filters 300, 200, 200 of lengths 19, 11, 7 with pools 3, 4, 4, then one fully connected layer over the mean and
    the maximum of what is left of the positions, which lets the length vary."""

    def __init__(
        self,
        features: int,
        filters: tuple[int, int, int] = (300, 200, 200),
        kernels: tuple[int, int, int] = (19, 11, 7),
        pools: tuple[int, int, int] = (3, 4, 4),
        dropout: float = 0.3,
    ):
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, kernel, pool in zip((4, *filters), filters, kernels, pools, strict=False):
            layers += [
                nn.Conv1d(inputs, outputs, kernel, padding="same", bias=False),
                nn.BatchNorm1d(outputs),
                nn.ReLU(),
                nn.MaxPool1d(pool, ceil_mode=True),
            ]
        self.convolutions = nn.Sequential(*layers)
        self.mix = nn.Sequential(nn.Dropout(dropout), nn.Linear(filters[-1], features))

    def forward(self, x: Tensor) -> Tensor:
        h = self.convolutions(x)
        return self.mix((h.mean(2) + h.amax(2)) / 2)
