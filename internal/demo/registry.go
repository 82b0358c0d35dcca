package demo

import (
	"context"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// serveRegistry serves an OCI registry on loopback and returns its host and
// what ends it.
func serveRegistry(ctx context.Context) (host string, stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{
		Handler:           registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	go func() { _ = server.Serve(l) }() // ends with ErrServerClosed
	return l.Addr().String(), func() { server.Close() }, nil
}

// push makes an index of two platforms from a root file system and pushes it. The
// same files give the same digest.
func push(ctx context.Context, ref string, rootfs fs.FS) error {
	tag, err := name.NewTag(ref)
	if err != nil {
		return err
	}
	var platforms []v1.Image
	for _, architecture := range []string{"amd64", "arm64"} {
		platform, err := image.FromFS(rootfs, v1.Platform{OS: "linux", Architecture: architecture}, day)
		if err != nil {
			return err
		}
		platforms = append(platforms, platform)
	}
	index, err := image.Index(platforms...)
	if err != nil {
		return err
	}
	return remote.WriteIndex(tag, index, remote.WithContext(ctx))
}
