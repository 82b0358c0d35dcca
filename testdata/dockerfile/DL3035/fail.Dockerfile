FROM opensuse/leap:15.6
RUN zypper -n dist-upgrade
RUN true && \
  zypper dup -y
ONBUILD RUN zypper dup
