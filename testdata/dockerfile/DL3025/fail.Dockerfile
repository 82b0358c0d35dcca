FROM alpine:3.20
ENTRYPOINT /app --serve
CMD exec \
    # in shell form
    /app
HEALTHCHECK --interval=5s CMD curl -f http://localhost/
CMD ['single', 'quotes']
ONBUILD CMD make
