package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// worthwhile is what four attempts have to bring for four more to follow. It
// bounds how often a registry is asked that drops every connection.
const worthwhile = 1 << 20

// A rangeSource can go on in the middle of a blob. The bytes of a digest never
// change, and are verified as a whole.
type rangeSource interface {
	// openAt starts reading a blob at an offset, or, where the far end does not
	// do that, at the start it returns.
	openAt(ctx context.Context, desc v1.Descriptor, offset int64) (body io.ReadCloser, start int64, err error)
}

// A transfer is a blob on its way into a temporary file, which gets its name only
// when every byte was verified.
type transfer struct {
	desc    v1.Descriptor
	file    *os.File
	sum     hash.Hash
	n       int64 // bytes so far
	resumed bool  // not all of them are from one answer
	tell    func(int64)
}

func newTransfer(dir string, desc v1.Descriptor, tell func(int64)) (*transfer, error) {
	file, err := os.CreateTemp(dir, "partial-")
	if err != nil {
		return nil, err
	}
	return &transfer{desc: desc, file: file, sum: sha256.New(), tell: tell}, nil
}

// attempt reads what is missing.
func (t *transfer) attempt(ctx context.Context, src source) error {
	body, err := t.open(ctx, src)
	if err != nil {
		return err
	}
	defer body.Close()
	// One byte more than announced is enough to know that the size is wrong.
	_, err = io.Copy(t, io.LimitReader(body, t.desc.Size+1-t.n))
	switch got := hex.EncodeToString(t.sum.Sum(nil)); {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case t.n < t.desc.Size:
		return fmt.Errorf("%s ended after %d of %d bytes: %w", t.desc.Digest, t.n, t.desc.Size, io.ErrUnexpectedEOF)
	case t.n == t.desc.Size && got == t.desc.Digest.Hex:
		return nil
	case t.resumed:
		return errors.Join(t.restart(), fmt.Errorf("%s was resumed with other bytes: %w", t.desc.Digest, io.ErrUnexpectedEOF))
	case t.n > t.desc.Size:
		err = fmt.Errorf("%s: %w: more than %d bytes", t.desc.Digest, ErrDigest, t.desc.Size)
	default:
		err = fmt.Errorf("%s: %w: got sha256:%s", t.desc.Digest, ErrDigest, got)
	}
	return errors.Join(err, t.restart())
}

// open starts to read where the file ends, or from the start.
func (t *transfer) open(ctx context.Context, src source) (io.ReadCloser, error) {
	if ranges, ok := src.(rangeSource); ok && t.n > 0 && t.n < t.desc.Size {
		body, start, err := ranges.openAt(ctx, t.desc, t.n)
		switch {
		case err != nil:
			return nil, err
		case start == t.n:
			t.resumed = true
			return body, nil
		}
		if err := t.restart(); err != nil {
			return nil, errors.Join(err, body.Close())
		}
		return body, nil
	}
	if err := t.restart(); err != nil {
		return nil, err
	}
	return src.open(ctx, t.desc)
}

// restart forgets what was read.
func (t *transfer) restart() error {
	t.tell(-t.n)
	t.n, t.resumed = 0, false
	t.sum.Reset()
	_, err := t.file.Seek(0, io.SeekStart)
	return errors.Join(err, t.file.Truncate(0))
}

// Write adds to the blob.
func (t *transfer) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	t.sum.Write(p[:n])
	t.n += int64(n)
	t.tell(int64(n))
	return n, err
}

// keep gives the verified file its name.
func (t *transfer) keep(name string) error {
	if err := t.file.Close(); err != nil {
		return err
	}
	return os.Rename(t.file.Name(), name)
}

// close removes what was not kept.
func (t *transfer) close() error {
	if err := t.file.Close(); errors.Is(err, os.ErrClosed) {
		return nil // it was kept
	} else if err != nil {
		return errors.Join(err, os.Remove(t.file.Name()))
	}
	return os.Remove(t.file.Name())
}
