FROM debian:12
RUN ln -s /bin/true /sbin/initctl && /bin/sh script
SHELL ["/bin/bash", "-c"]
