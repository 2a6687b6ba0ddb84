//! The preset dictionaries: what sender and reader both know before the first byte.
//!
//! A card is compressed by continuing a model that has just read the dictionary. A card names its dictionary by number; a
//! printed card may be scanned in ten years, so a dictionary is frozen by its hash and never dropped.

/// A dictionary, frozen.
pub(super) struct Dictionary {
    /// The text the model reads first.
    pub(super) text: &'static str,
    /// How many bytes of the compressed stream the dictionary alone decides, and that therefore need not travel.
    pub(super) known: usize,
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

static FIRST: Dictionary = Dictionary {
    text: include_str!("../../data/card-dictionary-1.txt"),
    known: 10056,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::pack::pack;

    #[test]
    fn a_dictionary_once_printed_with_never_changes() {
        let hash = ring::digest::digest(&ring::digest::SHA256, FIRST.text.as_bytes());
        assert_eq!(
            hex::encode(hash),
            "5fe23e720b2102487a92432a12077bc74198439ed759996c575139eec61e7b2d"
        );
    }

    #[test]
    fn what_the_dictionary_decides_is_the_same_for_every_message() {
        let whole = Dictionary {
            text: FIRST.text,
            known: 0,
        };
        let streams: Vec<_> = (0..=255)
            .map(|first| pack(&whole, &[first, 0xff, 0]).unwrap())
            .collect();
        let same = |place: usize| {
            streams
                .iter()
                .all(|stream| stream.get(place) == streams[0].get(place))
        };
        assert_eq!((0..).take_while(|&place| same(place)).count(), FIRST.known);
    }
}
