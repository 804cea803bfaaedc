# Helpline in a container: docker build -t helpline . && docker run --env-file .env -v helpline:/data helpline
# ops/compose.yaml adds MongoDB, Redis and monitoring. test/ops/dockerfile.test.ts runs these steps without Docker.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build -- all

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The compiler is only there for i18next's types.
RUN npm ci --omit=dev && rm -r node_modules/typescript node_modules/@typescript

FROM node:24-bookworm-slim
ENV NODE_ENV=production
ENV DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY bin ./bin
COPY scripts/build/run.js scripts/build/bundle.js ./scripts/build/
COPY lib/web/page ./lib/web/page
COPY lib/sandbox/page ./lib/sandbox/page
COPY content ./content
COPY media ./media
RUN mkdir -p /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT || 8080}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/lib/main.js"]
