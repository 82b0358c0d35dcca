package image

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// refusals are how a registry answers those who may not see something.
var refusals = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}

// Hint says what to do about an image that could not be fetched, "" where the
// error says all there is.
func Hint(err error, ref Reference) string {
	switch {
	case errors.Is(err, ErrKind):
		return "name a container image: an artifact has nothing that runs, and is not scanned"
	case errors.Is(err, errSchema1):
		return "push the image again with a current client"
	case errors.Is(err, errEmpty):
		return "build the image for at least one platform, and push it again"
	}
	if repository, ok := ref.Repository(); ok {
		return RegistryHint(err, repository)
	}
	return ""
}

// RegistryHint says what to do about an error of a registry that was asked about
// a repository.
func RegistryHint(err error, repository name.Repository) string {
	host := repository.RegistryStr()
	var unknown *net.DNSError
	var authority x509.UnknownAuthorityError
	var answer *transport.Error
	var credentials *credentialError
	switch {
	case errors.As(err, &credentials):
		return fmt.Sprintf("mend or remove what %s says about %s, or log in with --registry-username and PORTCULLIS_REGISTRY_PASSWORD", credentials.from, host)
	case errors.Is(err, errForeign):
		return "push the image with that layer: the addresses that it names are not asked"
	case errors.Is(err, ErrCredentials):
		return fmt.Sprintf("check name and password, and whether they may read %s", repository.RepositoryStr())
	case errors.Is(err, ErrDenied), errors.Is(err, ErrAbsent):
		return logInHint(host)
	case errors.As(err, &unknown):
		return fmt.Sprintf("check the name, which is %s in full, and the network: HTTPS_PROXY names a proxy", repository)
	case errors.As(err, &authority):
		return "name the certificate of its authority with SSL_CERT_FILE"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "give the registry a certificate: only one on this machine or in a private network is asked in clear"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fmt.Sprintf("check host and port of %s, and the network: HTTPS_PROXY names a proxy", host)
	case errors.As(err, &answer) && slices.Contains(refusals, answer.StatusCode):
		return logInHint(host)
	case errors.Is(err, errStalled), errors.As(err, &answer) && temporary(err):
		return "try again later"
	}
	return ""
}

// logInHint says what to do about an image that a registry refused or does not
// have. It does not tell strangers which of the two it is.
func logInHint(registry string) string {
	hint := "check the name; if it is private, log in with `docker login " + registry +
		"`, or with --registry-username and PORTCULLIS_REGISTRY_PASSWORD, in GitHub Actions the inputs registry-username and registry-password"
	if registry == "ghcr.io" {
		hint += ", or give the job the permission packages: read and the token as GITHUB_TOKEN"
	}
	return hint
}
