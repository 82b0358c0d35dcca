FROM alpine:3.20
WORKDIR /app
WORKDIR "/with space"
WORKDIR $HOME
WORKDIR ${HOME}/src
WORKDIR c:/windows
WORKDIR 'C:\data'
