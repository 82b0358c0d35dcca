FROM rockylinux:9
RUN dnf install -y curl-7.76.1
RUN microdnf clean all && \
  microdnf install -y curl-7.76.1
RUN dnf -y upgrade && microdnf clean all
ONBUILD RUN dnf up-min
