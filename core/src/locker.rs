//! A locker: secrets that lie on a shared tablet for one person, and open with that person's keys alone.
//!
//! Everybody on the tablet has locker keys, whose secret half is sealed under the own PIN. Whoever is at the tablet when a child
//! is taken in makes the keys of absent colleagues and puts them into their lockers; from then on only they can take them out.
//!
//! ```text
//! locker   [encapsulated key: bstr .size 1120, sealed: bstr]
//!   HPKE base mode as in `bundle`; info "omamori/1/locker" ‖ length of the label: u64 ‖ label; plaintext: the secret
//! ```
//!
//! It never leaves the tablet.

use crate::{
    bundle::{self, UnwrapError, WrapError},
    device::{DeviceKeys, DevicePublic},
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Puts a secret into somebody's locker. The label says what it is and must be known to take it out: what lies in one place
/// cannot be put into another.
///
/// # Errors
/// [`WrapError`] if the public keys are no good.
pub fn put(
    locker: &DevicePublic,
    label: &str,
    secret: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, WrapError> {
    bundle::seal_for(locker, &info(label), secret, rng)
}

/// Takes a secret out of one's locker.
///
/// # Errors
/// [`UnwrapError`]: altered, another label, or another person's.
pub fn take(
    locker: &DeviceKeys,
    label: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
    bundle::open_for(locker, &info(label), sealed)
}

fn info(label: &str) -> Vec<u8> {
    let length = u64::try_from(label.len()).unwrap_or(u64::MAX).to_be_bytes();
    [b"omamori/1/locker", &length[..], label.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    #[test]
    fn what_lies_in_a_locker_opens_for_its_owner_under_its_label_and_for_nobody_else() {
        let rng = &mut Seeded::new(1);
        let (sato, suzuki) = (DeviceKeys::generate(rng), DeviceKeys::generate(rng));
        let sealed = put(sato.public(), "person/あおい", b"secret", rng).unwrap();
        let taken = take(&sato, "person/あおい", &sealed).unwrap();
        assert_eq!(taken.as_slice(), b"secret");
        assert!(take(&suzuki, "person/あおい", &sealed).is_err());
        assert!(take(&sato, "person/りん", &sealed).is_err());
        for place in [0, 5, sealed.len() - 1] {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(take(&sato, "person/あおい", &altered).is_err());
        }
    }
}
