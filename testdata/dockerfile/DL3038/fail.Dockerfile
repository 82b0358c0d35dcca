FROM rockylinux:9
RUN dnf install curl-7.76.1
RUN true && \
  microdnf install curl-7.76.1
ONBUILD RUN dnf -q localinstall a.rpm
