FROM opensuse/leap:15.6
RUN zypper -n install curl=8.6.0 'git>2.4' jq\<=1.7
RUN zypper -n in -t package --repo main tar=1.34 local.rpm
RUN zypper -n update
