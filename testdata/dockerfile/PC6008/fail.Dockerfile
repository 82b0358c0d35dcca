FROM node:22 AS a
COPY . .
RUN npm ci --omit=dev
RUN npm ci
FROM python:3.13 AS b
ADD ./ /app
RUN cd /app && pip install --no-cache-dir -r requirements.txt
FROM golang:1.26 AS c
COPY --chown=1:1 . /src/
RUN go mod download && go build ./...
FROM ruby:3.4 AS d
COPY [".", "/app"]
RUN echo
RUN <<EOF
bundle config set without test
bundle install
EOF
FROM node:22
RUN yarn
COPY . .
RUN pnpm install --frozen-lockfile
