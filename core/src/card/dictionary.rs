//! The preset dictionaries: what sender and reader both know before the first byte.
//!
//! A card is compressed by continuing a model that has just read the dictionary. A card names its dictionary by number; a
//! printed card may be scanned in ten years, so a dictionary is frozen by its hash and never dropped.

/// A dictionary, as a reader needs it.
pub(super) struct Dictionary {
    /// Length of the text in bytes.
    pub(super) length: usize,
    /// The compressed stream as far as the text alone decides it: what need not travel. A reader that continues it has read
    /// the text, without keeping the text.
    pub(super) known: &'static [u8],
}

/// The dictionary new cards are written with.
pub(super) const CURRENT: u8 = 1;

/// The dictionary of this number, if this version of the program has it.
pub(super) fn numbered(number: u8) -> Option<&'static Dictionary> {
    match number {
        1 => Some(&FIRST),
        _ => None,
    }
}

/// The text of [`CURRENT`], which only whoever makes cards needs.
pub(super) const CURRENT_TEXT: &str = include_str!("../../data/card-dictionary-1.txt");

static FIRST: Dictionary = Dictionary {
    length: LENGTH,
    known: include_bytes!("../../data/card-dictionary-1.ppmd"),
};
const LENGTH: usize = 28_036;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{card::pack::stream, cose::sha256};

    const KNOWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/card-dictionary-1.ppmd");

    /// The stream as far as it is the same for every message.
    fn decided() -> Vec<u8> {
        let streams: Vec<_> = (0..=255)
            .map(|first| stream(CURRENT_TEXT, &[first, 0xff, 0]).unwrap())
            .collect();
        let same = |place: &usize| {
            streams
                .iter()
                .all(|stream| stream[*place] == streams[0][*place])
        };
        let shortest = streams.iter().map(Vec::len).min().unwrap();
        streams[0][..(0..shortest).take_while(same).count()].to_vec()
    }

    #[test]
    fn a_dictionary_once_printed_with_never_changes() {
        let hash = |bytes: &[u8]| hex::encode(sha256(&[bytes]));
        assert_eq!(
            hash(CURRENT_TEXT.as_bytes()),
            "5fe23e720b2102487a92432a12077bc74198439ed759996c575139eec61e7b2d"
        );
        assert_eq!(
            hash(FIRST.known),
            "278a9f7fe07c2d8a96a6c4e4ee37955f04d63ccd4efcff6243b2bfae35ba4116"
        );
        assert_eq!(CURRENT_TEXT.len(), FIRST.length);
    }

    #[test]
    fn what_the_dictionary_decides_is_the_same_for_every_message() {
        assert_eq!(decided(), FIRST.known);
    }

    /// Run by hand for a new dictionary, never for one that was printed with: `cargo test write_known -- --ignored`.
    #[test]
    #[ignore = "writes core/data"]
    fn write_known() {
        std::fs::write(KNOWN, decided()).unwrap();
    }
}
