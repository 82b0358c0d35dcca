FROM alpine:3.20 AS build
FROM build
# check=skip=StageNameCasing
FROM build AS Shop
