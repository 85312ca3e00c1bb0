"""HTTP: the only place, beside `backend.main`, that imports fastapi."""
