"""What a person sets outside a run: settings, `.env`, and the variables that change parameters' defaults."""
