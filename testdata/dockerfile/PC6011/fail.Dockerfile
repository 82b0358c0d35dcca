ARG NODE=16
FROM debian:10
FROM docker.io/library/debian:buster-20240612-slim
FROM alpine:3.18.4 AS build
FROM node:${NODE}-alpine
FROM centos:7@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
FROM python:2.7.18-slim-buster
FROM library/ubuntu:focal
FROM amazonlinux:2018.03
