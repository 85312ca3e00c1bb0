"""The plots of a report, each a function from figures to a drawing."""

from backend.core.evaluation.reporting.plots.bars import interval_bar, stacked_bar
from backend.core.evaluation.reporting.plots.forest import ForestRow, forest
from backend.core.evaluation.reporting.plots.frame import Side
from backend.core.evaluation.reporting.plots.histogram import histogram
from backend.core.evaluation.reporting.plots.scatter import scatter

__all__ = ["ForestRow", "Side", "forest", "histogram", "interval_bar", "scatter", "stacked_bar"]
