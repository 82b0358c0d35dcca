FROM alpine:3.20
COPY a /srv
COPY a b /srv/
COPY a b "/srv/"
COPY ["a", "b", "/s r v/"]
