"""What everybody may import: no web framework and no torch below this folder."""
