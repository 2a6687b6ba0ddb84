//! Compression of a few hundred bytes of Japanese: PPMd (variant H) that has read a dictionary first.
//!
//! PPMd has no call to prime it. The dictionary is therefore encoded in front of every message, and what the dictionary alone
//! decides of the stream is cut off and put back by the reader. Zero bytes at the end go too: the reader supplies them.

use super::{OpenError, dictionary::Dictionary};
use ppmd_rust::{Ppmd7Decoder, Ppmd7Encoder};
use std::io::{self, Read, Write};

/// Longest context the model looks at, in bytes.
const ORDER: u32 = 10;
/// Memory of the model. Large enough that the model is never restarted by a dictionary and a card.
const MEMORY: u32 = 4 << 20;
/// No card unpacks to more.
const LARGEST: u64 = 16 * 1024;

/// Compresses a message.
///
/// # Errors
/// None in practice: memory for the model could not be had.
pub(super) fn pack(dictionary: &Dictionary, message: &[u8]) -> io::Result<Vec<u8>> {
    let stream = stream(dictionary, message)?;
    let mut packed = stream.get(dictionary.known..).unwrap_or_default().to_vec();
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
    let mut stream = stream(dictionary, &[]).map_err(|_| OpenError::Damaged)?;
    stream.truncate(dictionary.known);
    stream.extend_from_slice(packed);
    let endless = io::Cursor::new(stream).chain(io::repeat(0));
    let mut decoder = Ppmd7Decoder::new(endless, ORDER, MEMORY).map_err(|_| OpenError::Damaged)?;
    let mut text = vec![0; dictionary.text.len()];
    decoder
        .read_exact(&mut text)
        .map_err(|_| OpenError::Damaged)?;
    if text == dictionary.text.as_bytes() {
        Ok(decoder.take(LARGEST))
    } else {
        Err(OpenError::Damaged)
    }
}

fn stream(dictionary: &Dictionary, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = Ppmd7Encoder::new(Vec::new(), ORDER, MEMORY).map_err(io::Error::other)?;
    encoder.write_all(dictionary.text.as_bytes())?;
    encoder.write_all(message)?;
    encoder.finish(false)
}
