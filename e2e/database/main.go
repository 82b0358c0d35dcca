// Database writes the example's vulnerability database, as of now, to the folder that it is given.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/testdata/db"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: database DIR")
		os.Exit(2)
	}
	if err := scan.BuildDatabase(os.Args[1], db.Fixtures, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "database:", err)
		os.Exit(1)
	}
}
