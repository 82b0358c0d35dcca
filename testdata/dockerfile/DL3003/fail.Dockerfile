FROM alpine:3.20
RUN cd /src && make
RUN make \
 && (cd /doc; make)
RUN <<EOF
cd /a
cd /b
EOF
