//! Entries as they cross HTTP: CBOR (RFC 8949).
//!
//! ```text
//! batch   [* [kind: uint, bytes: bstr]]                                       client → relay
//! page    {"cursor": uint, "more": bool, "scope": tstr, "mark": bstr, "known": bstr / null,
//!          "entries": [* [seq: uint, kind: uint, bytes: bstr]]}
//! accesses {"more": bool, "entries": [* [number: uint, access: bstr]]}
//! packages {"more": bool, "last": uint, "packages": [* [record: bstr, package: bstr]]}
//! frame   [seq: uint, kind: uint, bytes: bstr]                                relay → live reader
//! ```
//! `scope` names the set of compartments the reader may read. When it differs from last time, the reader may now see entries
//! that were withheld before its cursor, and reads again from 0.
//!
//! `mark` names the log up to `cursor` ([`Mark`]), `known` the log up to the position that the reader asked about.

use crate::store::Mark;
use omamori_core::{id::RecordId, log::EntryKind};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, SeqAccess, Visitor},
};
use std::fmt;

/// An entry as a client sends it: nothing about it is known to be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The number of its kind.
    pub kind: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a batch cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Not CBOR of this shape, cut off, or followed by more bytes.
    #[error("not a batch of entries")]
    Malformed,
    /// More entries than taken at once.
    #[error("too many entries")]
    TooMany,
}

/// Reads a batch of at most `most` entries.
///
/// # Errors
/// [`BatchError`].
pub fn read_batch(mut bytes: &[u8], most: usize) -> Result<Vec<Submitted>, BatchError> {
    let batch: Batch = ciborium::from_reader(&mut bytes).map_err(|_| BatchError::Malformed)?;
    match (bytes, batch.0.len()) {
        ([], size) if size <= most => Ok(batch.0),
        ([], _) => Err(BatchError::TooMany),
        _ => Err(BatchError::Malformed),
    }
}

/// Writes a live frame.
pub fn frame(seq: u64, kind: EntryKind, bytes: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(bytes.len().saturating_add(16));
    // Writing to memory cannot fail.
    let _ = ciborium::into_writer(&(seq, kind.code(), Bytes(bytes)), &mut frame);
    frame
}

/// Writes a page.
pub fn page(page: &crate::store::Page, scope: &str, known: Option<&Mark>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Page<'a> {
        cursor: u64,
        more: bool,
        scope: &'a str,
        mark: Bytes<'a>,
        known: Option<Bytes<'a>>,
        entries: Vec<(u64, u8, Bytes<'a>)>,
    }
    let entries = page.entries.iter();
    let page = Page {
        cursor: page.cursor,
        more: page.more,
        scope,
        mark: Bytes(&page.mark),
        known: known.map(|mark| Bytes(mark)),
        entries: entries
            .map(|e| (e.seq, e.kind.code(), Bytes(&e.bytes)))
            .collect(),
    };
    let mut written = Vec::new();
    // Writing to memory cannot fail.
    let _ = ciborium::into_writer(&page, &mut written);
    written
}

/// Writes packages for officers; read on behind `last`.
pub fn packages(more: bool, last: u64, standing: &[(RecordId, Vec<u8>)]) -> Vec<u8> {
    #[derive(Serialize)]
    struct List<'a> {
        more: bool,
        last: u64,
        packages: Vec<(Bytes<'a>, Bytes<'a>)>,
    }
    let packages = standing.iter();
    let list = List {
        more,
        last,
        packages: packages
            .map(|(record, bytes)| (Bytes(record.as_bytes()), Bytes(bytes)))
            .collect(),
    };
    let mut written = Vec::new();
    // Writing to memory cannot fail.
    let _ = ciborium::into_writer(&list, &mut written);
    written
}

/// Writes a list of accesses, so many at most.
pub fn accesses(noted: &[(u64, Vec<u8>)], most: usize) -> Vec<u8> {
    #[derive(Serialize)]
    struct List<'a> {
        more: bool,
        entries: Vec<(u64, Bytes<'a>)>,
    }
    let entries = noted.iter().take(most);
    let list = List {
        more: noted.len() > most,
        entries: entries
            .map(|(number, bytes)| (*number, Bytes(bytes)))
            .collect(),
    };
    let mut written = Vec::new();
    // Writing to memory cannot fail.
    let _ = ciborium::into_writer(&list, &mut written);
    written
}

/// A byte string; serde would write an array of numbers.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

struct Batch(Vec<Submitted>);

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Entry>::deserialize(deserializer)
            .map(|entries| Self(entries.into_iter().map(|entry| entry.0).collect()))
    }
}

struct Entry(Submitted);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (kind, Blob(bytes)) = <(u64, Blob)>::deserialize(deserializer)?;
        Ok(Self(Submitted { kind, bytes }))
    }
}

struct Blob(Vec<u8>);

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BlobVisitor).map(Self)
    }
}

struct BlobVisitor;

impl<'de> Visitor<'de> for BlobVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a byte string")
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    // ciborium offers arrays here too; an array of numbers is not a byte string.
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Vec<u8>, A::Error> {
        Err(A::Error::custom("a byte string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ciborium::{Value, cbor};

    fn bytes(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    fn entry(kind: u64, text: &str) -> Value {
        Value::Array(vec![kind.into(), Value::Bytes(text.into())])
    }

    #[test]
    fn a_batch_is_read_with_kinds_nobody_knows_yet() {
        let read = read_batch(
            &bytes(&Value::Array(vec![entry(1, "a"), entry(99, "")])),
            10,
        );
        let expected = [(1, b"a".to_vec()), (99, Vec::new())]
            .map(|(kind, bytes)| Submitted { kind, bytes })
            .to_vec();
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn every_cut_and_every_addition_is_noticed() {
        let whole = bytes(&Value::Array(vec![entry(1, "abc"), entry(0, "def")]));
        for end in 0..whole.len() {
            assert_eq!(
                read_batch(&whole[..end], 10),
                Err(BatchError::Malformed),
                "{end}"
            );
        }
        assert_eq!(
            read_batch(&[whole, vec![0]].concat(), 10),
            Err(BatchError::Malformed)
        );
    }

    #[test]
    fn other_shapes_are_refused() {
        for value in [
            cbor!({"entries" => []}).unwrap(),
            cbor!([1, 2]).unwrap(),
            cbor!([[1, [2, 3]]]).unwrap(),
            cbor!([["1", "text"]]).unwrap(),
            cbor!([[1]]).unwrap(),
            cbor!([[-1, 2]]).unwrap(),
        ] {
            assert_eq!(
                read_batch(&bytes(&value), 10),
                Err(BatchError::Malformed),
                "{value:?}"
            );
        }
        // An array that claims 2^62 items, nesting without end, and a byte string longer than memory.
        for bytes in [
            vec![0x9b, 0x40, 0, 0, 0, 0, 0, 0, 0],
            vec![0x81; 100_000],
            vec![
                0x81, 0x82, 0x01, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            ],
        ] {
            assert_eq!(read_batch(&bytes, 10), Err(BatchError::Malformed));
        }
    }

    #[test]
    fn too_many_entries_are_too_many() {
        let many = Value::Array(vec![entry(1, "a"); 11]);
        assert_eq!(read_batch(&bytes(&many), 10), Err(BatchError::TooMany));
    }
}
