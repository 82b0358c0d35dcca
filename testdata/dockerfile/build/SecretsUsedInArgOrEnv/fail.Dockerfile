FROM alpine:3.20
ARG API_TOKEN
ENV A=b DB_PASSWORD=x secret_key=y
ENV APIKEY x
ARG auth=1
