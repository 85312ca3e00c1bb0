"""Evaluation: answers in, scores with what they rest on out; no score is ever invented, no item ever dropped.

items, matching, gathering   what is scored: read, checked, brought together
planning, requests           how it is scored, and everything a judge has to be asked
rubric, prompts, verdicts    what the judge is told, and what it must answer
judging, pairing, grading    replies become outcomes, outcomes become rows
controls, health             planted answers, and what they tell about the judge
aggregation, contrasts       figures of one model, differences of two
running, rescoring, two_runs a run from its folder to its end; computed again; held against another
"""
