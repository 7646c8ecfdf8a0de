"""What the tests of several figures share."""

import plotly.graph_objects as go
import pytest


@pytest.fixture(scope="session")
def axis_names():
    """Titles of the visible axes of one direction of a figure, from the first on."""

    def titles(figure: go.Figure, letter: str) -> list[str]:
        axes = figure.select_xaxes() if letter == "x" else figure.select_yaxes()
        return [axis.title.text for axis in axes if axis.visible is not False and axis.title.text]

    return titles
