package image_test

import (
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// steps makes a history of texts. One that begins with "- " made no layer; the
// layer of the n-th has n as its digest.
func steps(texts ...string) []image.Step {
	all := make([]image.Step, len(texts))
	for i, text := range texts {
		text, empty := strings.CutPrefix(text, "- ")
		all[i].CreatedBy = text
		if !empty {
			all[i].Layer = v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%064d", i)}
		}
	}
	return all
}

// told writes down where each layer comes from: "3:exact", "base 1:inferred".
func told(origins map[string]image.Origin, all []image.Step) string {
	var words []string
	for _, s := range all {
		if s.Layer == (v1.Hash{}) {
			continue
		}
		o, ok := origins[s.Layer.String()]
		if !ok {
			words = append(words, "?")
			continue
		}
		word := fmt.Sprintf("%d:%s", o.Line, o.Precision)
		if o.Path != "Dockerfile" {
			word = o.Path + ":" + word
		}
		if o.Inherited {
			word = "base " + word
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

const multiStage = `# syntax=docker/dockerfile:1
ARG VERSION=3.22
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/server .

FROM alpine:$VERSION AS runtime
ENV LANG=C.UTF-8
RUN apk add --no-cache \
    # for TLS
    ca-certificates && \
    update-ca-certificates
RUN <<EOF
set -e
adduser -D app
EOF

FROM runtime
ARG TARGET=server
WORKDIR /app
COPY --from=build --chown=app /out/$TARGET ./
COPY <<"CONF" /etc/app.conf
key = value
CONF
SHELL ["/bin/ash", "-eo", "pipefail", "-c"]
RUN ./$TARGET --version | grep .
RUN ["/bin/true", "x"]
USER app
CMD ["./server"]
`

// What BuildKit writes for multiStage.
var multiStageSteps = []string{
	"ADD alpine-minirootfs-3.22.1-x86_64.tar.gz / # buildkit",
	`- CMD ["/bin/sh"]`,
	"- ENV LANG=C.UTF-8",
	"RUN /bin/sh -c apk add --no-cache     ca-certificates &&     update-ca-certificates # buildkit",
	"RUN /bin/sh -c set -e\nadduser -D app\n # buildkit",
	"- ARG TARGET=server",
	"WORKDIR /app",
	"COPY --chown=app /out/server ./ # buildkit",
	"COPY <<CONF /etc/app.conf # buildkit",
	"- SHELL [/bin/ash -eo pipefail -c]",
	"RUN |1 TARGET=server /bin/ash -eo pipefail -c ./$TARGET --version | grep . # buildkit",
	"RUN |1 TARGET=server /bin/true x # buildkit",
	"- USER app",
	`- CMD ["./server"]`,
}

const simple = "FROM debian:12\nRUN apt-get install -y curl\nCOPY app /srv/app\nWORKDIR /srv\nADD conf ./etc/\n"

func TestOrigins(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		steps []string
		want  string
	}{
		{
			"multi-stage by BuildKit", map[string]string{"Dockerfile": multiStage}, multiStageSteps,
			"base 8:exact, 10:exact, 14:exact, 21:exact, 22:exact, 23:exact, 27:exact, 28:exact",
		}, {
			"an earlier stage as target", map[string]string{"Dockerfile": multiStage}, multiStageSteps[:5],
			"base 8:exact, 10:exact, 14:exact",
		}, {
			"the first stage as target", map[string]string{"Dockerfile": multiStage},
			[]string{"base", "WORKDIR /src", "COPY . . # buildkit", "RUN /bin/sh -c go build -o /out/server . # buildkit"},
			"base 3:exact, base 3:exact, 5:exact, 6:exact",
		}, {
			"Docker's first builder", map[string]string{"Dockerfile": simple},
			[]string{
				"/bin/sh -c #(nop) ADD file:0123 in / ", `- /bin/sh -c #(nop)  CMD ["bash"]`,
				"|1 http_proxy=x y /bin/sh -c apt-get install -y curl", "/bin/sh -c #(nop) COPY dir:4567 in /srv/app ",
				"- /bin/sh -c #(nop) WORKDIR /srv", "/bin/sh -c #(nop) ADD file:89ab in /srv/etc/ ",
			},
			"base 1:exact, 2:exact, 3:exact, 5:exact",
		}, {
			"Docker's first builder, with an owner", map[string]string{"Dockerfile": "FROM a\nCOPY --chown=1:1 --from=0 /web ./web\nRUN true\n"},
			[]string{"base", "/bin/sh -c #(nop) COPY --chown=1:1dir:0123 in ./web ", "/bin/sh -c true"}, "base 1:exact, 2:exact, 3:exact",
		}, {
			"Kaniko", map[string]string{"Dockerfile": simple},
			[]string{"base", "RUN apt-get install -y curl", "COPY app /srv/app", "ADD conf ./etc/"},
			"base 1:exact, 2:exact, 3:exact, 5:exact",
		}, {
			"instruction that was changed since", map[string]string{"Dockerfile": simple},
			[]string{"base", "RUN /bin/sh -c apt-get install -y wget # buildkit", "COPY app /srv/app # buildkit", "ADD conf ./etc/ # buildkit"},
			"base 1:inferred, 2:fallback, 3:inferred, 5:inferred",
		}, {
			"instruction that was added since", map[string]string{"Dockerfile": simple},
			[]string{"base", "RUN /bin/sh -c apt-get install -y curl # buildkit", "ADD conf ./etc/ # buildkit"},
			"base 1:inferred, 2:inferred, 5:inferred",
		}, {
			"instruction that was removed since", map[string]string{"Dockerfile": simple},
			[]string{"base", "RUN /bin/sh -c apt-get install -y curl # buildkit", "COPY a /b # buildkit", "COPY app /srv/app # buildkit", "ADD conf ./etc/ # buildkit"},
			"base 1:inferred, 2:inferred, 1:fallback, 3:inferred, 5:inferred",
		}, {
			"base image that does the same", map[string]string{"Dockerfile": "FROM a\nRUN apt-get update\n"},
			[]string{"base", "RUN /bin/sh -c apt-get update # buildkit", "RUN /bin/sh -c apt-get update # buildkit"},
			"base 1:exact, base 1:exact, 2:exact",
		}, {
			"scratch", map[string]string{"Dockerfile": "FROM scratch\nCOPY --from=debian:12 / /\n"},
			[]string{"COPY / / # buildkit"}, "2:exact",
		}, {
			"heredoc with an interpreter of its own", map[string]string{"Dockerfile": "FROM a\nRUN <<X\n#!/usr/bin/python3\nX\n"},
			[]string{"RUN /dev/pipes/X # buildkit"}, "2:exact",
		}, {
			"the right one of two files", map[string]string{"Dockerfile": simple, "web/Dockerfile": "FROM a\nRUN make web\n"},
			[]string{"base", "RUN /bin/sh -c make web # buildkit"}, "base web/Dockerfile:1:exact, web/Dockerfile:2:exact",
		}, {
			"two files that say the same", map[string]string{"Dockerfile": "FROM a\nRUN make\n", "shop/Dockerfile": "FROM b\nRUN make\n"},
			[]string{"base", "RUN /bin/sh -c make # buildkit"}, "base shop/Dockerfile:1:inferred, shop/Dockerfile:2:inferred",
		}, {
			"another image", map[string]string{"Dockerfile": simple},
			[]string{"base", "RUN /bin/sh -c make # buildkit", `- CMD ["x"]`}, "?, ?",
		}, {
			"text that only ends alike", map[string]string{"Dockerfile": "FROM a\nRUN true\n"},
			[]string{"RUN /bin/sh -c make && true # buildkit"}, "?",
		},
		{"no history", map[string]string{"Dockerfile": simple}, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := image.NewAttribution(t.Context(), tree(t, test.files), "portcullis.yaml")
			if err != nil {
				t.Fatal(err)
			}
			all := steps(test.steps...)
			if got := told(a.Origins("ghcr.io/acme/shop:1", all), all); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOriginsNameTheInstruction(t *testing.T) {
	a, err := image.NewAttribution(t.Context(), tree(t, map[string]string{"Dockerfile": multiStage}), "portcullis.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := steps(multiStageSteps...)
	got := a.Origins("shop", all)[all[3].Layer.String()].Location
	want := gate.Location{
		Path: "Dockerfile", Range: gate.Range{Line: 10, Column: 1, EndLine: 13, EndColumn: 27},
		Object: "RUN apk add --no-cache     ca-certificates &&     update-ca-certificates",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// No text may make the comparison panic or point outside the file.
func FuzzOrigins(f *testing.F) {
	f.Add(multiStage, strings.Join(multiStageSteps, "\x00"))
	f.Add("FROM a\nRUN <<A\nA\nCOPY $a${b}c $d ./\n", "|1 a=b /bin/sh -c \x00/bin/sh -c #(nop) COPY dir:1 in /x\x00COPY")
	f.Fuzz(func(t *testing.T, file, history string) {
		a, err := image.NewAttribution(t.Context(), tree(t, map[string]string{"Dockerfile": file}), "portcullis.yaml")
		if err != nil {
			t.Fatal(err)
		}
		all := steps(strings.Split(history, "\x00")...)
		for layer, o := range a.Origins("shop", all) {
			if o.Path != "Dockerfile" || o.Line < 1 || o.Line > strings.Count(file, "\n")+1 {
				t.Errorf("%s comes from %+v", layer, o)
			}
		}
	})
}
