FROM python:3.12 AS base
RUN pip install --no-cache-dir requests==2.32.3
RUN PIP_NO_CACHE_DIR=true pip install requests==2.32.3
RUN export PIP_NO_CACHE_DIR=on; pip install requests==2.32.3
RUN --mount=type=cache,target=/root/.cache/pip pip install requests==2.32.3
RUN pipx install black && pipenv install
RUN pip list
ENV PIP_NO_CACHE_DIR=yes

FROM base
RUN pip install requests==2.32.3
