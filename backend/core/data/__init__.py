"""Datasets: their files, their records as conversations, and a conversation as a model sees it."""
