# The agent in a container. Build it from the top of the checkout:
#   docker build -f deploy/container/agent.Dockerfile -t sockrig-agent .
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY protos protos
COPY agent agent
COPY controller controller
RUN python -m venv --without-pip /opt/sockrig \
    && pip --python /opt/sockrig/bin/python install --no-cache-dir .

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="sockrig-agent" \
      org.opencontainers.image.description="Opens sockets and carries traffic on a controller's command" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 7411 sockrig \
    && useradd --system --uid 7411 --gid sockrig --no-create-home --home-dir /nonexistent sockrig
COPY --from=build /opt/sockrig /opt/sockrig
COPY deploy/container/agent_health.py /opt/sockrig/libexec/agent_health.py
ENV PATH=/opt/sockrig/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 7411:7411
EXPOSE 7411
HEALTHCHECK --interval=5s --timeout=4s --start-period=10s --retries=3 \
    CMD ["python", "/opt/sockrig/libexec/agent_health.py", "127.0.0.1:7411"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sockrig-agent"]
# A container's loopback is of no use to others, and the agent refuses more than loopback without --insecure: whoever
# starts the container says so, with the network it is on in mind.
CMD ["--listen", "0.0.0.0:7411"]
