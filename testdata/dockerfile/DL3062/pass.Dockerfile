FROM golang:1.23
RUN go install example.com/tool@v1.2.3
RUN go install . ./cmd/... /src/cmd
RUN go run main.go; go run example.com/tool@v1 example.com/data
RUN go get -tags netgo example.com/a@v1.0.0; go get
RUN go build example.com/app
