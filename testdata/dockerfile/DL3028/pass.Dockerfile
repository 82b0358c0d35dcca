FROM ruby:3.3
RUN gem install bundler:2.5.22 local.gem
RUN gem install bundler -v 2.5.22
RUN gem install --version=2.5.22 bundler
RUN gem install nokogiri:1.16 -- --use-system-libraries true
RUN gem update
