"""Whether what the settings name answers: services, the hub, the folder of cached models."""
