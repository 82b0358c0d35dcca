FROM rockylinux:9
RUN dnf install -y curl-7.76.1
RUN microdnf -y install curl-7.76.1; dnf --assumeyes localinstall a.rpm
RUN dnf clean all
