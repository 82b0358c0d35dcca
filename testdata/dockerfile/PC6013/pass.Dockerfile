FROM alpine:3.20
ARG KEY_ID=AKIAIOSFODNN7EXAMPLE
ENV ENDPOINT=https://$USER:$PASS@files.example.com \
    REGISTRY=https://files.example.com:8443/a@b \
    OTHER=http://user:password@files.example.com
RUN echo ghp_0123456789abcdefghijABCDEFGHIJ000000
RUN echo npm_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
RUN echo sk_test_0123456789abcdefghij AKIAXXXXXXXXXXXXXXXX
RUN ssh-keygen -t ed25519 && grep "PRIVATE KEY" key
# a comment: AKIAQ7WXYN2HRTUVKLMZ
USER app
