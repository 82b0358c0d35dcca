package image_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// shop is a Dockerfile of five build stages, and shopSteps what BuildKit writes
// for it.
const shop = `FROM golang:1.24 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -o /out/server ./cmd/server
RUN cd tools && go build -o /out/tool .

FROM node:22-alpine AS web
WORKDIR /web
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM web AS assets
COPY extra /web/dist/extra

FROM alpine:3.22 AS tools
RUN apk add --no-cache curl openssl
COPY --from=build /out /opt/bin

FROM alpine:3.22
RUN apk add tini
COPY --from=build /out/server /usr/local/bin/shop
COPY --from=assets /web/dist /srv/www
COPY --from=assets /web/node_modules /srv/node_modules
COPY --from=tools /opt/bin/ /opt/
COPY --from=3 / /tools/
COPY --from=docker.io/library/busybox:1.37 /bin/busybox /bin/
COPY --from=0 /etc/unknown/file /etc/
`

var shopSteps = []string{
	"ADD alpine-minirootfs-3.22.1-x86_64.tar.gz / # buildkit", `- CMD ["/bin/sh"]`,
	"RUN /bin/sh -c apk add tini # buildkit",
	"COPY /out/server /usr/local/bin/shop # buildkit",
	"COPY /web/dist /srv/www # buildkit",
	"COPY /web/node_modules /srv/node_modules # buildkit",
	"COPY /opt/bin/ /opt/ # buildkit",
	"COPY / /tools/ # buildkit",
	"COPY /bin/busybox /bin/ # buildkit",
	"COPY /etc/unknown/file /etc/ # buildkit",
}

// TestMultiStageLineByLine says for each layer, and for what is in it, which line
// of which build stage brought it.
func TestMultiStageLineByLine(t *testing.T) {
	a, err := image.NewAttribution(t.Context(), tree(t, map[string]string{"Dockerfile": shop, "extra/key.pem": "", "src/app.ts": ""}), "portcullis.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := steps(shopSteps...)
	origins := a.Origins("ghcr.io/acme/shop:1", all)
	goes := func(name, file string) image.Subject {
		return image.Subject{Package: name, Ecosystem: "go", File: file}
	}
	npm := func(file string) image.Subject { return image.Subject{Package: "lodash", Ecosystem: "npm", File: file} }
	for _, test := range []struct {
		what    string
		step    int
		subject image.Subject
		want    string
	}{
		{"of the base image", 0, image.Subject{Package: "musl"}, "23 exact FROM alpine:3.22"},
		{"of an instruction", 2, image.Subject{Package: "tini"}, "24 exact RUN apk add tini"},
		{"module of a binary under another name", 3, goes("golang.org/x/net", "usr/local/bin/shop"), "6 inferred RUN go build -o /out/server ./cmd/server"},
		{"the compiler of it", 3, goes("stdlib", "usr/local/bin/shop"), "1 inferred FROM golang:1.24"},
		{"what a build wrote", 4, image.Subject{File: "srv/www/app.js"}, "14 inferred RUN npm run build"},
		{"what was laid beside it", 4, image.Subject{File: "srv/www/extra/key.pem"}, "17 inferred COPY extra /web/dist/extra"},
		{"what npm installed", 5, npm("srv/node_modules/lodash/package.json"), "12 inferred RUN npm ci"},
		{"through two build stages", 6, goes("golang.org/x/net", "opt/tool"), "7 inferred RUN cd tools && go build -o /out/tool ."},
		{"a package of the system, by number", 7, image.Subject{Package: "openssl"}, "20 inferred RUN apk add --no-cache curl openssl"},
		{"from an image", 8, image.Subject{File: "bin/busybox"}, "30 exact COPY --from=docker.io/library/busybox:1.37 /bin/busybox /bin/"},
		{"by nobody knows what", 9, image.Subject{File: "etc/file"}, "31 exact COPY --from=0 /etc/unknown/file /etc/"},
	} {
		t.Run(test.what, func(t *testing.T) {
			test.subject.Reference = "ghcr.io/acme/shop:1"
			test.subject.Origin = origins[all[test.step].Layer.String()]
			l := a.Locate(test.subject)
			if got := fmt.Sprintf("%d %s %s", l.Line, l.Precision, l.Object); got != test.want || l.Path != "Dockerfile" {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestCopiesThatLeadNowhere(t *testing.T) {
	for name, file := range map[string]string{
		"itself":          "FROM alpine AS a\nCOPY --from=a /x /y\n",
		"a later one":     "FROM alpine\nCOPY --from=b /x /y\nFROM alpine AS b\nRUN x\n",
		"nothing is made": "FROM alpine AS b\nFROM alpine\nCOPY --from=b /x /y\n",
		"a number":        "FROM alpine\nCOPY --from=7 /x /y\n",
		"many":            strings.Repeat("FROM alpine\nCOPY --from=0 / /\n", 200),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := image.NewAttribution(t.Context(), tree(t, map[string]string{"Dockerfile": file}), "")
			if err != nil {
				t.Fatal(err)
			}
			from, to := "/x", "/y"
			if name == "many" {
				from, to = "/", "/"
			}
			all := steps("base", "COPY "+from+" "+to+" # buildkit")
			l := a.Locate(image.Subject{File: "y", Origin: a.Origins("shop", all)[all[1].Layer.String()]})
			if !strings.HasPrefix(l.Object, "COPY --from") {
				t.Errorf("%+v", l)
			}
		})
	}
}
