FROM debian:12
RUN apt-get update && apt-get install -y curl=7.88.1-10 "git=1:2.39.2-1"
RUN apt-get install -y ./local_1.0_amd64.deb package.deb
RUN apt-get install -y -t bookworm-backports curl/bookworm-backports
RUN apt-get -o Dpkg::Options::=--force-confold --target-release stable install curl=7.88.1-10
RUN apt-get update && apt-get upgrade -y
RUN echo "apt-get install curl"
RUN # apt-get install curl
