# docker build -t tailrace --build-arg VERSION=0.1.0 .
ARG DEBIAN=debian:trixie-slim

FROM ${DEBIAN} AS build
WORKDIR /source
# The script alone first: the packages are a layer that lasts until the list changes.
COPY dev ./
RUN ./dev deps run && rm -rf /var/lib/apt/lists/*
COPY . ./
RUN ./dev build tailrace
# The symbols under the name that perf and gdb look for: .build-id/12/34….debug.
RUN id=$(readelf -n build/release/tailrace | sed -n 's/.*Build ID: //p') && rest=${id#??} \
 && install -D build/release/tailrace.debug "/symbols/.build-id/${id%"$rest"}/$rest.debug"

# docker build --target symbols --output build/symbols .
FROM scratch AS symbols
COPY --from=build /symbols /

FROM ${DEBIAN}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="tailrace" \
      org.opencontainers.image.description="Fetches over HTTP, hashes while it streams, resizes images; flat tail latency under load." \
      org.opencontainers.image.version="${VERSION}"
# The libraries that the binary is linked to, the AVIF encoder, and the CA store.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates libboost-json1.83.0 libboost-url1.83.0 libcares2 libheif-plugin-aomenc \
      libjemalloc2 libprometheus-cpp-core1.0 libspdlog1.15 libssl3t64 libtiff6 libvips42t64 \
      libwebp7 libwebpdemux2 libxxhash0 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log
COPY --from=build /source/build/release/tailrace /usr/local/bin/tailrace
COPY config/tailrace.toml /etc/tailrace/tailrace.toml
# By the environment, so that `docker run tailrace --flag` and the health check read it too.
ENV TAILRACE_CONFIG=/etc/tailrace/tailrace.toml
# A number, so that an orchestrator can see that it is not root.
USER 65532:65532
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/local/bin/tailrace", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/tailrace"]
