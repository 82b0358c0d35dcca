FROM debian:12
RUN apt-get update && apt-cache search curl
RUN apt-key list; echo apt
