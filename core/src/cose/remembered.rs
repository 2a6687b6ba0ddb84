//! Signatures that were found good once. Only for simulations, where a dozen devices in one process each check the same ones:
//! a check depends on nothing but its arguments, so its answer may be kept.

use super::sha256;
use std::{cell::RefCell, collections::HashSet};

/// Beyond that it begins anew.
const MOST: usize = 20_000;

thread_local! {
    static GOOD: RefCell<HashSet<[u8; 32]>> = RefCell::default();
}

/// Was this signature good before, or is it now? Bad ones are not remembered.
pub(super) fn is_good(
    key: &[u8; 32],
    message: &[u8],
    signature: &[u8],
    check: impl FnOnce() -> bool,
) -> bool {
    let length = (signature.len() as u64).to_be_bytes();
    let name = sha256(&[key, &length, signature, message]);
    GOOD.with_borrow_mut(|good| {
        if good.contains(&name) {
            return true;
        }
        let is_good = check();
        if is_good {
            if good.len() >= MOST {
                good.clear();
            }
            good.insert(name);
        }
        is_good
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_good_for_one_message_is_not_taken_for_another_and_bad_ones_are_asked_about_again() {
        assert!(is_good(&[1; 32], b"message", b"signature", || true));
        assert!(
            is_good(&[1; 32], b"message", b"signature", || false),
            "remembered"
        );
        assert!(!is_good(&[1; 32], b"another", b"signature", || false));
        assert!(!is_good(&[2; 32], b"message", b"signature", || false));
        assert!(!is_good(&[1; 32], b"emessage", b"signatur", || false));
        assert!(
            is_good(&[1; 32], b"another", b"signature", || true),
            "not remembered as bad"
        );
    }
}
