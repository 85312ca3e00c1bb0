"""Training and generation: the only place that imports torch, transformers, peft and datasets."""
