FROM opensuse/leap:15.6
RUN zypper -n in curl=8.6.0
RUN zypper install -y curl=8.6.0; zypper remove --no-confirm curl
RUN zypper --non-interactive patch; zypper clean
