# One node of Quorate. docs/deploy.md says what it needs: QUORATE_ORIGINS, QUORATE_SIGN_IN_KEY, a volume at /data.
FROM oven/bun:1.4.5-slim

WORKDIR /app
COPY package.json bun.lock ./
RUN bun install --frozen-lockfile --production --ignore-scripts
COPY tsconfig.json quorate.config.ts ./
COPY machines machines
COPY src src
COPY examples examples
COPY deploy/quorate.config.ts deploy/quorate.config.ts
RUN mkdir /data && chown bun:bun /data

# Memory that becomes free goes back to the system after half a minute, not after 100 ms (docs/deploy.md).
ENV NODE_ENV=production \
    MIMALLOC_PURGE_DELAY=30000 \
    MIMALLOC_PURGE_HOLES_MIN_INTERVAL=30000 \
    QUORATE_CONFIG=/app/deploy/quorate.config.ts \
    QUORATE_DATA=/data \
    QUORATE_HOST=0.0.0.0 \
    QUORATE_PORT=3000
USER bun
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["bun", "-e", "const { ok } = await fetch('http://127.0.0.1:3000/readyz'); process.exit(ok ? 0 : 1)"]
CMD ["bun", "src/main.ts"]
