FROM debian:12
RUN useradd -u 123456 app
RUN groupadd app && \
  useradd -mu \
  1000000 app
ONBUILD RUN useradd --uid=123456 app
