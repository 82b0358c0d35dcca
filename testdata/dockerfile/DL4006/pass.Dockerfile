FROM debian:12 AS base
RUN a || b
RUN echo "a | b"
SHELL ["/usr/bin/bash", "-eo", "pipefail", "-c"]
RUN a | b
RUN ["bash", "-o", "pipefail", "-c", "a | b"]

FROM base
RUN a | b

FROM mcr.microsoft.com/powershell:7.4
SHELL ["pwsh", "-Command"]
RUN Get-Process | Stop-Process
# hadolint shell=powershell
RUN Get-Process | Stop-Process
