# The command line (and the controller that it embeds) in a container. Build it from the top of the checkout:
#   docker build -f deploy/container/cli.Dockerfile -t sockrig .
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY protos protos
COPY agent agent
COPY controller controller
# The project itself is what is installed; its dependencies' floors stand in pyproject.toml.
# hadolint ignore=DL3013
RUN python -m venv --without-pip /opt/sockrig \
    && pip --python /opt/sockrig/bin/python install --no-cache-dir '.[controller]'

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="sockrig" \
      org.opencontainers.image.description="Commands agents, runs scenarios and reports what happened" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 7411 sockrig \
    && useradd --system --uid 7411 --gid sockrig --no-create-home --home-dir /nonexistent sockrig \
    && install --directory --owner=sockrig --group=sockrig --mode=0700 /var/lib/sockrig
COPY --from=build /opt/sockrig /opt/sockrig
ENV PATH=/opt/sockrig/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SOCKRIG_STORE=/var/lib/sockrig/runs.db
# The runs: a volume, so that they can be written where all else is read-only, and kept by giving it a name.
VOLUME /var/lib/sockrig
USER 7411:7411
WORKDIR /work
# A command that ends has no health to watch: its exit code says how it went.
HEALTHCHECK NONE
# As Ctrl-C does, so that the run ends on every agent before the container is gone.
STOPSIGNAL SIGINT
ENTRYPOINT ["sockrig"]
CMD ["--help"]
