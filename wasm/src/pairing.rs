//! Letting a second phone in by a code (see the core's `pairing`).

use crate::{
    codes,
    convert::{produced, public_keys, record, rng, to_json},
    vault::Child,
};
use js_sys::Array;
use omamori_core::pairing::Offer;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[derive(Serialize)]
struct NewOffer {
    qr: String,
    mailbox: String,
}

/// On the new phone: what it shows, and where it leaves its keys. JSON `{qr, mailbox}`.
///
/// # Errors
/// `bad-public-keys`.
#[wasm_bindgen]
pub fn pairing_offer(public: &[u8]) -> Result<String, JsError> {
    let offer = Offer::new(&public_keys(public)?, &mut rng());
    to_json(&NewOffer {
        qr: offer.to_string(),
        mailbox: mailbox(&offer),
    })
}

/// The mailbox of a scanned code, as hex.
///
/// # Errors
/// `not-ours`, `newer`.
#[wasm_bindgen]
pub fn pairing_mailbox(qr: &str) -> Result<String, JsError> {
    read(qr).map(|offer| mailbox(&offer))
}

/// On the old phone: are these keys those of the phone that showed the code?
///
/// # Errors
/// `not-ours`, `newer`, `wrong-keys`, `malformed`.
#[wasm_bindgen]
pub fn pairing_accept(qr: &str, public: &[u8]) -> Result<(), JsError> {
    read(qr)?.accept(public).map(|_| ()).map_err(codes::pairing)
}

/// On the old phone: the answer to leave in the mailbox.
///
/// # Errors
/// `not-ours`, `newer`, `not-a-record`.
#[wasm_bindgen]
pub fn pairing_reply(qr: &str, record_hex: &str) -> Result<Vec<u8>, JsError> {
    Ok(read(qr)?.reply(&record(record_hex)?))
}

/// On the new phone: the record it was let into, as hex.
///
/// # Errors
/// `not-ours`, `newer`, `not-authentic`, `malformed`.
#[wasm_bindgen]
pub fn pairing_read_reply(qr: &str, bytes: &[u8]) -> Result<String, JsError> {
    read(qr)?
        .read_reply(bytes)
        .map(|record| record.to_string())
        .map_err(codes::pairing)
}

#[wasm_bindgen]
impl Child {
    /// What a phone that was just let in needs to show the first screen, to be given without a network: `[kind, hash, bytes][]`.
    ///
    /// # Errors
    /// `bad-public-keys`.
    #[wasm_bindgen(js_name = forFirstScreen)]
    pub fn for_first_screen(&self, public: &[u8]) -> Result<Array, JsError> {
        let device = public_keys(public)?.id();
        let entries = self.replica.for_first_screen(&device, &mut rng());
        Ok(entries.iter().map(produced).collect())
    }
}

fn read(qr: &str) -> Result<Offer, JsError> {
    qr.parse().map_err(codes::pairing)
}

fn mailbox(offer: &Offer) -> String {
    hex::encode(offer.mailbox())
}
