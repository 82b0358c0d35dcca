FROM node:22
RUN npm install && npm ci
RUN npm install --omit dev
RUN npm install express@4.21.0 @org/private@1 sax@"0.1.1"
RUN npm install git+https://user@example.com/a.git#v1.0.27
RUN npm install ./folder ../folder /folder ~/folder package.tgz
RUN npm run install-all
RUN npm run install express
RUN npm exec -- install express
