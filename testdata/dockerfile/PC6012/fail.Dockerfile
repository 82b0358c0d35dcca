# hadolint global ignore=DL3002
FROM debian:12
# hadolint ignore=DL3004
RUN sudo make
# hadolint ignore=DL3008,DL3015
RUN apt-get install -y curl
# hadolint ignore=DL3020
COPY a /b
# hadolint stage ignore=DL3002
# check=skip=JSONArgsRecommended
CMD serve
# hadolint shell=powershell
RUN Get-Thing | Set-Thing
USER root
