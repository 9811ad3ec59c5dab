# The runner as a container. Build from the repository's root:
#   docker build --file docker/runner.Dockerfile --tag llmbench-runner .
# Sources are run as they are; `pnpm deploy` would copy workspace packages to where Node does not strip types.
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE}
RUN npm install --global pnpm@12
WORKDIR /app
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages packages
COPY apps/runner apps/runner
RUN pnpm install --frozen-lockfile --prod --no-optional --filter '@llmbench/runner...'
RUN install --directory --owner node --group node /data
USER node
VOLUME /data
WORKDIR /app/apps/runner
ENV NODE_ENV=production
ENV RUNNER_STATE_DIR=/data
# Node as the first process: both programs handle SIGTERM themselves.
ENTRYPOINT ["node", "--max-semi-space-size=1", "--import", "tsx", "src/main.ts"]
CMD ["--provider", "all", "--exclude", "bedrock", "--daemon", "--interval", "30"]
