"""Figures with their uncertainty, in pure Python: the choices that every evaluation of this project makes alike.

Means get a Student-t interval, shares a Wilson one, everything without a closed form a seeded bootstrap; two runs are
compared item by item. Where fewer than `FEWEST` values are there, no interval is given: it would say more than is
known.
"""

from backend.core.statistics.agreement import Agreement, agreement_with, krippendorff_alpha, weighted_kappa
from backend.core.statistics.bootstrap import bootstrap_interval, median_interval, win_rate_interval
from backend.core.statistics.correlation import Correlation, ranks, spearman
from backend.core.statistics.estimate import FEWEST, Estimate
from backend.core.statistics.intervals import clustered_error, mean_interval, share_interval, wilson_interval
from backend.core.statistics.length import LengthAdjusted, length_adjusted
from backend.core.statistics.paired import Paired, holm, mcnemar, paired, smallest_detectable

__all__ = [
    "FEWEST",
    "Agreement",
    "Correlation",
    "Estimate",
    "LengthAdjusted",
    "Paired",
    "agreement_with",
    "bootstrap_interval",
    "clustered_error",
    "holm",
    "krippendorff_alpha",
    "length_adjusted",
    "mcnemar",
    "mean_interval",
    "median_interval",
    "paired",
    "ranks",
    "share_interval",
    "smallest_detectable",
    "spearman",
    "weighted_kappa",
    "wilson_interval",
    "win_rate_interval",
]
