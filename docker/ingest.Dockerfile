# The ingest as a container. Build from the repository's root:
#   docker build --file docker/ingest.Dockerfile --tag llmbench-ingest .
# A release is built from a base named by its digest, which the release workflow looks up and hands in:
#   --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:…
# Sources are run as they are; `pnpm deploy` would copy workspace packages to where Node does not strip types.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
RUN npm install --global pnpm@12.21.0
WORKDIR /app
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages packages
COPY apps/ingest apps/ingest
# Without the optional: the Node that the workspace pins for machines with an older one would be a second one here.
RUN pnpm install --frozen-lockfile --prod --no-optional --filter '@llmbench/ingest...'

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="llmbench-ingest" \
      org.opencontainers.image.description="Takes what runners measure, stores it, serves worklists" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Owned by root, so that the service cannot change what it runs.
COPY --from=build /app /app
RUN install --directory --owner node --group node --mode 0700 /data
USER 1000:1000
VOLUME /data
WORKDIR /app/apps/ingest
ENV NODE_ENV=production
ENV HOST=0.0.0.0 PORT=8080 STORE_PATH=/data/llmbench.sqlite
# What Node compiled of the sources: a start from it takes half the time and tens of MiB less.
ENV NODE_COMPILE_CACHE=/data/compile-cache
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is the first process: it handles SIGTERM itself, and reaps what it starts itself.
CMD ["node", "src/main.ts"]
