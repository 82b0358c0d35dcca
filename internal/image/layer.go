package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that a zstd frame may ask for.
const maxWindow = 128 << 20

// verifyLayer unpacks a layer, and returns the digest of the unpacked bytes, which
// it gives to copied too unless they are those of the blob. It refuses bytes after
// the end of the archive, which another reader might see as files, and stops
// where the budget ends.
func verifyLayer(ctx context.Context, blob io.Reader, size int64, b *budget, copied *spill) (v1.Hash, error) {
	plain, packed, err := decompress(blob)
	if err != nil {
		return v1.Hash{}, err
	}
	defer plain.Close()
	if !packed {
		copied.drop()
	}
	sum := sha256.New()
	counted := &meter{ctx: ctx, r: io.TeeReader(plain, io.MultiWriter(sum, copied)), size: size, budget: b}
	if err := readArchive(counted, b); err != nil {
		return v1.Hash{}, err
	}
	if err := onlyZeros(counted); err != nil {
		return v1.Hash{}, err
	}
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}, nil
}

// readArchive reads to the end of a tar archive. A file counts with the size
// that it unpacks to, before it is read: it may be sparse, or its size a lie.
func readArchive(counted *meter, b *budget) error {
	archive := tar.NewReader(counted)
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading the layer's archive: %w", err)
		}
		if err := errors.Join(b.addEntry(), b.addUncompressed(header.Size), b.ratio(counted.size, header.Size)); err != nil {
			return err
		}
	}
}

// onlyZeros reads the rest of r, which must be padding.
func onlyZeros(r io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if len(bytes.Trim(buf[:n], "\x00")) > 0 {
			return fmt.Errorf("%w: there are bytes after the end of the layer's archive", ErrDigest)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading the end of the layer: %w", err)
		}
	}
}

// A meter holds what is read from it against a budget.
type meter struct {
	ctx    context.Context
	r      io.Reader
	n      int64
	size   int64 // of the compressed blob
	budget *budget
}

func (m *meter) Read(p []byte) (int, error) {
	if m.ctx.Err() != nil {
		return 0, context.Cause(m.ctx)
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	if limit := m.budget.stream(m.size, m.n); limit != nil {
		return n, limit
	}
	return n, err
}

// Decompress unpacks a blob as it is unpacked to be verified: so it holds what
// was verified, whoever reads it. It recognises gzip and zstd by their first
// bytes; anything else is taken as it is. The caller must close what it returns.
func Decompress(r io.Reader) (io.ReadCloser, error) {
	plain, _, err := decompress(r)
	return plain, err
}

// decompress also reports whether the blob is packed at all.
func decompress(r io.Reader) (plain io.ReadCloser, packed bool, err error) {
	peeked := bufio.NewReaderSize(r, 64<<10)
	magic, err := peeked.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		plain, err = gzip.NewReader(peeked)
		return plain, true, err
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		d, err := zstd.NewReader(peeked, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, true, err
		}
		return d.IOReadCloser(), true, nil
	}
	return io.NopCloser(peeked), false, nil
}
