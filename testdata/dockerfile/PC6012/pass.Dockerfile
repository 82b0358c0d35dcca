FROM debian:12
# what the build needs
RUN make
# hadolint says nothing here
CMD ["serve"]
