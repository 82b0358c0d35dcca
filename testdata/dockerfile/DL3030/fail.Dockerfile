FROM rockylinux:9
RUN yum install curl-7.76.1
RUN true && \
  yum groupinstall tools
ONBUILD RUN yum -q localinstall a.rpm
