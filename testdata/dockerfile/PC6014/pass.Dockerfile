FROM node:22 AS build
RUN npm ci
FROM node:22
RUN npm ci && npm cache clean --force
RUN --mount=type=cache,target=/root/.npm npm ci
RUN npm ci && rm -rf /root/.npm
RUN npm run install-tools
RUN pacman -Syu --noconfirm git && pacman -Scc --noconfirm
RUN pacman -Q git
RUN conda install a && conda clean -afy
RUN composer install --no-cache
RUN composer install; composer clear-cache
RUN tdnf install -y git && tdnf clean all
