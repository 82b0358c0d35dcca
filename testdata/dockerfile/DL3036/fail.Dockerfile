FROM opensuse/leap:15.6
RUN zypper -n install curl=8.6.0
RUN zypper clean && \
  zypper -n in curl=8.6.0
RUN --mount=type=cache,target=/var/cache/other zypper -n in curl=8.6.0
ONBUILD RUN zypper -n install curl=8.6.0
