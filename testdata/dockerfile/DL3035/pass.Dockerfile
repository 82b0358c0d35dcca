FROM opensuse/leap:15.6
RUN zypper -n update && zypper clean
RUN echo zypper dup
