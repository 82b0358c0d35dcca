FROM golang:1.23
RUN go install example.com/tool@latest
RUN cd /src && \
  go get -u example.com/a@v1.0.0 \
  example.com/b
RUN go run -ldflags "-s -w" example.com/tool --flag
ONBUILD RUN go get -tool tool
