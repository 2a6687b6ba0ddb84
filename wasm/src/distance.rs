//! Letting somebody in who is far away, by a link and four words (see the core's `pairing_distance`).

use crate::{
    codes,
    convert::{public_keys, record, rng, to_json},
};
use omamori_core::{
    device::DevicePublic,
    pairing_distance::{Invitation, Link, Met, Words},
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// On the inviter's phone: what stands behind a link. Freed, it is wiped.
#[wasm_bindgen]
pub struct FarInvitation(Invitation);

/// On the inviter's phone: somebody answered. Freed, it is wiped.
#[wasm_bindgen]
pub struct FarMet(Met);

/// On the inviter's phone: the words were those of the guest.
#[wasm_bindgen]
pub struct FarAgreed {
    public_keys: Vec<u8>,
    answer: Vec<u8>,
}

#[derive(Serialize)]
struct Place {
    link: String,
    mailbox: String,
}

#[wasm_bindgen]
impl FarInvitation {
    /// A new one into a record.
    ///
    /// # Errors
    /// `not-a-record`.
    pub fn begin(record_hex: &str) -> Result<Self, JsError> {
        Ok(Self(Invitation::new(record(record_hex)?, &mut rng())))
    }

    /// To be kept. Secret until the guest is in.
    pub fn keep(&self) -> Vec<u8> {
        self.0.to_secret_bytes().to_vec()
    }

    /// What goes into the link, and where the messages are left. JSON `{link, mailbox}`.
    ///
    /// # Errors
    /// `internal`.
    pub fn place(&self) -> Result<String, JsError> {
        place(&self.0.link())
    }
}

#[wasm_bindgen]
impl FarMet {
    /// Who answered the invitation that was kept, in slot 1. To be kept beside it before anything is shown.
    ///
    /// # Errors
    /// `not-an-invitation`, `newer`, `malformed`.
    pub fn read(kept: &[u8], slot_1: &[u8]) -> Result<Self, JsError> {
        let met = Invitation::from_secret_bytes(kept).and_then(|read| read.meet(slot_1));
        Ok(Self(met.map_err(codes::distance)?))
    }

    /// What goes into slot 2.
    pub fn shown(&self) -> Vec<u8> {
        self.0.shown()
    }

    /// For whoever typed what was said: places in the list of words. Used up by it.
    ///
    /// # Errors
    /// `words-differ`.
    pub fn compare(self, places: &[u16]) -> Result<FarAgreed, JsError> {
        let words = Words::from_places(places);
        let agreed = words.and_then(|words| self.0.compare(&words));
        let agreed = agreed.map_err(codes::distance)?;
        Ok(FarAgreed {
            public_keys: DevicePublic::to_bytes(&agreed.guest),
            answer: agreed.answer,
        })
    }
}

#[wasm_bindgen]
impl FarAgreed {
    /// The guest's public keys.
    #[wasm_bindgen(js_name = publicKeys)]
    pub fn public_keys(&self) -> Vec<u8> {
        self.public_keys.clone()
    }

    /// What goes into slot 3, when the guest is in the record.
    pub fn answer(&self) -> Vec<u8> {
        self.answer.clone()
    }
}

/// On the guest's phone: where the messages of a link are left. JSON `{link, mailbox}`.
///
/// # Errors
/// `not-an-invitation`.
#[wasm_bindgen]
pub fn far_place(link: &str) -> Result<String, JsError> {
    place(&read(link)?)
}

/// On the guest's phone: what goes into slot 1. Made once for each link, and kept.
///
/// # Errors
/// `not-an-invitation`, `bad-public-keys`.
#[wasm_bindgen]
pub fn far_reply(link: &str, public: &[u8]) -> Result<Vec<u8>, JsError> {
    Ok(read(link)?.reply(&public_keys(public)?, &mut rng()))
}

/// On the guest's phone: the words to say, as places in the list.
///
/// # Errors
/// `not-an-invitation`, `not-of-the-link`, `newer`, `malformed`.
#[wasm_bindgen]
pub fn far_words(link: &str, slot_1: &[u8], slot_2: &[u8]) -> Result<Vec<u16>, JsError> {
    let words = read(link)?.words(slot_1, slot_2);
    Ok(words.map_err(codes::distance)?.places().to_vec())
}

/// On the guest's phone: the record it was let into, as hex.
///
/// # Errors
/// `not-an-invitation`, `not-of-the-link`, `newer`, `malformed`.
#[wasm_bindgen]
pub fn far_record(link: &str, slot_2: &[u8], slot_3: &[u8]) -> Result<String, JsError> {
    let record = read(link)?.record(slot_2, slot_3);
    Ok(record.map_err(codes::distance)?.to_string())
}

fn read(link: &str) -> Result<Link, JsError> {
    link.parse().map_err(codes::distance)
}

fn place(link: &Link) -> Result<String, JsError> {
    to_json(&Place {
        link: link.to_string(),
        mailbox: hex::encode(link.mailbox()),
    })
}
