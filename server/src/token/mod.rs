//! Who is asking: a device signs the relay's challenge and receives a token that is good for minutes.
//!
//! A token proves the device and nothing else; what it may do is looked up at every request. Challenges are not stored: they carry
//! their own expiry under a key of this process, so asking for them costs no memory. Only answered ones are remembered, until
//! they expire, so that each is good once. All times are the relay's own: a phone whose clock is wrong is served all the same.

pub(crate) mod key;

use crate::{config::Limits, hash, store::sqlite::beside};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use key::{PROVIDER, key_file, unspecified};
use omamori_core::id::{DeviceId, RecordId};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
    signature::{Ed25519KeyPair, KeyPair},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// A challenge: expiry (8 bytes) ‖ random (8 bytes) ‖ truncated HMAC over both, record and device (16 bytes).
pub type Nonce = [u8; omamori_core::token::NONCE];

const AUDIENCE: &str = "omamori/1/relay";
/// Answered challenges remembered at once. Only devices of a record can fill it.
const ANSWERED: usize = 100_000;

/// Something usable until a time.
#[derive(Debug)]
pub struct Granted<T> {
    /// The thing.
    pub what: T,
    /// Seconds since 1970, by the relay's clock.
    pub expires_at: u64,
}

/// A device that has proven itself for one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The record the token is for.
    pub record: RecordId,
    /// The device.
    pub device: DeviceId,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: String,
    record: String,
    iat: u64,
    exp: u64,
}

/// Issues and checks challenges and tokens.
pub struct Tokens {
    random: SystemRandom,
    challenges: hmac::Key,
    answered: Mutex<HashMap<Nonce, u64>>,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    kid: String,
    token_life: u64,
    challenge_life: u64,
}

impl Tokens {
    /// Reads the relay's own key, which lies beside the database, or makes one for its owner's eyes only.
    ///
    /// # Errors
    /// When the key cannot be read or written, or is none.
    pub fn open(data: &Path, limits: &Limits) -> io::Result<Self> {
        // Already installed: by another relay in the same process.
        let _ = PROVIDER.install_default();
        let random = SystemRandom::new();
        let pkcs8 = key_file(&beside(data, ".key"), &random)?;
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8)
            .map_err(|_| io::Error::other("the key file holds no Ed25519 key"))?;
        let public = pair.public_key().as_ref();
        let challenges = hmac::Key::generate(hmac::HMAC_SHA256, &random).map_err(unspecified)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        Ok(Self {
            random,
            challenges,
            answered: Mutex::new(HashMap::new()),
            signing: EncodingKey::from_ed_der(&pkcs8),
            verifying: DecodingKey::from_ed_der(public),
            validation,
            kid: hash::short([public], 8),
            token_life: limits.token_life.as_secs(),
            challenge_life: limits.challenge_life.as_secs(),
        })
    }

    /// A challenge for a device to sign. Given to anyone who asks: it says nothing about who exists.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn challenge(&self, caller: &Caller, now: u64) -> io::Result<Granted<Nonce>> {
        let expires_at = now.saturating_add(self.challenge_life);
        let mut nonce = [0; 32];
        let (head, mac) = nonce.split_at_mut(16);
        let (expiry, random) = head.split_at_mut(8);
        expiry.copy_from_slice(&expires_at.to_be_bytes());
        self.random.fill(random).map_err(unspecified)?;
        mac.copy_from_slice(&self.mac(caller, head));
        Ok(Granted {
            what: nonce,
            expires_at,
        })
    }

    /// Is this a challenge of ours for this device, in time? It is not used up by asking.
    pub fn is_fresh(&self, caller: &Caller, nonce: &Nonce, now: u64) -> bool {
        let (head, mac) = nonce.split_at(16);
        let expiry = head
            .first_chunk()
            .map_or(0, |expiry| u64::from_be_bytes(*expiry));
        // Compared in public: a guessed code is good for nothing without the device's signature over it.
        self.mac(caller, head) == mac && now <= expiry
    }

    /// Uses up a challenge whose signature was found good. `false`: it was used before.
    pub fn use_up(&self, nonce: &Nonce, now: u64) -> bool {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if answered.len() >= ANSWERED {
            answered.retain(|_, expiry| *expiry >= now);
        }
        let expires_at = now.saturating_add(self.challenge_life);
        answered.len() < ANSWERED && answered.insert(*nonce, expires_at).is_none()
    }

    /// A token for a device that has proven itself.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn issue(&self, caller: &Caller, now: u64) -> io::Result<Granted<String>> {
        let expires_at = now.saturating_add(self.token_life);
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            sub: caller.device.to_string(),
            record: caller.record.to_string(),
            iat: now,
            exp: expires_at,
        };
        let header = Header {
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let what =
            jsonwebtoken::encode(&header, &claims, &self.signing).map_err(io::Error::other)?;
        Ok(Granted { what, expires_at })
    }

    /// Whose token is this? `None`: not ours, altered, or expired.
    pub fn check(&self, token: &str) -> Option<Caller> {
        // Before anything else: algorithm and key are ours to choose, not the token's.
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.kid.as_ref() != Some(&self.kid) || header.alg != Algorithm::EdDSA {
            return None;
        }
        let claims: Claims = jsonwebtoken::decode(token, &self.verifying, &self.validation)
            .ok()?
            .claims;
        Some(Caller {
            record: claims.record.parse().ok()?,
            device: claims.sub.parse().ok()?,
        })
    }

    fn mac(&self, caller: &Caller, head: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.challenges);
        context.update(caller.record.as_bytes());
        context.update(caller.device.as_bytes());
        context.update(head);
        let mut mac = [0; 16];
        mac.copy_from_slice(
            context
                .sign()
                .as_ref()
                .first_chunk::<16>()
                .unwrap_or(&[0; 16]),
        );
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: Caller = Caller {
        record: RecordId::new([1; 32]),
        device: DeviceId::new([2; 32]),
    };

    fn tokens(folder: &Path) -> Tokens {
        Tokens::open(&folder.join("relay.db"), &Limits::default()).unwrap()
    }

    fn now() -> u64 {
        jsonwebtoken::get_current_timestamp()
    }

    #[test]
    fn a_token_names_its_device_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let token = tokens(folder.path()).issue(&CALLER, now()).unwrap().what;
        assert_eq!(tokens(folder.path()).check(&token), Some(CALLER));
    }

    #[test]
    fn the_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        tokens(folder.path());
        let key = std::fs::metadata(folder.path().join("relay.db.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn another_relays_token_is_worth_nothing() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let token = tokens(there.path()).issue(&CALLER, now()).unwrap().what;
        assert_eq!(tokens(here.path()).check(&token), None);
    }

    #[test]
    fn no_altered_letter_of_a_token_is_overlooked() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = tokens(folder.path());
        let token = tokens.issue(&CALLER, now()).unwrap().what;
        for place in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            let still = tokens.check(&altered);
            assert_eq!(still, None, "letter {place}");
        }
    }

    #[test]
    fn a_token_without_signature_or_by_another_algorithm_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = tokens(folder.path());
        let token = tokens.issue(&CALLER, now()).unwrap().what;
        let mut parts = token.split('.');
        let (_, claims) = (parts.next().unwrap(), parts.next().unwrap());
        // {"alg":"none"} and {"alg":"HS256"}
        for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9"] {
            assert_eq!(tokens.check(&format!("{header}.{claims}.")), None);
        }
    }

    #[test]
    fn a_token_ends_after_its_minutes() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = tokens(folder.path());
        let old = tokens.issue(&CALLER, now() - 3600).unwrap().what;
        assert_eq!(tokens.check(&old), None);
    }

    #[test]
    fn a_challenge_is_good_for_one_device_one_time_and_two_minutes() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = tokens(folder.path());
        let nonce = tokens.challenge(&CALLER, 1000).unwrap().what;
        let other = Caller {
            device: DeviceId::new([3; 32]),
            ..CALLER
        };
        assert!(tokens.is_fresh(&CALLER, &nonce, 1120));
        assert!(!tokens.is_fresh(&CALLER, &nonce, 1121));
        assert!(!tokens.is_fresh(&other, &nonce, 1000));
        assert!(tokens.use_up(&nonce, 1000));
        assert!(!tokens.use_up(&nonce, 1001));
    }
}
