FROM alpine:3.20
RUN mkdir /app
# why not in one
RUN touch /app/ready
RUN --mount=type=cache,target=/c true
RUN --mount=type=cache,target=/c \
    false
RUN a && b
RUN c
RUN d
