FROM python:3.12
RUN pip install requests
RUN pip3 install --upgrade pip \
   # one with a version
   flask==3.0.3 \
   "black[d]"
RUN python3.12 -m pip install -t /lib six
RUN pipx install --python python3 poetry
RUN pip install git+https://git@example.com/a/b.git#egg=b
ONBUILD RUN pip install --index-url https://example.com/x six
