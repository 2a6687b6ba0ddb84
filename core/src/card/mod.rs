//! The card, format 1: a child's first screen in one QR code that any camera app opens.
//!
//! ```text
//! https://HOST/c#DIGITS                      HOST: whoever serves the viewer; what follows # is never sent to it
//! DIGITS: 7 bytes as 17 decimal digits, the last 1–6 bytes as 3, 5, 8, 10, 13, 15
//!
//! version      1 byte    1
//! flags        1 byte    bit 0: locked with words. All others 0
//! dictionary   1 byte    which preset dictionary the model has read, 1
//! body         n bytes   PPMd of the contents
//! key         32 bytes   Ed25519 public key of the device that printed it
//! signature   64 bytes   over "omamori/1/card" and everything before
//! ```
//! The signature says "unchanged since printed", no more: whose key it is, nobody offline can know.

mod dictionary;
mod digits;
mod later;
mod leave_out;
mod lines;
mod pack;
mod report;
mod wire;

use crate::{
    cose::{self, Context, SigningKey},
    qr::Code,
    screen::first::FirstScreen,
};
use jiff::civil::Date;
pub use later::{Later, LaterError, later, notice_id};
pub use leave_out::{LeftOut, What};
pub use report::{Made, Report};
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;
const LOCKED: u8 = 1;
const CONTEXT: &[u8] = Context::Card.label().as_bytes();
const HEADER: usize = 3;
const KEY: usize = 32;
const SIGNATURE: usize = 64;

/// The largest code a card may take, at error correction M: 105×105 modules, which print at 40 mm and scan from a cheap phone.
pub const LARGEST_VERSION: u8 = 22;

/// What a card says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The first screen, less what was left out.
    pub screen: FirstScreen,
    /// The day it was made, local.
    pub printed_on: Date,
    /// Grows with every statement of the record: of two cards of one child, the higher one knows more.
    pub generation: u32,
    /// What did not fit.
    pub left_out: Vec<LeftOut>,
}

/// A card, made.
#[derive(Debug, Clone)]
pub struct Card {
    /// What the code says.
    pub url: String,
    /// Bytes before they became digits.
    pub bytes: usize,
    /// What it carries, and what it does not.
    pub contents: Contents,
    /// The code.
    pub code: Code,
}

/// Why no card could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MakeError {
    /// Identity, what must never be done, what to do now and what to avoid do not fit into one code. They are never dropped:
    /// the family has to write them shorter.
    #[error("identity, must-never, now and avoid alone need {bytes} bytes, and {room} fit")]
    TooMuch {
        /// What they need.
        bytes: usize,
        /// What there is.
        room: usize,
    },
    /// The address of the viewer is not `https://HOST/PATH` or longer than 200 bytes.
    #[error("not an address for a viewer: {0:?}")]
    Address(String),
    /// Memory for the compressor could not be had.
    #[error("the card could not be compressed")]
    Compressor,
}

/// Why a scanned text could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another kind of code.
    #[error("this is not an Omamori card")]
    NotOurs,
    /// Cut off, altered or badly read.
    #[error("the card is damaged")]
    Damaged,
    /// Made by a version of the program that this one does not know: load the viewer again.
    #[error("the card was made by a newer version")]
    Newer,
    /// It opens with four words only.
    #[error("the card is locked with four words")]
    Locked,
}

/// Makes a card that fits one code.
///
/// `viewer` is the address before the digits, `https://HOST/c#`.
///
/// # Errors
/// [`MakeError`].
pub fn make(
    screen: &FirstScreen,
    printed_on: Date,
    generation: u32,
    viewer: &str,
    key: &SigningKey,
) -> Result<Card, MakeError> {
    if !viewer.starts_with("https://") || !viewer.ends_with('#') || viewer.len() > 200 {
        return Err(MakeError::Address(viewer.to_owned()));
    }
    let room = room(viewer);
    let (contents, payload) = leave_out::until_it_fits(screen, room, |screen, left_out| {
        let contents = Contents {
            screen,
            printed_on,
            generation,
            left_out,
        };
        let payload = seal(&contents, key)?;
        Ok((contents, payload))
    })?;
    let digits = digits::encode(&payload);
    let code = Code::link(viewer, &digits, LARGEST_VERSION).ok_or(MakeError::TooMuch {
        bytes: payload.len(),
        room,
    })?;
    Ok(Card {
        url: format!("{viewer}{digits}"),
        bytes: payload.len(),
        contents,
        code,
    })
}

/// Opens what a camera read: the whole address, or the digits alone.
///
/// Its signature has been verified. That means unchanged since printed, and nothing about who printed it.
///
/// # Errors
/// [`OpenError`].
pub fn open(scanned: &str) -> Result<Contents, OpenError> {
    let payload = payload(scanned)?;
    let (&[version, flags, dictionary], _) = payload
        .split_first_chunk::<HEADER>()
        .ok_or(OpenError::Damaged)?;
    match (version, flags) {
        (0, _) => return Err(OpenError::NotOurs),
        (VERSION, 0) => {}
        (VERSION, LOCKED) => return Err(OpenError::Locked),
        _ => return Err(OpenError::Newer),
    }
    let dictionary = dictionary::numbered(dictionary).ok_or(OpenError::Newer)?;
    let body = verify(&payload)?;
    wire::decode(pack::unpack(dictionary, body)?)
}

fn payload(scanned: &str) -> Result<Vec<u8>, OpenError> {
    let digits = scanned.trim().rsplit('#').next().unwrap_or_default();
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(OpenError::NotOurs);
    }
    digits::decode(digits)
}

/// Bytes of payload that fit behind this address into a code of [`LARGEST_VERSION`] at error correction M.
fn room(viewer: &str) -> usize {
    // 782 codewords; a byte segment has 4 + 16 bits before its bytes, a numeric one 4 + 12 before 10 bits per three digits.
    let bits = (8 * 782usize).saturating_sub(4 + 16 + 8 * viewer.len() + 4 + 12);
    let digits = bits / 10 * 3
        + [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
            .get(bits % 10)
            .copied()
            .unwrap_or(0);
    digits::bytes_in(digits)
}

fn seal(contents: &Contents, key: &SigningKey) -> Result<Vec<u8>, MakeError> {
    let mut payload = vec![VERSION, 0, dictionary::CURRENT];
    payload.extend(pack::pack(&wire::encode(contents)).map_err(|_| MakeError::Compressor)?);
    payload.extend_from_slice(&key.public());
    payload.extend_from_slice(&key.sign(&[CONTEXT, &payload].concat()));
    Ok(payload)
}

/// A payload's parts.
struct Parts<'a> {
    /// Everything that was signed.
    signed: &'a [u8],
    /// Header and body.
    says: &'a [u8],
    key: [u8; KEY],
    signature: &'a [u8; SIGNATURE],
}

fn split(payload: &[u8]) -> Result<Parts<'_>, OpenError> {
    let (signed, signature) = payload.split_last_chunk().ok_or(OpenError::Damaged)?;
    let (says, key) = signed.split_last_chunk().ok_or(OpenError::Damaged)?;
    Ok(Parts {
        signed,
        says,
        key: *key,
        signature,
    })
}

/// The body, if the payload is what was signed.
fn verify(payload: &[u8]) -> Result<&[u8], OpenError> {
    let parts = split(payload)?;
    let message = [CONTEXT, parts.signed].concat();
    cose::verify_bytes(&parts.key, &message, parts.signature).map_err(|_| OpenError::Damaged)?;
    parts.says.get(HEADER..).ok_or(OpenError::Damaged)
}

#[cfg(test)]
mod tests;
