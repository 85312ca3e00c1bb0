"""Processes beside this one: how they end together, are stopped, and are kept within limits."""
