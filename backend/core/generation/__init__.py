"""Datasets written by a language model: planned, checked record by record, published whole or not at all."""
