FROM alpine:3.20
RUN if [ -f /a ]; then rm /a; fi
RUN <<EOF
for i in 1 2 3; do
  echo "$i"
done
EOF
RUN <<EOF
#!/usr/bin/env python3
if True: print('not a shell script')
EOF

FROM mcr.microsoft.com/windows/servercore:ltsc2022
RUN if not exist C:\app mkdir C:\app

FROM alpine:3.20
SHELL ["pwsh", "-Command"]
RUN if ($env:A -eq 'b') { Write-Output "c" }
