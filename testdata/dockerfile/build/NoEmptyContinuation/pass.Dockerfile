FROM alpine:3.20

RUN a \
  # a comment
  b

RUN <<EOF

a
EOF
