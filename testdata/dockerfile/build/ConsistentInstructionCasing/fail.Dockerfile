FROM alpine:3.20
Run true
run true
RUN true
