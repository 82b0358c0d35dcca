const http = require('node:http');

http.createServer((request, response) => {
  response.end(`hello from ${request.url}\n`);
}).listen(8080);
