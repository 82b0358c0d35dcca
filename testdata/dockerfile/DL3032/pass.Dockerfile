FROM rockylinux:9
RUN yum install -y curl-7.76.1 && yum clean all
RUN yum -y install curl-7.76.1; yum -y clean all
RUN yum install -y curl-7.76.1 && rm -rf /var/cache/yum/*
RUN yum makecache
