"""A model made here, taken to other programs: its weights, its template, and the proof that both ask it alike."""
