package scan

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"strings"
)

// The limits of what is read of one program.
const (
	maxSegments = 1 << 10
	maxDynamic  = 64 << 10
	maxLoader   = 4 << 10
)

// elfProgram reports whether a file is a program for Linux, and returns the path
// of the loader that it needs: "" means that it is static. A library is none. It
// reads no section, which a program can do without.
func elfProgram(r io.ReaderAt) (loader string, ok bool) {
	ident := make([]byte, elf.EI_NIDENT)
	if _, err := r.ReadAt(ident, 0); err != nil || !bytes.HasPrefix(ident, []byte(elf.ELFMAG)) {
		return "", false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(ident[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	wide := elf.Class(ident[elf.EI_CLASS]) == elf.ELFCLASS64
	h, err := elfHeader(r, order, wide)
	if err != nil {
		return "", false
	}
	ok = elf.Type(h.Type) == elf.ET_EXEC
	for i := range min(int64(h.Phnum), maxSegments) {
		at := int64(h.Phoff) + i*int64(h.Phentsize) //nolint:gosec // a negative offset is an error of ReadAt
		segment, err := elfSegment(r, at, order, wide)
		if err != nil {
			return "", false
		}
		content := io.NewSectionReader(r, int64(segment.Off), int64(segment.Filesz)) //nolint:gosec // as above
		switch elf.ProgType(segment.Type) {
		case elf.PT_INTERP:
			raw, _ := io.ReadAll(io.LimitReader(content, maxLoader))
			loader, ok = strings.TrimRight(string(raw), "\x00"), true
		case elf.PT_DYNAMIC:
			ok = ok || positionIndependent(content, order, wide)
		}
	}
	return loader, ok
}

// elfHeader reads the header of either class.
func elfHeader(r io.ReaderAt, order binary.ByteOrder, wide bool) (h elf.Header64, err error) {
	if wide {
		return h, binary.Read(io.NewSectionReader(r, 0, int64(binary.Size(h))), order, &h)
	}
	var narrow elf.Header32
	err = binary.Read(io.NewSectionReader(r, 0, int64(binary.Size(narrow))), order, &narrow)
	h.Type, h.Phoff, h.Phentsize, h.Phnum = narrow.Type, uint64(narrow.Phoff), narrow.Phentsize, narrow.Phnum
	return h, err
}

// elfSegment reads one entry of the table of segments.
func elfSegment(r io.ReaderAt, at int64, order binary.ByteOrder, wide bool) (s elf.Prog64, err error) {
	if wide {
		return s, binary.Read(io.NewSectionReader(r, at, int64(binary.Size(s))), order, &s)
	}
	var narrow elf.Prog32
	err = binary.Read(io.NewSectionReader(r, at, int64(binary.Size(narrow))), order, &narrow)
	return elf.Prog64{Type: narrow.Type, Off: uint64(narrow.Off), Filesz: uint64(narrow.Filesz)}, err
}

// positionIndependent reports whether the dynamic segment is that of a program
// without a loader, and not of a library.
func positionIndependent(content io.Reader, order binary.ByteOrder, wide bool) bool {
	content = io.LimitReader(content, maxDynamic)
	for {
		var entry elf.Dyn64
		var err error
		if wide {
			err = binary.Read(content, order, &entry)
		} else {
			var narrow elf.Dyn32
			err = binary.Read(content, order, &narrow)
			entry = elf.Dyn64{Tag: int64(narrow.Tag), Val: uint64(narrow.Val)}
		}
		if err != nil {
			return false
		}
		if elf.DynTag(entry.Tag) == elf.DT_FLAGS_1 && elf.DynFlag1(entry.Val)&elf.DF_1_PIE != 0 { //nolint:gosec // 32 bits of flags
			return true
		}
	}
}
