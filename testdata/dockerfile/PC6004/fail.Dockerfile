FROM debian:12
RUN chmod u+s /usr/bin/tool
RUN chmod 4755 /usr/bin/tool
RUN cc -o t t.c && chmod 06755 t
RUN chmod +s t
RUN chmod u=rwxs,go=rx t
COPY --chmod=4755 tool /usr/bin/
RUN install -o root -m 4711 tool /usr/bin/
ONBUILD RUN chmod a+s t
