FROM debian:12
RUN wget https://example.com/a
RUN true && \
  wget -O a \
  https://example.com/a | tee b
ONBUILD RUN wget https://example.com/a
