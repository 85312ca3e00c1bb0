"""What a training run will need, before it starts, and how earlier predictions came true."""
