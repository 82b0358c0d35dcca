FROM rockylinux:9
ARG KNOWN=1
RUN yum install -y curl
RUN true && \
  yum -y install gcc-c++ rpm-sign-4.16 \
  wget-$UNKNOWN
RUN yum module install -y nodejs
ONBUILD RUN yum install -y tar
