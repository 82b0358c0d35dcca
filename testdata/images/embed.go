// Package images holds the root file systems of the example images, as files.
// shop has vulnerable packages; shop-fixed is the same with newer versions.
// They are Alpine 3.22 systems as far as a scanner looks: package database,
// os-release and installed Node.js packages. Programs are left out.
package images

import (
	"embed"
	"io/fs"
)

//go:embed all:shop all:shop-fixed
var files embed.FS

// Shop returns the root file system with the faults in it.
func Shop() fs.FS { return sub("shop/rootfs") }

// ShopFixed returns the corrected root file system.
func ShopFixed() fs.FS { return sub("shop-fixed/rootfs") }

func sub(dir string) fs.FS {
	root, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name above is not a valid path
	}
	return root
}
