// Package projects holds the example projects: shop, with faults in it, and
// shop-fixed, the same with the faults corrected. The demo runs the gate on
// both, the tests and the documentation quote them. storefront, with a Helm chart
// and Kustomize overlays, and legacy, with waivers, are for tests and documents only.
package projects

import "embed"

// FS holds one folder for each project.
//
//go:embed all:shop all:shop-fixed
var FS embed.FS
