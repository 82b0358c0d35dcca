FROM alpine:3.20
ENTRYPOINT ["/app"]
CMD [ "--serve", \
      # still an array
      "--quiet" ]
HEALTHCHECK NONE
HEALTHCHECK CMD ["/app", "--health"]
