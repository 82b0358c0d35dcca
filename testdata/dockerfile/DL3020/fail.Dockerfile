FROM alpine:3.20
ADD app.conf /etc/app.conf
ADD --chown=app site.tar.gz \
    # a plain file after an archive
    index.html /srv/
ADD ["my file.zip", "/srv/"]
ONBUILD ADD . /src
