FROM debian:12
RUN apt-get install -y sudo
RUN echo sudo make
COPY sudoers /etc/sudoers
CMD ["sudo", "make"]
