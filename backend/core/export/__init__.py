"""What other programs are told of a model made here: its conversations, how to serve it, its card."""
