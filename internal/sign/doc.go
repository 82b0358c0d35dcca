// Package sign signs the images that passed the gate and attests what was
// checked, and verifies both again. It is the only package that knows
// Sigstore.
//
// What it promises:
//
//   - A digest that is signed comes from the report of the run. No reference is
//     resolved here, so what was scanned is what is signed.
//   - A stage that refuses does nothing else: no file is read, no variable
//     looked up, no connection made.
//   - Attestations are written before the signature: what is signed is attested.
//   - What was written is read back from the registry and verified with the
//     public key. Only then does anything claim to be signed.
//   - Signing twice adds nothing: a signature or an attestation that is there
//     and says the same is kept.
//
// There are two forms. A bundle (Sigstore bundle v0.3, an OCI referrer of the
// image) is the default; legacy is the form before it (the tags
// sha256-<hex>.sig and .att). Both are what cosign v2 reads and writes.
//
// A signature made with a key is not uploaded to a transparency log, and
// verification with a key asks for no entry: whoever holds the public key needs
// no third party, and the names of private images stay private. So such a
// signature has no trusted time. Attestations carry the gate's own clock under
// its signature, which is what MaxAge of [VerifyOptions] is measured by.
package sign
