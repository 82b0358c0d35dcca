FROM debian:12
RUN apt-get update \
 && sudo mkdir /app \
 && sudo chown app /app
RUN (cd /app; sudo make)
RUN <<EOF
set -e
	sudo make install
EOF
RUN ["sudo", "make"]
ONBUILD RUN sudo make
