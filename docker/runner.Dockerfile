# The runner as a container. Build from the repository's root:
#   docker build --file docker/runner.Dockerfile --tag llmbench-runner .
# A release is built from a base named by its digest, which the release workflow looks up and hands in:
#   --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:…
# Sources are run as they are; `pnpm deploy` would copy workspace packages to where Node does not strip types.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
RUN npm install --global pnpm@12.21.0
WORKDIR /app
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages packages
COPY apps/runner apps/runner
# Without the optional: the Node that the workspace pins for machines with an older one would be a second one here.
RUN pnpm install --frozen-lockfile --prod --no-optional --filter '@llmbench/runner...'

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="llmbench-runner" \
      org.opencontainers.image.description="Measures LLM APIs by streaming from them" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Owned by root, so that the daemon cannot change what it runs.
COPY --from=build /app /app
RUN install --directory --owner node --group node --mode 0700 /data
USER 1000:1000
VOLUME /data
WORKDIR /app/apps/runner
ENV NODE_ENV=production
ENV RUNNER_STATE_DIR=/data
# What Node compiled of the sources: a start from it takes half the time and tens of MiB less.
ENV NODE_COMPILE_CACHE=/data/compile-cache
# A runner has no port to ask. The daemon writes its status every few seconds, through the thread that holds the results:
# one that hangs leaves it old. A look at the file takes a millisecond, where a process of Node's would disturb the runs.
HEALTHCHECK --interval=60s --timeout=10s --start-period=120s --retries=3 \
  CMD find "$RUNNER_STATE_DIR/status.json" -mmin -5 | grep -q .
# Node is the first process: it handles SIGTERM itself, and reaps what it starts itself.
ENTRYPOINT ["node", "--max-semi-space-size=1", "--no-allocation-site-pretenuring", "src/main.ts"]
CMD ["--provider", "all", "--exclude", "bedrock,vertex,vllm,llamacpp,ollama,tgi", "--daemon", "--interval", "30"]
