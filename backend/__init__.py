"""The pipeline behind the recipes and the service: core (light), engine (torch), jobs (queue), api (HTTP)."""
