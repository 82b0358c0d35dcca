package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// layerOf is a packed layer with one file, its digest and that of what it unpacks
// to.
func layerOf(t *testing.T, content string) (blob, plain []byte, digest, diffID v1.Hash) {
	t.Helper()
	var archive, packed bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "file", Size: int64(len(content)), Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, content)
	_ = w.Close()
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(archive.Bytes())
	_ = z.Close()
	digest, _, err := v1.SHA256(bytes.NewReader(packed.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	diffID, _, err = v1.SHA256(bytes.NewReader(archive.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return packed.Bytes(), archive.Bytes(), digest, diffID
}

func TestUnpackedLayersAreKeptWhileThereIsRoom(t *testing.T) {
	pool, err := NewPool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	verify := func(blob []byte, digest v1.Hash) error {
		copied := pool.spill(digest)
		_, err := verifyLayer(t.Context(), bytes.NewReader(blob), int64(len(blob)), &budget{limits: Limits{}.withDefaults()}, copied)
		if err != nil {
			copied.drop()
			return err
		}
		copied.keep()
		return nil
	}
	there := func(digest v1.Hash) []byte {
		raw, _ := os.ReadFile(pool.unpacked(digest))
		return raw
	}
	small, plain, digest, _ := layerOf(t, "small")
	if err := verify(small, digest); err != nil || !bytes.Equal(there(digest), plain) {
		t.Errorf("%v, %d bytes are kept of %d", err, len(there(digest)), len(plain))
	}
	room := pool.room.Load()
	if want := int64(unpackedRoom - len(plain)); room != want {
		t.Errorf("there is room for %d bytes, want %d", room, want)
	}

	// One that is cut off leaves nothing, neither file nor debt.
	_, _, other, _ := layerOf(t, "other")
	if err := verify(small[:len(small)-4], other); err == nil || there(other) != nil || pool.room.Load() != room {
		t.Errorf("%v, %d bytes are kept, room for %d", err, len(there(other)), pool.room.Load())
	}
	// So does one that is not packed: the blob is what it unpacks to.
	if err := verify(plain, other); err != nil || there(other) != nil || pool.room.Load() != room {
		t.Errorf("%v, %d bytes are kept, room for %d", err, len(there(other)), pool.room.Load())
	}
	// And one that is too large, which is verified all the same.
	large, _, third, _ := layerOf(t, strings.Repeat("large", 1000))
	pool.room.Store(4000)
	if err := verify(large, third); err != nil || there(third) != nil || pool.room.Load() != 4000 {
		t.Errorf("%v, %d bytes are kept, room for %d", err, len(there(third)), pool.room.Load())
	}
	pool.room.Store(0)
	if err := verify(small, other); err != nil || there(other) != nil {
		t.Errorf("%v, %d bytes are kept", err, len(there(other)))
	}
}
