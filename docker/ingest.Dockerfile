# The ingest as a container. Build from the repository's root:
#   docker build --file docker/ingest.Dockerfile --tag llmbench-ingest .
# Sources are run as they are; `pnpm deploy` would copy workspace packages to where Node does not strip types.
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE}
RUN npm install --global pnpm@12
WORKDIR /app
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages packages
COPY apps/ingest apps/ingest
RUN pnpm install --frozen-lockfile --prod --no-optional --filter '@llmbench/ingest...'
RUN install --directory --owner node --group node /data
USER node
VOLUME /data
WORKDIR /app/apps/ingest
ENV NODE_ENV=production
ENV HOST=0.0.0.0 PORT=8080 STORE_PATH=/data/llmbench.sqlite
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node as the first process: both programs handle SIGTERM themselves.
CMD ["node", "--import", "tsx", "src/main.ts"]
