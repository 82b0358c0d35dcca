FROM debian:12 AS build
ARG dir
ENV lower=1 UPPER=2
RUN echo $other $dir $lower "$HTTP_PROXI"
RUN a=1 && \
    # a comment in between
    ls "é😀	\
$b" | $RANDOM
ONBUILD RUN cd $x
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN echo $RANDOM && source /etc/os-release && [ $y == 1 ]
RUN <<EOF
echo $y
	[[ $other ]]
EOF
RUN <<-"EOF"
	#!/bin/sh
	# a script of its own
	[[ "$lower" ]]
	echo $z
	EOF
RUN cat > /f <<X && \
  echo $w
$data
X
FROM build AS next
RUN echo $lower $dir
FROM alpine:3.20
RUN source /f
# a syntax error
RUN if true; then
SHELL ["/bin/ash", "-c"]
RUN <<EOF
# shellcheck disable=SC2154
echo $w
EOF
RUN ["sh", "-c", "echo $other"]
RUN ["/bin/bash", "-euxo", "pipefail", "-c", "\u0065cho\t\"é\" \
  $third"]
ONBUILD RUN ["dash", "-ec", "echo $fourth"]
