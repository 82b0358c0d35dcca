FROM rockylinux:9
ARG KNOWN=1
RUN microdnf install -y curl
RUN true && \
  dnf -y install gcc-c++ rpm-sign-4.16 \
  wget-$UNKNOWN
RUN dnf module install -y nodejs
ONBUILD RUN dnf install -y tar
