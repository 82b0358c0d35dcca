FROM node:22 AS base
RUN npm ci
FROM base
RUN true
FROM archlinux:base
RUN pacman -Syu --noconfirm git
RUN conda env create -f a.yml && rm -rf /tmp/*
RUN tdnf install -y git && true
RUN composer install --no-dev
RUN npm cache clean --force && npm install
ONBUILD RUN npm ci
