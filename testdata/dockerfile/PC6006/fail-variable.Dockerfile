ARG BASE=docker.io/library/node:22
FROM ${BASE}
CMD node server.js
