//! Unsigned LEB128 with one spelling per number, as Automerge writes it.

/// Appends `number`.
pub(crate) fn put(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Takes a number off the front of `bytes`; `None` if there is none, if it exceeds 64 bits or is longer than it need be.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = u64::from(byte & 0x7f);
        if (low << shift) >> shift != low {
            return None;
        }
        number |= low << shift;
        if byte & 0x80 == 0 {
            return (byte != 0 || shift == 0).then_some(number);
        }
    }
    None
}

/// Takes `length` bytes off the front.
pub(crate) fn take_bytes<'a>(bytes: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(head)
}

/// Takes a signed number (LEB128, two's complement) off the front.
pub(crate) fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0_i64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = i64::from(byte & 0x7f);
        number |= low.checked_shl(shift)?;
        if byte & 0x80 == 0 {
            let spare = 64_u32.saturating_sub(shift + 7);
            return Some((number << spare) >> spare);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_comes_back(number: u64) {
            let mut bytes = Vec::new();
            put(number, &mut bytes);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(take(&mut rest), Some(number));
            prop_assert!(rest.is_empty());
        }
    }

    #[test]
    fn a_longer_spelling_of_a_number_is_not_that_number() {
        assert_eq!(take(&mut &[0x80, 0x00][..]), None);
        assert_eq!(take(&mut &[0xff; 11][..]), None);
        assert_eq!(take(&mut &[][..]), None);
    }

    #[test]
    fn signed_numbers_are_read_as_automerge_writes_them() {
        assert_eq!(take_signed(&mut &[0x7f][..]), Some(-1));
        assert_eq!(take_signed(&mut &[0x3f][..]), Some(63));
        assert_eq!(take_signed(&mut &[0x40][..]), Some(-64));
        assert_eq!(take_signed(&mut &[0x80, 0x01][..]), Some(128));
    }
}
