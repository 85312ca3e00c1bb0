# Sourced by the wrappers: the interpreter of .venv where there is one. The recipes read .env themselves.
if [ -z "${PYTHON:-}" ]; then
    if [ -x .venv/bin/python ]; then PYTHON=.venv/bin/python; else PYTHON=python3; fi
fi
