FROM scratch AS base
COPY app /app
LABEL com.example.readonly="true"
FROM base
ENTRYPOINT ["/app"]
