FROM rockylinux:9
ARG KNOWN=1
RUN microdnf install -y curl-7.76.1 openssl-1:1.1.1k gcc-c++-11.4
RUN dnf install -y ./local.rpm wget-${KNOWN} tar-$KNOWN
RUN dnf module install -y nodejs:20
RUN dnf group install -y "Development Tools"; dnf update
