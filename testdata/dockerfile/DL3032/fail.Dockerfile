FROM rockylinux:9
RUN yum install -y curl-7.76.1
RUN yum clean all && \
  yum install -y curl-7.76.1
RUN yum install -y a-1 && yum clean all && yum install -y b-1
ONBUILD RUN yum install -y curl-7.76.1
