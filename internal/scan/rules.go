package scan

import "github.com/portcullis-ci/portcullis/internal/gate"

var endOfLife = gate.Rule{
	ID:          "scan/os-end-of-life",
	Title:       "The operating system of an image still gets security updates",
	Severity:    gate.High,
	Layer:       gate.Container,
	Stage:       "scan",
	Why:         "Once its maintainers stop, an operating system gets no more advisories, and a scanner finds nothing new in it however vulnerable it is.",
	Bad:         "FROM alpine:3.12",
	Good:        "FROM alpine:3.22",
	Remediation: "use a base image with a release that is still supported",
}

var registryNotListed = gate.Rule{
	ID:          "scan/registry-not-listed",
	Title:       "The images of workloads come from registries that are listed",
	Severity:    gate.High,
	Layer:       gate.Cluster,
	Stage:       "scan",
	Why:         "Whoever opens a pull request chooses the images in it. The gate asks only registries that the configuration lists, so what comes from elsewhere was not scanned.",
	Bad:         "# scan: {images: from-manifests, registries: [ghcr.io/acme]}\nimage: registry.example/miner:1",
	Good:        "# scan: {images: from-manifests, registries: [ghcr.io/acme]}\nimage: ghcr.io/acme/shop:1.4",
	Remediation: "use an image of a registry that is listed, or add the registry to scan.registries",
}

var platformMissing = gate.Rule{
	ID:          "scan/platform-missing",
	Title:       "An image has the platform that its workload asks for",
	Severity:    gate.High,
	Layer:       gate.Cluster,
	Stage:       "scan",
	Why:         "A pod whose node selector leads to nodes of a platform that the image was not built for never starts.",
	Bad:         "# ghcr.io/acme/shop:1.4 has linux/amd64 only\nnodeSelector: {kubernetes.io/arch: arm64}\ncontainers: [{name: shop, image: ghcr.io/acme/shop:1.4}]",
	Good:        "nodeSelector: {kubernetes.io/arch: amd64}\ncontainers: [{name: shop, image: ghcr.io/acme/shop:1.4}]",
	Remediation: "build the image for this platform, or correct the node selector",
}

var imageNotPinned = gate.Rule{
	ID:          "scan/image-not-pinned",
	Title:       "The images of workloads are named by digest",
	Severity:    gate.Low,
	Layer:       gate.Cluster,
	Stage:       "scan",
	Why:         "A tag can be moved: what the gate scanned and what the cluster pulls next week may be different images. A digest names one.",
	Bad:         "image: ghcr.io/acme/shop:1.4",
	Good:        "image: ghcr.io/acme/shop:1.4@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	Remediation: "add the digest that the gate names to the tag",
}

// Rules documents the rules that are not the vulnerabilities' own.
func Rules() []gate.Rule {
	return append([]gate.Rule{endOfLife, imageNotPinned, platformMissing, registryNotListed}, licenseRules...)
}
