FROM scratch AS a
ARG N
COPY . /
COPY public.txt a/build /
ADD https://example.com/secret /
COPY $N secret
FROM scratch
COPY --from=a /secret /secret
COPY <<EOF /secret
secret
EOF
