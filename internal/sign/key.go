package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// maxKey is far above the size of any PEM key.
const maxKey = 64 << 10

// A pair is a private key that is ready to sign, and its public half.
type pair struct {
	signer   signature.Signer
	public   crypto.PublicKey
	pem      []byte // the public key
	verifier signature.Verifier
	identity string // fingerprint of the public key
}

// GenerateKey makes a key pair as cosign does: an ECDSA P-256 private key that
// is encrypted with the password, and its public key, both PEM.
func GenerateKey(password []byte) (private, public []byte, err error) {
	keys, err := cosign.GenerateKeyPair(func(bool) ([]byte, error) { return bytes.Clone(password), nil })
	if err != nil {
		return nil, nil, fmt.Errorf("generating a key: %w", err)
	}
	return keys.PrivateBytes, keys.PublicBytes, nil
}

// loadPair reads and decrypts the private key that the options name. Bytes of
// key and password are wiped when it returns, and are in none of its errors.
func loadPair(ctx context.Context, o Options) (*pair, error) {
	raw, err := readPrivate(o)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	if err := checkPEM(o.Key, raw); err != nil {
		return nil, err
	}
	var password []byte
	if o.Password != nil {
		if password, err = o.Password(ctx); err != nil {
			return nil, fmt.Errorf("reading the password of key %q: %w", o.Key, err)
		}
		defer clear(password)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	signer, err := cosign.LoadPrivateKey(raw, password, nil)
	if err != nil {
		return nil, keyError(fmt.Sprintf("decrypting key %q: the password is wrong, or the file is damaged", o.Key),
			"check the password that belongs to this key; an unset password is an empty one")
	}
	public, err := signer.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("reading the public half of key %q: %w", o.Key, err)
	}
	return newPair(signer, public)
}

func newPair(signer signature.Signer, public crypto.PublicKey) (*pair, error) {
	text, err := cryptoutils.MarshalPublicKeyToPEM(public)
	if err != nil {
		return nil, fmt.Errorf("encoding the public key: %w", err)
	}
	verifier, identity, err := loadVerifier(public)
	if err != nil {
		return nil, err
	}
	return &pair{signer: signer, public: public, pem: text, verifier: verifier, identity: identity}, nil
}

// readPrivate returns the key's PEM. Schemes are a closed list: a name that is
// not on it never reaches a library that could start a program for it.
func readPrivate(o Options) ([]byte, error) {
	scheme, rest, hasScheme := strings.Cut(o.Key, "://")
	switch {
	case o.Key == "":
		return nil, keyError("signing without a key is not supported yet", "set sign.key to a cosign key file or env://NAME")
	case !hasScheme && strings.HasPrefix(o.Key, "pkcs11:"):
		return nil, keyError("keys on PKCS#11 tokens are not supported", "set sign.key to a cosign key file or env://NAME")
	case !hasScheme:
		return readFile(o.Key)
	case scheme == "env" && o.Getenv != nil:
		if text := o.Getenv(rest); text != "" {
			return []byte(text), nil
		}
		return nil, keyError(fmt.Sprintf("reading key %q: the variable is not set", o.Key), "pass the secret to this step as "+rest)
	}
	return nil, keyError(fmt.Sprintf("key scheme %q is not supported yet", scheme+"://"), "set sign.key to a cosign key file or env://NAME")
}

// readFile reads a small file whole. It may be a pipe.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, keyError(fmt.Sprintf("reading key %q: %v", path, rootCause(err)), "check sign.key, or make a pair with: cosign generate-key-pair")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return nil, fmt.Errorf("reading key %q: %w", path, rootCause(err))
	}
	if len(b) > maxKey {
		clear(b)
		return nil, keyError(fmt.Sprintf("reading key %q: larger than %d bytes", path, maxKey), "name the key file itself")
	}
	return b, nil
}

// rootCause drops the operation and path that package os puts before an error.
func rootCause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// checkPEM says what is wrong with a file that is not an encrypted cosign key.
// It names the kinds that it knows and repeats nothing from the file.
func checkPEM(name string, raw []byte) error {
	block, _ := pem.Decode(raw)
	if block == nil {
		return keyError(fmt.Sprintf("reading key %q: not a PEM file", name), "name the private key that cosign generate-key-pair wrote")
	}
	defer clear(block.Bytes)
	switch block.Type {
	case cosign.SigstorePrivateKeyPemType, cosign.CosignPrivateKeyPemType:
		return nil
	case "PUBLIC KEY":
		return keyError(fmt.Sprintf("reading key %q: this is a public key", name), "name its private half, usually cosign.key")
	case cosign.PrivateKeyPemType, cosign.ECPrivateKeyPemType, cosign.RSAPrivateKeyPemType:
		return keyError(fmt.Sprintf("reading key %q: this private key is not encrypted by cosign", name),
			"import it with: cosign import-key-pair --key FILE")
	}
	return keyError(fmt.Sprintf("reading key %q: not a cosign private key", name), "name the private key that cosign generate-key-pair wrote")
}

func keyError(message, hint string) error {
	return &gate.CheckError{Err: errors.New(message), Hint: hint}
}

// readPublic takes a public key in PEM, or the path of a file that holds one.
func readPublic(key string) (signature.Verifier, string, error) {
	text := []byte(key)
	if !strings.HasPrefix(strings.TrimSpace(key), "-----BEGIN") {
		var err error
		if text, err = readFile(key); err != nil {
			return nil, "", &gate.CheckError{
				Err:  fmt.Errorf("%w: %w", ErrUsage, err),
				Hint: "name the public key of whoever signed, usually cosign.pub",
			}
		}
		defer clear(text) // it may be a private key, named by mistake
	}
	public, err := cryptoutils.UnmarshalPEMToPublicKey(text)
	if err != nil {
		return nil, "", fmt.Errorf("%w: not a public key in PEM, usually cosign.pub", ErrUsage)
	}
	return loadVerifier(public)
}

// loadVerifier returns what checks signatures of this key, and the key's
// fingerprint: "sha256:" and the hash of its DER form.
func loadVerifier(public crypto.PublicKey) (signature.Verifier, string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, "", fmt.Errorf("encoding the public key: %w", err)
	}
	verifier, err := signature.LoadDefaultVerifier(public, *cosign.GetDefaultLoadOptions(nil)...)
	if err != nil {
		return nil, "", fmt.Errorf("loading the public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return verifier, "sha256:" + hex.EncodeToString(sum[:]), nil
}
