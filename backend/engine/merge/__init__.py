"""Merging adapters: tensor by tensor from their files, without the base and without transformers."""
