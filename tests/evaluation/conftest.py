"""What tests of scores share: the elements of the challenge with made-up effects."""

import numpy as np
import pandas as pd
import pytest

from engine.data import satmut
from engine.data.satmut import MATCHED_ELEMENTS, DataSet, MeasuredElement
from engine.sequence import Region

VARIANTS = 120


def _element(name: str) -> tuple[MeasuredElement, np.ndarray]:
    rng = np.random.default_rng(MATCHED_ELEMENTS.index(name))
    variants = pd.DataFrame({"pos": np.arange(VARIANTS) + 1, "ref": "A", "alt": "C"})
    variants["effect"] = rng.normal(size=VARIANTS)
    variants["confidence"] = np.where(np.arange(VARIANTS) % 2, 0.05, 0.5)
    element = MeasuredElement(DataSet(name, name, "cells"), Region("chr1", 0, VARIANTS, "GRCh37"), variants)
    return element, np.arange(VARIANTS) < 20


@pytest.fixture
def made_up_elements(monkeypatch):
    """CAGI5 elements of made-up effects; the first 20 of their 120 variants are training variants. By name."""
    monkeypatch.setattr(satmut, "load_cagi5", _element)
    return _element
