FROM node:22 AS a
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm ci && npm run build
FROM node:22 AS b
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci
RUN npm install --global yarn@1 && npm install left-pad@1
FROM python:3.13 AS c
COPY . .
RUN pip install .
FROM golang:1.26 AS d
COPY --from=a . .
RUN go mod download
COPY src .
RUN go mod download
FROM node:22
COPY . .
RUN npm run build && yarn build
