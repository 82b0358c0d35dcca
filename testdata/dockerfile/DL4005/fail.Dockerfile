FROM debian:12
RUN ln -sfv /bin/bash /bin/sh
RUN true && \
  ln -s /bin/sh /usr/bin/sh
ONBUILD RUN ln /bin/bash "/bin/sh"
