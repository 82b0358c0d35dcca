FROM alpine:3.20
ARG KEY_ID=AKIAQ7WXYN2HRTUVKLMZ
ENV A=1 \
    ENDPOINT=https://build:correct-horse@files.example.com
RUN curl -H "Authorization: glpat-x1y2z3A4b5C6d7E8f9G0" https://gitlab.example.com
COPY <<EOF /key.pem
-----BEGIN RSA PRIVATE KEY-----
MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu
-----END RSA PRIVATE KEY-----
EOF
RUN sudo login AKIAQ7WXYN2HRTUVKLMZ
ADD https://ci:hunter22@files.example.com/x /x
