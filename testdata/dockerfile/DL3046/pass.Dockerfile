FROM debian:12
RUN useradd -u 12345 app
RUN useradd -l -u 123456 app
RUN useradd -rlu 123456 app
RUN useradd --uid 123456 --no-log-init app
RUN useradd -c 123456 app
