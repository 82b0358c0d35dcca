FROM scratch
ARG N=1
COPY secret.txt /
ADD a ./secret$N /x/
COPY ["build/out", "/"]
COPY --chown=1 build /
