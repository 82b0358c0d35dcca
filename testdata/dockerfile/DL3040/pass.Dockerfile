FROM rockylinux:9
RUN dnf install -y curl-7.76.1 && dnf clean all
RUN microdnf -y up; microdnf clean all
RUN dnf in -y curl-7.76.1 && rm -rf /var/cache/libdnf5*
RUN --mount=type=cache,target=/var/cache/libdnf5 dnf install -y curl-7.76.1
RUN dnf makecache
