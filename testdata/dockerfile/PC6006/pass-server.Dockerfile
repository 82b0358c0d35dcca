FROM postgres:17
CMD ["postgres"]
