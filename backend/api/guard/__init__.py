"""What stands in front of every route: one guard per file, and the stack that asks them in their order."""
