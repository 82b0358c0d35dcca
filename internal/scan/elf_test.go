package scan

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/portcullis-ci/portcullis/testdata/images"
)

func TestELFPrograms(t *testing.T) {
	static, dynamic := images.GoProgram("1.26.3"), images.DynamicProgram("/lib64/ld-linux-x86-64.so.2")
	// A position-independent program without a loader says so in its dynamic segment.
	pie := bytes.Clone(static[:128])
	pie[16] = 3 // ET_DYN
	binary.LittleEndian.PutUint32(pie[64:], 2)
	pie = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(pie, 0x6ffffffb), 0x08000000)
	binary.LittleEndian.PutUint64(pie[64+32:], 16)
	shared := bytes.Clone(pie)
	shared[128+11] = 0
	for name, test := range map[string]struct {
		raw    []byte
		loader string
		ok     bool
	}{
		"static":                   {static, "", true},
		"dynamic":                  {dynamic, "/lib64/ld-linux-x86-64.so.2", true},
		"position-independent":     {pie, "", true},
		"library":                  {shared, "", false},
		"script":                   {[]byte("#!/bin/sh\n"), "", false},
		"empty":                    {nil, "", false},
		"cut in its header":        {static[:40], "", false},
		"cut in front of segments": {static[:70], "", false},
	} {
		if loader, ok := elfProgram(bytes.NewReader(test.raw)); loader != test.loader || ok != test.ok {
			t.Errorf("%s: %q, %v", name, loader, ok)
		}
	}
}

// Whatever a file says of itself, reading it ends, and only programs have loaders.
func FuzzELF(f *testing.F) {
	f.Add(images.GoProgram("1.26.3", "a v1"))
	f.Add(images.DynamicProgram("/lib/ld.so"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if loader, ok := elfProgram(bytes.NewReader(raw)); !ok && loader != "" {
			t.Errorf("no program, but it needs %q", loader)
		}
	})
}
