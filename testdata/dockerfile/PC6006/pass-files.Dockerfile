FROM scratch
COPY --from=x /out /
