//! How values cross: JSON text for what is read, byte arrays for what is stored and sent.

use crate::refusal::refusal;
use getrandom::{SysRng, rand_core::UnwrapErr};
use js_sys::{Array, Uint8Array};
use omamori_core::{
    barrier::{CandidateId, Question},
    device::{DeviceKeys, DevicePublic},
    id::RecordId,
    log::{EntryKind, LogEntry},
    time::UnixMillis,
};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsError, JsValue};

/// The browser's randomness.
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, JsError> {
    serde_json::to_string(value).map_err(|error| refusal("internal", &error))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, JsError> {
    serde_json::from_str(text).map_err(|error| refusal("bad-json", &error))
}

/// Milliseconds as JavaScript counts them. The cast saturates, and no clock of a phone comes near.
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, and no clock of a phone comes near"
)]
pub(crate) fn millis(now: f64) -> UnixMillis {
    UnixMillis(now as i64)
}

pub(crate) fn record(hex: &str) -> Result<RecordId, JsError> {
    hex.parse().map_err(|error| refusal("not-a-record", &error))
}

pub(crate) fn secret_keys(bytes: &[u8]) -> Result<DeviceKeys, JsError> {
    DeviceKeys::from_secret_bytes(bytes).map_err(|error| refusal("bad-secret-keys", &error))
}

pub(crate) fn public_keys(bytes: &[u8]) -> Result<DevicePublic, JsError> {
    DevicePublic::from_bytes(bytes).map_err(|error| refusal("bad-public-keys", &error))
}

/// `[kind, bytes][]`.
pub(crate) fn entries(list: &Array) -> Result<Vec<LogEntry>, JsError> {
    list.iter()
        .map(|pair| entry(&pair).ok_or_else(|| refusal("not-an-entry", &"expected [kind, bytes]")))
        .collect()
}

fn entry(pair: &JsValue) -> Option<LogEntry> {
    let pair = pair.dyn_ref::<Array>()?;
    let code = pair
        .get(0)
        .as_f64()
        .filter(|code| (0.0..=255.0).contains(code) && code.fract() == 0.0)?;
    let bytes = pair.get(1).dyn_into::<Uint8Array>().ok()?.to_vec();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to 255"
    )]
    let kind = EntryKind::from_code(code as u64)?;
    Some(LogEntry { kind, bytes })
}

/// `[candidate, survived][]`.
pub(crate) fn verdicts(list: &Array) -> Result<BTreeMap<CandidateId, bool>, JsError> {
    list.iter()
        .map(|pair| verdict(&pair).ok_or_else(|| refusal("not-a-verdict", &"expected [hex, bool]")))
        .collect()
}

fn verdict(pair: &JsValue) -> Option<(CandidateId, bool)> {
    let pair = pair.dyn_ref::<Array>()?;
    let mut id = [0; 32];
    hex::decode_to_slice(pair.get(0).as_string()?, &mut id).ok()?;
    Some((CandidateId(id), pair.get(1).as_bool()?))
}

/// `[candidate, document, changes[]]`.
pub(crate) fn question(question: &Question) -> JsValue {
    let bytes = |bytes: &Vec<u8>| JsValue::from(Uint8Array::from(bytes.as_slice()));
    let changes: Array = question.changes.iter().map(bytes).collect();
    let candidate = hex::encode(question.candidate.0);
    Array::of3(&candidate.into(), &bytes(&question.saved), &changes.into()).into()
}

/// `bytes[]`.
pub(crate) fn changes(list: &Array) -> Result<Vec<Vec<u8>>, JsError> {
    list.iter()
        .map(|bytes| bytes.dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|_| refusal("not-changes", &"expected byte arrays"))
}

/// `[kind, hash, bytes]`.
pub(crate) fn produced(entry: &LogEntry) -> JsValue {
    Array::of3(
        &JsValue::from(entry.kind.code()),
        &JsValue::from(entry.hash().to_string()),
        &Uint8Array::from(entry.bytes.as_slice()),
    )
    .into()
}
