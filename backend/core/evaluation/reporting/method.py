"""How the figures of a report are made, in sentences that only say what this report holds."""

from __future__ import annotations

from backend.core.evaluation.summary import Summary

METHOD_WORDS = {
    "student_t": "Student's t",
    "clustered_t": "Student's t, clustered by source",
    "wilson": "Wilson",
    "bootstrap": "bootstrap",
    "sandwich": "regression",
    "none": "no interval",
}

PAIRED = (
    "Differences are paired by item, which takes the items' difficulty out of the comparison. The interval is "
    "Student's t; the sign-flip permutation test assumes less and should say the same."
)


def method_of(summary: Summary) -> list[str]:
    """Sentences for the end of the report."""
    told = [
        "Intervals hold the true value in 95 of 100 such evaluations: Student's t for means, Wilson's for shares, "
        "10,000 bootstrap draws for medians and win rates. Below five items none is given.",
        "An item without a usable verdict is unscored. It is counted, listed and in no mean; no score is ever put in "
        "its place. The bounds tell what all of them together could change.",
    ]
    if summary.score.method == "clustered_t":
        told.append(
            "Items of one source resemble each other, so the error is clustered by source (Miller, arXiv:2411.00640)."
        )
    if summary.comparisons:
        told.append(PAIRED)
    if summary.preferences:
        told.append(
            "Win rates count ties as halves. At equal length: a ridge logistic regression on tanh of the standardised "
            "difference in length, from 100 pairs on (after Dubois et al., arXiv:2404.04475)."
        )
    if summary.mde80 is not None:
        told.append(
            "The smallest difference to be seen is 2.8 standard errors of a paired difference: a comparison over "
            "these items finds a true difference of that size in 80 of 100 cases."
        )
    if summary.reference_metrics:
        told.append(
            "Exact match and F1 leave out case, punctuation and English articles; in scripts without spaces each "
            "character is a word. chrF and BLEU are sacrebleu's, by the signature beside them."
        )
    return told
