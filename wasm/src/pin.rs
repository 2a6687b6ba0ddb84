//! Secrets under a PIN (see the core's `pin`).

use crate::{codes, convert::rng};
use omamori_core::pin::{self, Cost};
use wasm_bindgen::prelude::*;

/// Seals bytes under a PIN, for one purpose. Takes about a third of a second.
///
/// # Errors
/// `too-large`.
#[wasm_bindgen(js_name = sealUnderPin)]
pub fn seal_under_pin(pin: &str, content: &[u8], purpose: &str) -> Result<Vec<u8>, JsError> {
    pin::seal(pin, content, purpose, Cost::default(), &mut rng()).map_err(codes::pin)
}

/// Opens what was sealed under a PIN, for this purpose. As slow as sealing.
///
/// # Errors
/// `wrong-pin`, `malformed`, `newer`, `too-large`.
#[wasm_bindgen(js_name = openUnderPin)]
pub fn open_under_pin(pin: &str, sealed: &[u8], purpose: &str) -> Result<Vec<u8>, JsError> {
    let content = pin::open(pin, sealed, purpose).map_err(codes::pin)?;
    Ok(content.to_vec())
}
