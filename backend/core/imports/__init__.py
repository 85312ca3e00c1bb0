"""Adapters made elsewhere, taken in: PEFT folders of other trainers, as folders or as zip files."""
