FROM rockylinux:9
ARG KNOWN=1
RUN yum install -y curl-7.76.1 openssl-1:1.1.1k gcc-c++-11.4
RUN yum install -y ./local.rpm wget-${KNOWN} tar-$KNOWN
RUN yum module install -y nodejs:20
RUN yum group install -y "Development Tools"; yum update
