// Package parallel runs functions at once without losing their panics.
package parallel

import "sync"

// Each calls f(0) to f(n-1), each in a goroutine of its own, and returns when
// all have returned. If one panics, so does Each, in the goroutine of its
// caller: there somebody can recover.
func Each(n int, f func(i int)) {
	var (
		wg    sync.WaitGroup
		once  sync.Once
		fault any
	)
	for i := range n {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					once.Do(func() { fault = v })
				}
			}()
			f(i)
		})
	}
	wg.Wait()
	if fault != nil {
		panic(fault)
	}
}
