package scan_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rpmDB is the package database of a system with RPM, of packages written short:
// "openssl 1:3.0.7-24.el9 openssl-3.0.7-24.el9.src.rpm Vendor".
func rpmDB(t testing.TB, packages ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rpmdb.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO Packages (blob) VALUES (?)", rpmHeader(strings.SplitN(p, " ", 4))); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// rpmHeader is the header of a package: an index of tags, then their values.
func rpmHeader(fields []string) []byte {
	const (
		name, version, release, epoch, vendor, arch, source = 1000, 1001, 1002, 1003, 1011, 1022, 1044
		number, text                                        = 4, 6
	)
	v, r, _ := strings.Cut(fields[1], "-")
	var index, data bytes.Buffer
	add := func(tag, kind uint32, value []byte) {
		for _, n := range []uint32{tag, kind, uint32(data.Len()), 1} {
			_ = binary.Write(&index, binary.BigEndian, n)
		}
		data.Write(value)
	}
	if _, after, ok := strings.Cut(v, ":"); ok {
		add(epoch, number, []byte{0, 0, 0, 1})
		v = after
	}
	for _, field := range []struct {
		tag   uint32
		value string
	}{{name, fields[0]}, {version, v}, {release, r}, {vendor, fields[3]}, {arch, "x86_64"}, {source, fields[2]}} {
		add(field.tag, text, append([]byte(field.value), 0))
	}
	var header bytes.Buffer
	for _, n := range []uint32{uint32(index.Len() / 16), uint32(data.Len())} {
		_ = binary.Write(&header, binary.BigEndian, n)
	}
	return append(append(header.Bytes(), index.Bytes()...), data.Bytes()...)
}
