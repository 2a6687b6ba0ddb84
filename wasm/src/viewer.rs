//! What a stranger's phone needs: opening a card, drawing a code.

use crate::refusal::refusal;
use omamori_core::{
    card::{self, OpenError, Report},
    qr::Code,
};
use wasm_bindgen::prelude::*;

/// Opens a scanned card, the whole address or its digits, into the JSON of [`Report`].
///
/// `words` is for locked cards.
///
/// # Errors
/// `not-ours`, `damaged`, `newer`, `locked`.
#[wasm_bindgen]
pub fn open_card(url_or_payload: &str, words: Option<String>) -> Result<String, JsError> {
    let _reserved_for_locked_cards = words;
    let contents = card::open(url_or_payload).map_err(|error| refusal(open_code(error), &error))?;
    serde_json::to_string(&Report::from(contents)).map_err(|error| refusal("internal", &error))
}

/// Any text as a QR code, an SVG image.
///
/// # Errors
/// `too-long`: more than 2,331 bytes.
#[wasm_bindgen]
pub fn qr_svg(text: &str) -> Result<String, JsError> {
    Code::text(text)
        .map(|code| code.svg())
        .ok_or_else(|| refusal("too-long", &"longer than one code holds"))
}

const fn open_code(error: OpenError) -> &'static str {
    match error {
        OpenError::NotOurs => "not-ours",
        OpenError::Damaged => "damaged",
        OpenError::Newer => "newer",
        OpenError::Locked => "locked",
    }
}
