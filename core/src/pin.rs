//! Secrets under a PIN: what an app lock, or a person on a shared tablet, opens by a few digits.
//!
//! ```text
//! [ 1, [ salt: 16, memory in KiB, passes, lanes, sealed: bstr ] ]     see `passphrase`
//!   place = "omamori/1/pin" ‖ length of purpose (u32) ‖ purpose
//! ```
//!
//! A few digits are few guesses: whoever holds these bytes tries a million PINs in about two days of one processor. So they are kept only beside a
//! key that does not leave the device (a vault's), and the app slows down who types. A purpose keeps what was sealed for one
//! use, or one person, from being opened as another.
//!
//! A PIN is taken as it comes: whoever asks for it decides that full-width digits are digits, before sealing as before opening.

pub use crate::passphrase::Cost;
use crate::{
    cbor::{self, CborError, Items},
    cose::MAX_ENVELOPE,
    passphrase::{PassphraseError, UnderPassphrase},
};
use ciborium::Value;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Longest content, in bytes: keys and lists of keys, not records.
pub const MAX_CONTENT: usize = 256 * 1024;
const VERSION: u64 = 1;

/// Why a PIN does not seal or open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Another PIN, another purpose, or altered: the cipher cannot say which.
    #[error("the PIN does not open this")]
    WrongPin,
    /// Not bytes of this format.
    #[error("this was not sealed under a PIN")]
    Malformed(#[from] CborError),
    /// Sealed by a newer version.
    #[error("sealed by a newer version ({0})")]
    FutureVersion(u64),
    /// It asks for more memory or time than anything of ours.
    #[error("this asks for more memory or time to open than is sensible")]
    UnbearableCost,
    /// Longer than [`MAX_CONTENT`].
    #[error("too long to be sealed under a PIN")]
    Oversized,
}

/// Seals `content` under a PIN, for one purpose. Takes about a fifth of a second with [`Cost::default`].
///
/// ```
/// use omamori_core::pin::{self, Cost};
/// # let cheap = Cost { memory: 64, passes: 1, lanes: 1 };
/// # let mut rng = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
/// let sealed = pin::seal("2580", b"a key", "app lock", cheap, &mut rng)?;
/// assert_eq!(*pin::open("2580", &sealed, "app lock")?, b"a key");
/// assert_eq!(pin::open("0852", &sealed, "app lock"), Err(pin::PinError::WrongPin));
/// # Ok::<(), pin::PinError>(())
/// ```
///
/// # Errors
/// [`PinError::Oversized`], [`PinError::UnbearableCost`].
pub fn seal(
    pin: &str,
    content: &[u8],
    purpose: &str,
    cost: Cost,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, PinError> {
    if content.len() > MAX_CONTENT {
        return Err(PinError::Oversized);
    }
    let sealed = UnderPassphrase::seal(&place(purpose), content, pin, cost, rng)?;
    Ok(cbor::encode(&Value::Array(vec![
        cbor::uint(VERSION),
        sealed.into_value(),
    ])))
}

/// Opens what [`seal`] sealed under this PIN, for this purpose.
///
/// # Errors
/// [`PinError`].
pub fn open(pin: &str, sealed: &[u8], purpose: &str) -> Result<Zeroizing<Vec<u8>>, PinError> {
    let mut items = Items::decode(sealed, MAX_ENVELOPE)?;
    let version = items.uint()?;
    if version > VERSION {
        return Err(PinError::FutureVersion(version));
    }
    if version < VERSION {
        return Err(CborError::Unexpected("version 1").into());
    }
    let under = UnderPassphrase::read(items.items()?)?;
    items.finish()?;
    Ok(under.open(&place(purpose), pin)?)
}

fn place(purpose: &str) -> Vec<u8> {
    let length = u32::try_from(purpose.len()).unwrap_or(u32::MAX);
    [
        b"omamori/1/pin".as_slice(),
        &length.to_be_bytes(),
        purpose.as_bytes(),
    ]
    .concat()
}

impl From<PassphraseError> for PinError {
    fn from(error: PassphraseError) -> Self {
        match error {
            PassphraseError::Wrong => Self::WrongPin,
            PassphraseError::UnbearableCost => Self::UnbearableCost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    const CHEAP: Cost = Cost {
        memory: 64,
        passes: 1,
        lanes: 1,
    };

    fn sealed() -> Vec<u8> {
        seal("2580", b"keys", "yamada", CHEAP, &mut Seeded::new(1)).unwrap()
    }

    #[test]
    fn a_pin_opens_what_it_sealed_and_another_pin_does_not() {
        assert_eq!(*open("2580", &sealed(), "yamada").unwrap(), b"keys");
        assert_eq!(open("2581", &sealed(), "yamada"), Err(PinError::WrongPin));
    }

    #[test]
    fn a_colleague_with_the_same_pin_does_not_open_it() {
        assert_eq!(open("2580", &sealed(), "suzuki"), Err(PinError::WrongPin));
    }

    #[test]
    fn any_flipped_byte_is_an_error() {
        let sealed = sealed();
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(open("2580", &altered, "yamada").is_err(), "byte {at}");
        }
        assert!(open("2580", &sealed[..sealed.len() - 1], "yamada").is_err());
    }

    #[test]
    fn bytes_that_ask_for_a_gigabyte_of_memory_are_refused() {
        let greedy = Cost {
            memory: 1024 * 1024,
            ..CHEAP
        };
        let refused = seal("2580", b"keys", "yamada", greedy, &mut Seeded::new(1));
        assert_eq!(refused, Err(PinError::UnbearableCost));
    }
}
