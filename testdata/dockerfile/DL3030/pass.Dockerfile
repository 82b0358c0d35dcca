FROM rockylinux:9
RUN yum install -y curl-7.76.1
RUN yum -yq install curl-7.76.1; yum --assumeyes localinstall a.rpm
RUN yum clean all
