FROM alpine:3.20
RUN a \

  b \

  c
ENV A=b \
  	
  C=d
RUN cat <<EOF \

  > /f

EOF
