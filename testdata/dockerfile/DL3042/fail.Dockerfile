FROM python:3.12
RUN pip install requests==2.32.3
RUN python3 -m pip install --upgrade pip==24.2
RUN cd /app && \
    PIP_NO_CACHE_DIR=0 /venv/bin/pip3 install -r requirements.txt
ENV PIP_NO_CACHE_DIR=off
RUN pip install flask==3.0.3
ENV PIP_NO_CACHE_DIR=1
ONBUILD RUN PIP_NO_CACHE_DIR=no pip2 install six==1.16.0

FROM python:3.12
RUN pip install flask==3.0.3
