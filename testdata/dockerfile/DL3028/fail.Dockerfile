FROM ruby:3.3
RUN gem install bundler
RUN true && \
  gem i bundler:2 \
  nokogiri
ONBUILD RUN gem install rake
