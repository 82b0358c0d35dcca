package sign

import (
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// BenchmarkSign signs and attests a new index each time, and verifies it.
func BenchmarkSign(b *testing.B) {
	for _, format := range []string{"bundle", "legacy", "both"} {
		b.Run(format, func(b *testing.B) {
			w := newWorld(b)
			o := w.options()
			o.Format, o.Attest = format, []string{"vsa", "vuln"}
			var images []gate.Image
			for range b.N {
				images = append(images, w.pushIndex("shop"))
			}
			b.ResetTimer()
			for _, image := range images {
				w.mustSign(o, passed(image))
			}
		})
	}
}

// BenchmarkPrepare is what decrypting a key costs, once for each run.
func BenchmarkPrepare(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		w.check(New(w.options()).Prepare(b.Context()))
	}
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	image := w.pushIndex("shop")
	o := w.options()
	o.Format, o.Attest = "both", []string{"vsa", "vuln"}
	w.mustSign(o, passed(image))
	v := w.verify(image.Reference)
	v.Require = []string{"vsa"}
	for b.Loop() {
		_, err := Verify(b.Context(), v)
		w.check(err)
	}
}
