"""Who answers prompts for the service: a worker of its own, or a server in its place."""
