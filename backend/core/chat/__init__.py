"""A conversation with a model on a terminal."""
