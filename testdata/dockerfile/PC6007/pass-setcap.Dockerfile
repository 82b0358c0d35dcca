FROM debian:12
RUN setcap cap_net_bind_service=+ep /app
USER 1
EXPOSE 80
