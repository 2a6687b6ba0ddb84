//! Compression of a few hundred bytes of Japanese: PPMd (variant H) that has read a dictionary first.
//!
//! PPMd has no call to prime it. The dictionary is therefore encoded in front of every message, and what the dictionary alone
//! decides of the stream is cut off; the reader has it in a file of its own and continues from there. Zero bytes at the end go too: the reader supplies them.

use super::{
    OpenError,
    dictionary::{self, Dictionary},
};
use ppmd_rust::{Ppmd7Decoder, Ppmd7Encoder};
use std::io::{self, Read, Write};

/// Longest context the model looks at, in bytes.
const ORDER: u32 = 10;
/// Memory of the model. A dictionary and a card need less than half, so the model is never restarted.
const MEMORY: u32 = 2 << 20;
/// No card unpacks to more.
const LARGEST: u64 = 16 * 1024;

/// Compresses a message with the current dictionary.
///
/// # Errors
/// None in practice: memory for the model could not be had.
pub(super) fn pack(message: &[u8]) -> io::Result<Vec<u8>> {
    let known = dictionary::numbered(dictionary::CURRENT).map_or(&[][..], |current| current.known);
    let stream = stream(dictionary::CURRENT_TEXT, message)?;
    let mut packed = stream
        .strip_prefix(known)
        .ok_or(io::ErrorKind::InvalidData)?
        .to_vec();
    while packed.last() == Some(&0) {
        packed.pop();
    }
    Ok(packed)
}

/// A reader of the message. It never ends by itself: after the message, and from altered bytes, come arbitrary ones, up to
/// 16 KiB in all.
///
/// # Errors
/// [`OpenError::Damaged`] if no model could be started.
pub(super) fn unpack(dictionary: &Dictionary, packed: &[u8]) -> Result<impl Read, OpenError> {
    let endless = io::Cursor::new([dictionary.known, packed].concat()).chain(io::repeat(0));
    let mut decoder = Ppmd7Decoder::new(endless, ORDER, MEMORY).map_err(|_| OpenError::Damaged)?;
    let mut text = vec![0; dictionary.length];
    decoder
        .read_exact(&mut text)
        .map_err(|_| OpenError::Damaged)?;
    Ok(decoder.take(LARGEST))
}

/// The whole stream: a text, then a message.
pub(super) fn stream(text: &str, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = Ppmd7Encoder::new(Vec::new(), ORDER, MEMORY).map_err(io::Error::other)?;
    encoder.write_all(text.as_bytes())?;
    encoder.write_all(message)?;
    encoder.finish(false)
}
