//! Words on paper that bring a lost phone's records back (see the core's `recovery`).

use crate::{
    codes,
    convert::{rng, secret_keys, to_json},
    refusal::refusal,
    vault::Child,
};
use omamori_core::{
    recovery::{self, Recovery},
    token::NONCE,
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A kit while it is made or typed in. `free` wipes it.
#[wasm_bindgen]
pub struct Kit(Recovery);

#[wasm_bindgen]
impl Kit {
    /// New words.
    pub fn generate() -> Self {
        Self(Recovery::generate(&mut rng()))
    }

    /// Words as typed, with spaces between them.
    ///
    /// # Errors
    /// `words-count`, `words-unknown`, `words-checksum`.
    pub fn read(text: &str) -> Result<Self, JsError> {
        Recovery::read(text).map(Self).map_err(codes::words)
    }

    /// The 24 words.
    pub fn words(&self) -> Vec<String> {
        self.0.words().into_iter().map(str::to_owned).collect()
    }

    /// The secret keys in the record with this index: 64 bytes.
    #[wasm_bindgen(js_name = secretKeys)]
    pub fn secret_keys(&self, index: u32) -> Vec<u8> {
        self.0.device_keys(index).to_secret_bytes().to_vec()
    }

    /// The public keys in the record with this index.
    #[wasm_bindgen(js_name = publicKeys)]
    pub fn public_keys(&self, index: u32) -> Vec<u8> {
        self.0.device_keys(index).public().to_bytes()
    }
}

/// The 2,048 words there are.
#[wasm_bindgen(js_name = recoveryList)]
pub fn recovery_list() -> Vec<String> {
    let list = recovery::list().iter();
    list.map(|word| (*word).to_owned()).collect()
}

/// Which device has these secret keys, as hex.
///
/// # Errors
/// `bad-secret-keys`.
#[wasm_bindgen(js_name = deviceOf)]
pub fn device_of(secret: &[u8]) -> Result<String, JsError> {
    Ok(secret_keys(secret)?.id().to_string())
}

/// Signs a relay's nonce to be told in which records these keys stand. Nonce and answer are hex.
///
/// # Errors
/// `bad-secret-keys`, `bad-nonce`.
#[wasm_bindgen(js_name = proveKeys)]
pub fn prove_keys(secret: &[u8], nonce: &str) -> Result<String, JsError> {
    let mut bytes = [0; NONCE];
    hex::decode_to_slice(nonce, &mut bytes).map_err(|error| refusal("bad-nonce", &error))?;
    Ok(hex::encode(recovery::prove(&secret_keys(secret)?, &bytes)))
}

#[derive(Serialize)]
struct KnownDevice {
    device: String,
    name: String,
    /// Of this device's own person.
    own: bool,
}

#[wasm_bindgen]
impl Child {
    /// Every device in the record now, this one included: JSON `{device, name, own}[]`.
    ///
    /// # Errors
    /// None.
    pub fn devices(&self) -> Result<String, JsError> {
        let own = self.replica.own_devices();
        let names = self.replica.names();
        let ledger = self.replica.ledger();
        let devices = ledger
            .iter()
            .flat_map(|ledger| ledger.state().devices())
            .map(|(device, _)| KnownDevice {
                name: names.name(&device),
                own: own.contains(&device),
                device: device.to_string(),
            });
        to_json(&devices.collect::<Vec<_>>())
    }
}
