//! What is kept apart and who answers for it, what is owed, who did what, and who fetched what.

use crate::{
    codes,
    convert::{from_json, millis, rng, to_json},
    refusal::refusal,
    vault::Child,
};
use js_sys::{Array, Uint8Array};
use omamori_core::{id::ChunkId, token::NONCE};
use wasm_bindgen::{JsCast, prelude::*};

#[wasm_bindgen]
impl Child {
    /// What waits for a guardian's word: JSON of the core's `Quarantined[]`.
    ///
    /// # Errors
    /// None.
    pub fn quarantine(&self) -> Result<String, JsError> {
        to_json(&self.replica.quarantine())
    }

    /// Says again, under this device's own name, what quarantined chunks say: JSON list of their hashes.
    ///
    /// # Errors
    /// `bad-json`, `not-quarantined`, and the codes of `PeopleError`.
    pub fn endorse(&mut self, chunks: &str, now: f64) -> Result<(), JsError> {
        let chunks: Vec<ChunkId> = from_json(chunks)?;
        let made = self.replica.endorse(&chunks, millis(now), &mut rng());
        self.made.extend(made.map_err(codes::people)?);
        Ok(())
    }

    /// Makes the rotations that are owed and sends the keys that nobody sent, as far as this device may. Usually nothing.
    ///
    /// # Errors
    /// The codes of `PeopleError`.
    pub fn complete(&mut self, now: f64) -> Result<(), JsError> {
        let made = self.replica.complete(millis(now), &mut rng());
        self.made.extend(made.map_err(codes::people)?);
        Ok(())
    }

    /// Compartments that owe a rotation which this device may make: JSON list of names.
    ///
    /// # Errors
    /// None.
    pub fn owes(&self) -> Result<String, JsError> {
        to_json(&self.replica.owes())
    }

    /// Everything that was done with the record, in order: JSON of the core's `Deed[]`.
    ///
    /// # Errors
    /// None.
    pub fn deeds(&self) -> Result<String, JsError> {
        to_json(&self.replica.deeds())
    }

    /// Reads a page of the relay's list of accesses: `last` is JSON of the core's `LastRead` or `null`, `page` is
    /// `[number, bytes][]`. JSON of the core's `AccessPage`.
    ///
    /// # Errors
    /// `bad-json`, `not-a-page`.
    #[wasm_bindgen(js_name = readAccesses)]
    pub fn read_accesses(&self, last: &str, page: &Array) -> Result<String, JsError> {
        to_json(&self.replica.read_accesses(from_json(last)?, &pages(page)?))
    }

    /// The same of when somebody asked about cards that this device made.
    ///
    /// # Errors
    /// `bad-json`, `not-a-page`.
    #[wasm_bindgen(js_name = readCardOpenings)]
    pub fn read_card_openings(&self, last: &str, page: &Array) -> Result<String, JsError> {
        to_json(
            &self
                .replica
                .read_card_openings(from_json(last)?, &pages(page)?),
        )
    }

    /// Proves to a relay that this device made its cards: `[key, signature]`, both hex.
    ///
    /// # Errors
    /// `bad-nonce`.
    #[wasm_bindgen(js_name = signForCardOpenings)]
    pub fn sign_for_card_openings(&self, nonce: &str) -> Result<Array, JsError> {
        let mut bytes = [0; NONCE];
        hex::decode_to_slice(nonce, &mut bytes).map_err(|error| refusal("bad-nonce", &error))?;
        let (key, signature) = self.replica.sign_for_card_openings(&bytes);
        Ok(Array::of2(
            &hex::encode(key).into(),
            &hex::encode(signature).into(),
        ))
    }
}

fn pages(page: &Array) -> Result<Vec<(u64, Vec<u8>)>, JsError> {
    let page: Option<Vec<_>> = page.iter().map(|pair| numbered(&pair)).collect();
    page.ok_or_else(|| refusal("not-a-page", &"expected [number, bytes]"))
}

/// `[number, bytes]`.
fn numbered(pair: &JsValue) -> Option<(u64, Vec<u8>)> {
    let pair = pair.dyn_ref::<Array>()?;
    let number = pair.get(0).as_f64()?;
    let bytes = pair.get(1).dyn_into::<Uint8Array>().ok()?.to_vec();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates: a number no list has"
    )]
    let number = number as u64;
    Some((number, bytes))
}
