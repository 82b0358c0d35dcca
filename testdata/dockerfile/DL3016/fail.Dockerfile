FROM node:22
RUN npm install express
RUN cd /app && npm install --global \
  sax@0.1.1 \
  @org/private
RUN npm --registry https://example.com install git+https://user@example.com/a.git
ONBUILD RUN npm install -g yarn
