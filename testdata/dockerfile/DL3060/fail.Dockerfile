FROM node:22 AS base
RUN yarn install
FROM node:22 AS unused
RUN yarn install
FROM base
RUN yarn cache clean && \
  yarn install
ONBUILD RUN yarn install
