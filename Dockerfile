# The images of the proxy. The executables are built first, outside: npm run build:executables
#
#   docker build -t alloydb-auth-proxy .                        nothing but the program and what it is linked to
#   docker build -t alloydb-auth-proxy:debian --target debian . the same with a shell and Debian's tools around it

# Given by the builder: amd64 or arm64.
ARG TARGETARCH

FROM debian:12-slim AS executable-amd64
COPY --chmod=0755 dist-executables/alloydb-auth-proxy-linux-x64 /alloydb-auth-proxy

FROM debian:12-slim AS executable-arm64
COPY --chmod=0755 dist-executables/alloydb-auth-proxy-linux-arm64 /alloydb-auth-proxy

FROM executable-${TARGETARCH} AS root
# glibc looks up names and users by itself; it wants to be told where.
RUN set -eu; \
    mkdir -p /root-of-image/etc /root-of-image/home/nonroot /root-of-image/tmp; \
    chmod 1777 /root-of-image/tmp; \
    cp --parents --dereference $(ldd /alloydb-auth-proxy | grep -o '/lib[^ ]*') /root-of-image; \
    echo 'root:x:0:0:root:/:/sbin/nologin' >/root-of-image/etc/passwd; \
    echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >>/root-of-image/etc/passwd; \
    printf 'root:x:0:\nnonroot:x:65532:\n' >/root-of-image/etc/group; \
    echo 'hosts: files dns' >/root-of-image/etc/nsswitch.conf

FROM debian:12-slim AS debian
RUN echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin' >>/etc/passwd && \
    echo 'nonroot:x:65532:' >>/etc/group && \
    install --directory --owner=65532 --group=65532 /home/nonroot
COPY --from=root /alloydb-auth-proxy /alloydb-auth-proxy
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="AlloyDB Auth Proxy" \
      org.opencontainers.image.description="Authorises and encrypts connections to AlloyDB for PostgreSQL instances" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Stands in the User-Agent of every call to the Admin API.
ENV ALLOYDB_PROXY_METADATA=container.debian
# Answers the check below, on the container's own loopback address.
ENV ALLOYDB_PROXY_HEALTH_CHECK=true
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/alloydb-auth-proxy", "healthcheck"]
ENTRYPOINT ["/alloydb-auth-proxy"]

FROM scratch AS minimal
COPY --from=root /root-of-image /
COPY --from=root --chown=65532:65532 /root-of-image/home/nonroot /home/nonroot
COPY --from=root /alloydb-auth-proxy /alloydb-auth-proxy
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="AlloyDB Auth Proxy" \
      org.opencontainers.image.description="Authorises and encrypts connections to AlloyDB for PostgreSQL instances" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV ALLOYDB_PROXY_METADATA=container
ENV ALLOYDB_PROXY_HEALTH_CHECK=true
ENV HOME=/home/nonroot
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/alloydb-auth-proxy", "healthcheck"]
ENTRYPOINT ["/alloydb-auth-proxy"]
