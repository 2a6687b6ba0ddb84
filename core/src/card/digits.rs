//! Bytes as decimal digits, 7 bytes in 17: what a QR code's numeric mode packs to 98.8 % of byte mode, safe in every camera app.

use super::OpenError;

/// Digits that `n` bytes take, `n` = 0–7: the fewest that hold 256ⁿ values.
const DIGITS: [usize; 8] = [0, 3, 5, 8, 10, 13, 15, 17];

/// Bytes as digits.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 17 / 7 + 3);
    for group in bytes.chunks(7) {
        let number = group.iter().fold(0u64, |n, &byte| n << 8 | u64::from(byte));
        let width = DIGITS.get(group.len()).copied().unwrap_or(17);
        text.push_str(&format!("{number:0width$}"));
    }
    text
}

/// Digits as bytes.
///
/// # Errors
/// [`OpenError::Damaged`] if these are not digits, not as many as bytes make, or a group is out of range.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, OpenError> {
    let mut bytes = Vec::with_capacity(text.len() * 7 / 17 + 7);
    for group in text.as_bytes().chunks(17) {
        let width = DIGITS
            .iter()
            .position(|&d| d == group.len())
            .ok_or(OpenError::Damaged)?;
        let number = group.iter().try_fold(0u64, |n, &digit| match digit {
            // At most 17 digits: far from overflowing 64 bits.
            b'0'..=b'9' => Ok(n * 10 + u64::from(digit - b'0')),
            _ => Err(OpenError::Damaged),
        })?;
        if number >> (8 * width) != 0 {
            return Err(OpenError::Damaged);
        }
        bytes.extend(number.to_be_bytes().iter().skip(8 - width));
    }
    Ok(bytes)
}

/// How many bytes can be written in this many digits.
pub(super) fn bytes_in(digits: usize) -> usize {
    digits / 17 * 7
        + DIGITS
            .iter()
            .rposition(|&d| d <= digits % 17)
            .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_come_back_from_their_digits(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }
    }

    #[test]
    fn seven_bytes_take_seventeen_digits() {
        assert_eq!(encode(&[0xff; 7]), "72057594037927935");
        assert_eq!(encode(&[0; 14]).len(), 34);
    }

    #[test]
    fn a_group_larger_than_its_bytes_is_damage() {
        assert_eq!(decode("256"), Err(OpenError::Damaged));
        assert_eq!(decode("72057594037927936"), Err(OpenError::Damaged));
    }

    #[test]
    fn a_cut_off_group_is_damage() {
        for length in [1, 2, 4, 6, 7, 9, 11, 12, 14, 16] {
            assert_eq!(
                decode(&"0".repeat(length)),
                Err(OpenError::Damaged),
                "{length} digits"
            );
        }
    }
}
