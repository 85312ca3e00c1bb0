"""OpenAI's protocol, as far as a local model can speak it: models, chat completions, completions."""
