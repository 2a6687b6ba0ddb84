//! What a stranger's phone needs: opening a card, drawing a code.

use crate::refusal::refusal;
use omamori_core::{
    card::{self, LaterError, OpenError, Report},
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

/// Where a relay keeps what was said later of a scanned card: 32 hex digits.
///
/// # Errors
/// Those of [`open_card`].
#[wasm_bindgen]
pub fn card_notice_id(url_or_payload: &str) -> Result<String, JsError> {
    card::notice_id(url_or_payload)
        .map(hex::encode)
        .map_err(|error| refusal(open_code(error), &error))
}

/// What was said later of a scanned card: JSON of [`card::Later`].
///
/// # Errors
/// Those of [`open_card`]; `not-a-notice` if the bytes are none, or about other cards.
#[wasm_bindgen]
pub fn read_card_notice(url_or_payload: &str, notice: &[u8]) -> Result<String, JsError> {
    let later = card::later(url_or_payload, notice).map_err(|error| match error {
        LaterError::Card(error) => refusal(open_code(error), &error),
        LaterError::Notice(_) | LaterError::Other => refusal("not-a-notice", &error),
    })?;
    serde_json::to_string(&later).map_err(|error| refusal("internal", &error))
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
