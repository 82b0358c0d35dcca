FROM debian:latest
FROM --platform=linux/arm64 registry.example.com:5000/app:latest AS app
