//! Padmé padding: a length tells at most O(log log n) bits, for at most 12 % more bytes.
//!
//! Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs" (PETS 2019), §4.
//!
//! ```text
//! [ length of the content: u32, big-endian ][ content ][ zeros up to the Padmé length of the whole ]
//! ```

const PREFIX: usize = 4;

/// The length that a padded structure of `length` bytes takes.
const fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let mantissa_bits = exponent.ilog2() + 1;
    let mask = (1usize << (exponent.saturating_sub(mantissa_bits))) - 1;
    (length + mask) & !mask
}

/// Pads content. At most `u32::MAX` bytes; every caller caps its content far below.
pub(crate) fn pad(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let mut padded = Vec::with_capacity(padme(PREFIX + content.len()));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(padme(padded.len()), 0);
    padded
}

/// The content, if it was padded in exactly this way.
pub(crate) fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (prefix, rest) = padded.split_first_chunk::<PREFIX>()?;
    let length = usize::try_from(u32::from_be_bytes(*prefix)).ok()?;
    let (content, zeros) = rest.split_at_checked(length)?;
    let exact = padded.len() == padme(PREFIX + length) && zeros.iter().all(|zero| *zero == 0);
    exact.then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_those_of_the_paper() {
        // Python reference: E = floor(log2 L); S = floor(log2 E) + 1; mask = (1 << (E - S)) - 1.
        for (length, padded) in [
            (9, 10),
            (100, 104),
            (1000, 1024),
            (1025, 1088),
            (1_000_000, 1_015_808),
        ] {
            assert_eq!(padme(length), padded, "{length}");
        }
    }

    proptest! {
        #[test]
        fn what_is_padded_comes_back(content in proptest::collection::vec(any::<u8>(), 0..3000)) {
            let padded = pad(&content);
            prop_assert_eq!(unpad(&padded), Some(content.as_slice()));
            prop_assert!(padded.len() <= (content.len() + PREFIX) * 9 / 8 + 2);
        }
    }
}
