FROM swift:6-slim
CMD ["/app"]
