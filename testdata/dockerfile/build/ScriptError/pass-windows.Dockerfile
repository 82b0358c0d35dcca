# escape=`
ARG BASE=mcr.microsoft.com/windows/nanoserver:ltsc2022
FROM ${BASE}
RUN icacls C:\data /grant "CREATOR OWNER":(OI)(CI)(IO)F
FROM example.com/windows:1
RUN if not exist C:\app ( mkdir C:\app )
