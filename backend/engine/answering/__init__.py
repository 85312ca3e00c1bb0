"""Answering: what `ModelInference` is made of, from the row of a batch to the worker."""
