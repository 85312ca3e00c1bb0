"""Runs on a Ray cluster: a carrier at home takes a job there and its work back, a worker on a node runs the recipe.

The service starts the carrier as it starts a recipe, and never imports this room: only here is Ray imported.
"""
