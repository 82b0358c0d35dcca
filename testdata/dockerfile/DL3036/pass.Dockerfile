FROM opensuse/leap:15.6
RUN zypper -n install curl=8.6.0 && zypper clean --all
RUN zypper -n in curl=8.6.0; zypper cc -a
RUN --mount=type=tmpfs,target=/var/cache/zypp zypper -n in curl=8.6.0
RUN zypper refresh
