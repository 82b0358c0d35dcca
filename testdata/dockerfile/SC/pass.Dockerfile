FROM debian:12 AS build
ARG dir
ENV lower=1
RUN echo "$dir" "$lower" "$http_proxy"
RUN ["sh", "-c", "printf \"%s\\n\" \"$HOME\""]
RUN ["python3", "-c", "print($other)"]
RUN . /etc/os-release && . "$lower/x"
# hadolint ignore=SC2086,SC2154
RUN echo $other
# shellcheck disable=SC2086,SC2154
RUN echo $other
RUN echo a && \
  # shellcheck disable=SC2086,SC2154
  echo $other
RUN <<EOF
# shellcheck disable=SC2086,SC2154
echo one
echo $other
EOF
RUN <<EOF
#!/usr/bin/env python3
print($x)
EOF
RUN python3 <<EOF
print(1)
EOF
SHELL ["/bin/bash", "-c"]
RUN source /etc/os-release && echo "$RANDOM"
FROM build AS next
RUN source /f && echo "$lower"
FROM mcr.microsoft.com/windows/nanoserver:1809
RUN echo $other
SHELL ["pwsh", "-c"]
RUN Get-Thing $other
