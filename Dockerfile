# The compendium with its pinned environment, for those who want to run it and install nothing:
#   docker build --tag compendium .
#   docker run --rm --volume "$PWD/out:/compendium/book/_build" compendium
FROM python:3.11-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /compendium
COPY . .
RUN python install.py
CMD [".venv/bin/compendium", "make", "demo"]
