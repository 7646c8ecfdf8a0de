"""Bidirectional LSTM after convolutions, in the manner of DREAM-RNN (Rafi et al. 2025,
doi:10.1038/s41587-024-02414-w)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool1d


class BiLSTM(nn.Module):
    """Two convolutions side by side, max-pool, batch norm, two bidirectional LSTM layers, mean over positions.

    `hidden` is the LSTM's size in each direction, so that a position has twice as many features.
    """

    def __init__(self, features: int, filters: int = 128, hidden: int = 128, pool: int = 4, dropout: float = 0.2):
        super().__init__()
        self.branches = nn.ModuleList(nn.Conv1d(4, filters // 2, k, padding="same", bias=False) for k in (9, 15))
        self.norm = nn.BatchNorm1d(filters)
        self.pool = pool
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(filters, hidden, num_layers=2, bidirectional=True)
        self.mix = nn.Linear(2 * hidden, features)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.cat([branch(x) for branch in self.branches], dim=1)
        # the norm after the pool, where positions are fewer
        h = self.dropout(self.norm(max_pool1d(h, self.pool)).relu())
        # positions first is the order in which oneDNN's LSTM is fastest
        h = self.lstm(h.permute(2, 0, 1))[0]
        return self.mix(self.dropout(h.mean(0)))
