//! Signing the head of a log's chain, and checking it.

use std::collections::BTreeMap;

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey as PrivateKey, VerifyingKey};
use ykien_domain::chain::{Chain, Seal, hex, unhex};
use ykien_domain::time::Timestamp;
use ykien_domain::{Error, Reason, Result};

use crate::SigningKey;
use crate::error::corrupt;

/// The public keys that may have sealed, by their ids.
pub(crate) type SealKeys = BTreeMap<String, String>;

/// The seal of a log's head, by the key that signs tokens, too.
///
/// # Errors
/// `UNAVAILABLE` when there is no such key yet.
pub(crate) fn sign(
    draft: &str,
    previous: i64,
    chain: &Chain,
    at: Timestamp,
    keys: &[SigningKey],
) -> Result<Seal> {
    let key = sealing(keys)?;
    let private =
        PrivateKey::from_pkcs8_pem(&key.private_pem).map_err(|_| corrupt("an unreadable signing key"))?;
    let mut seal = Seal {
        draft: draft.to_owned(),
        previous,
        revision: chain.revision,
        hash: chain.hash(),
        sealed_at: at.0,
        kid: key.kid.clone(),
        signature: String::new(),
    };
    seal.signature = hex(&private.sign(seal.message().as_bytes()).to_bytes());
    Ok(seal)
}

/// The key that seals: the newest that is not retired.
///
/// # Errors
/// `UNAVAILABLE` when there is none yet.
pub(crate) fn sealing(keys: &[SigningKey]) -> Result<&SigningKey> {
    // They come newest first.
    keys.iter().find(|key| key.retired_at.is_none()).ok_or_else(|| {
        Error::new(Reason::Unavailable, "there is no signing key yet: a server makes the first one")
    })
}

/// Whether the key that the seal names signed it.
pub(crate) fn is_signed(seal: &Seal, keys: &SealKeys) -> bool {
    let signed = || {
        let public = VerifyingKey::from_public_key_pem(keys.get(&seal.kid)?).ok()?;
        let signature = Signature::from_bytes(&unhex(&seal.signature)?.try_into().ok()?);
        public.verify_strict(seal.message().as_bytes(), &signature).ok()
    };
    signed().is_some()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
    use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};

    use super::*;

    fn public(keys: &[SigningKey]) -> SealKeys {
        keys.iter().map(|key| (key.kid.clone(), key.public_pem.clone())).collect()
    }

    fn key(kid: &str, seed: u8) -> SigningKey {
        let private = PrivateKey::from_bytes(&[seed; 32]);
        SigningKey {
            kid: kid.to_owned(),
            private_pem: private.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
            public_pem: private.verifying_key().to_public_key_pem(LineEnding::LF).unwrap(),
            created_at: Timestamp(1),
            retired_at: None,
        }
    }

    #[test]
    fn a_seal_holds_for_what_it_says_under_its_own_key_and_for_nothing_else() {
        let keys = [key("a", 1), key("b", 2)];
        let seal = sign("nq20", 0, &Chain::default(), Timestamp(5), &keys).unwrap();
        let public = public(&keys);
        assert!(is_signed(&seal, &public));
        let others = [
            Seal { draft: "nq21".to_owned(), ..seal.clone() },
            Seal { previous: 1, ..seal.clone() },
            Seal { revision: 1, ..seal.clone() },
            Seal { hash: "00".to_owned(), ..seal.clone() },
            Seal { sealed_at: 6, ..seal.clone() },
            Seal { kid: "b".to_owned(), ..seal.clone() },
            Seal { kid: "c".to_owned(), ..seal.clone() },
            Seal { signature: seal.signature.replace(|digit: char| digit != '0', "0"), ..seal.clone() },
            Seal { signature: "xyz".to_owned(), ..seal },
        ];
        for other in others {
            assert!(!is_signed(&other, &public), "{other:?}");
        }
    }

    #[test]
    fn a_retired_key_signs_no_more_and_what_it_signed_holds() {
        let mut keys = [key("a", 1), key("b", 2)];
        let seal = sign("nq20", 0, &Chain::default(), Timestamp(5), &keys).unwrap();
        keys[0].retired_at = Some(Timestamp(6));
        assert!(is_signed(&seal, &public(&keys)));
        assert_eq!(sign("nq20", 0, &Chain::default(), Timestamp(7), &keys).unwrap().kid, "b");
        keys[1].retired_at = Some(Timestamp(8));
        assert!(sign("nq20", 0, &Chain::default(), Timestamp(9), &keys).is_err());
    }
}
