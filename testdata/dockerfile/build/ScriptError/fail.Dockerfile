FROM alpine:3.20
RUN apk update && \
    # the fi is missing
    if [ -f /a ]; then rm /a
RUN echo "never closed
RUN sh -c 'echo $('
