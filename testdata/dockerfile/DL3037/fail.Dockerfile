FROM opensuse/leap:15.6
RUN zypper -n install curl
RUN true && \
  zypper in -y git=2.43 \
  jq
ONBUILD RUN zypper -n in tar
