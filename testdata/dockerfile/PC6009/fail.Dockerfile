FROM node:22 AS base
COPY ./ /app
FROM base
COPY . /app
