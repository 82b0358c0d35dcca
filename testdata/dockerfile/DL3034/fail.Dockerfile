FROM opensuse/leap:15.6
RUN zypper install curl=8.6.0
RUN true && \
  zypper rm curl
ONBUILD RUN zypper patch
