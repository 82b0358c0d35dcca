FROM debian:12
RUN curl -fsSL https://example.com/a.tgz | tar -xz
RUN curl -o /tmp/i.sh https://example.com/i.sh && echo 'x  /tmp/i.sh' | sha256sum -c && sh /tmp/i.sh
RUN curl -s https://example.com/v.json | python3 -c 'import json'
RUN curl -s https://example.com/v.json | python3 -m json.tool
RUN curl -s https://example.com/words | bash count.sh
RUN curl -s https://example.com/words | sh -c 'wc -l'
RUN curl https://example.com/x > x; cat x | sha256sum -c && echo true | sh
RUN curl https://example.com/x | sha256sum && sh x
RUN wget https://example.com/x | sh
RUN curl -fsSLo /x https://example.com/x | sh
RUN echo "$(curl https://example.com/v)" > /version
RUN sh -c 'curl -o /x https://example.com/x'
RUN echo 'curl https://example.com | sh' > /hint
# curl https://example.com | sh
SHELL ["pwsh", "-Command"]
RUN curl https://example.com/x | sh
