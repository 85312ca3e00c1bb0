"""What a model answers while it learns: the same few questions, asked again and again."""
