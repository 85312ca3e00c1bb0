# syntax=docker/dockerfile:1
# Two images: `backend`, the service and the recipes, and `frontend`, a server for the dashboard. docker-compose.yml
# builds both; docs/docker.md tells the rest.

# --- The dashboard ------------------------------------------------------------------------------------------------
FROM node:24-bookworm-slim AS dashboard
WORKDIR /build
# The packages come before the sources: they are installed anew only when the lock file has changed.
COPY frontend/package.json frontend/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY frontend ./
# Readable whatever the checkout's files are: a strict umask would lock out the images' user.
RUN npm run build && chmod -R a+rX dist

# --- The Python packages ------------------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm AS packages
# As scripts/setup.sh chooses: the processor's build where there is no GPU. PyPI's (docker-compose.gpu.yml) has CUDA.
ARG TORCH="torch>=2.6"
ARG TORCH_INDEX="https://download.pytorch.org/whl/cpu"
WORKDIR /build
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
RUN --mount=type=cache,target=/root/.cache/pip pip install --index-url "$TORCH_INDEX" "$TORCH"
COPY pyproject.toml ./
# Named in pyproject.toml, and empty, so that another word in it does not install everything anew.
RUN touch README.md
RUN --mount=type=cache,target=/root/.cache/pip pip install ".[ml,openai,documents]"

# --- Image `frontend` ---------------------------------------------------------------------------------------------
FROM caddy:2-alpine AS frontend
COPY --chmod=644 docker/frontend/Caddyfile /etc/caddy/Caddyfile
COPY --from=dashboard /build/dist /srv/ui
# It keeps a copy of its configuration, which nobody needs.
ENV VITE_API_URL=http://backend:8000 XDG_CONFIG_HOME=/tmp XDG_DATA_HOME=/tmp
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/ui/"]
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile"]

# --- Image `backend` ----------------------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm AS backend
# tini is process 1: it passes signals on and buries what a killed run leaves behind.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home pipeline
COPY --from=packages /opt/venv /opt/venv
# Unbuffered, so that `docker logs` shows a line when it is written.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0
WORKDIR /app
COPY LICENSE README.md pyproject.toml *.py ./
COPY prompts prompts
COPY scripts scripts
COPY backend backend
COPY --chown=1000:1000 config config
COPY --chown=1000:1000 data data
COPY --from=dashboard /build/dist frontend/dist
# The folders of a checkout, and those at which docker-compose.yml mounts its volumes: a new volume takes over the owner.
# Its user may not write beside the sources, so what Python would keep there is made now.
RUN install -d -o 1000 -g 1000 evaluation hf_cache models outputs predictions state \
    && chmod -R a+rX . \
    && python -m compileall -q -j 0 *.py backend
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "backend.main"]
