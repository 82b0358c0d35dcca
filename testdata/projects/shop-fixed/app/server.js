const http = require("http");

http
  .createServer((request, response) => response.end("open\n"))
  .listen(8080);
