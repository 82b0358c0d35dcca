FROM debian:12
RUN wget -q https://example.com/a
RUN wget -qO- https://example.com/a
RUN wget -nv https://example.com/a && wget --no-verbose b
RUN wget --progress=bar https://example.com/a
RUN wget -o /log a; wget --output-file=/log a; wget -a /log a; wget --append-output /log a
RUN apk add wget
