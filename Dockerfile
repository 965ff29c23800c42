# The service as an image: the base install with the extras that servers use, no torch, no build tools, no root.
#   docker build -t coachwork .
#   docker run --rm -p 8000:8000 -v coachwork:/data coachwork
# Pinned by tag here, so that rebuilding takes Debian's security updates; pin PYTHON_IMAGE by digest for a reproducible one:
#   docker build --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:... -t coachwork .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /source
COPY pyproject.toml uv.lock README.md LICENSE NOTICE ./
COPY scripts/environment scripts/environment
COPY src src
RUN scripts/environment image /opt/coachwork

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Coachwork" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.description="Photos of a car become a damage report that people act on"
RUN useradd --system --uid 10001 --create-home --home-dir /home/coachwork coachwork \
    && install --directory --owner coachwork --group coachwork /data
COPY --from=build /opt/coachwork /opt/coachwork
ENV PATH=/opt/coachwork/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    COACHWORK_DATA_DIR=/data \
    COACHWORK_LOG=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["coachwork"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
