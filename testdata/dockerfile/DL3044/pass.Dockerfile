FROM alpine:3.20
ENV A=/app
ENV A=$A/x B=$A/bin
ENV PATH=/x:$PATH
ENV E=$E I='$E'
ENV C=1 D=$CC E=${CCC}
ARG F
ENV F=$F
ENV G=1 H=\$G
