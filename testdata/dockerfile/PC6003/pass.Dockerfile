FROM debian:12
RUN chmod 1777 /tmp && chmod 755 /app && chmod 0664 /a
RUN chmod a+rwxt /var/tmp
RUN chmod o-w /app && chmod +w /b && chmod g=u,a+r /c && chmod a+x /d
RUN chmod --reference=/a /777
RUN chmod ${MODE} /777
COPY --chmod=755 777 /
RUN install -m 0755 -o root 777 /usr/bin/
