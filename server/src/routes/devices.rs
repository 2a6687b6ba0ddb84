//! `POST /v1/devices/{device}/records`: a device that has nothing but its keys, because they were made again from words on paper, asks in which
//! records it stands.
//!
//! It proves itself as for a token, for the record of 64 zeros. Whoever does not hold the key learns nothing: no device's record is told to anybody else.

use super::{Shared, json, token::nonce_of};
use crate::{
    problem::{Kind, Problem},
    relay::{now, today},
    standing::Standing,
    token::{Caller, Nonce},
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use omamori_core::{
    id::{DeviceId, RecordId},
    ledger::Ledger,
    token::ANY_RECORD,
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// A kit's keys stand in one record. More come only from somebody who knows its public key and lets it in elsewhere.
const RECORDS: usize = 16;
/// Records in which keys were left for it and that are looked at: most may be somebody else's work.
const LOOKED_AT: usize = 256;

/// `{"nonce": "HEX", "signature": "HEX"}`
#[derive(Deserialize)]
struct Asking {
    nonce: String,
    signature: String,
}

/// `{"records": ["HEX"…]}`
pub(super) async fn records(
    request: HttpRequest,
    relay: Shared,
    device: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let device: DeviceId = device.parse().map_err(|_| Kind::NotFound)?;
    let asking: Asking = json(payload, relay.limits.body_time).await?;
    let nonce = nonce_of(&asking.nonce)?;
    let signature = hex::decode(&asking.signature).map_err(|_| Kind::Malformed)?;
    let anywhere = Caller {
        record: RecordId::new(ANY_RECORD),
        device,
    };
    if !relay.tokens.is_fresh(&anywhere, &nonce, now()) {
        return Err(Kind::ChallengeFailed.into());
    }
    let _turn = relay.pulls.take(relay.address(&request)).await?;
    let store = relay.store.clone();
    let left = web::block(move || store.records_of(&device, LOOKED_AT)).await??;
    let mut records = Vec::new();
    for record in left {
        if records.len() == RECORDS {
            break;
        }
        let ledger = relay.ledger(record).await?;
        if proves(&ledger, &anywhere, &nonce, &signature) {
            records.push(record);
        }
    }
    // Only proven devices fill the memory for answered challenges.
    if !records.is_empty() && !relay.tokens.use_up(&nonce, now()) {
        return Err(Kind::ChallengeFailed.into());
    }
    let records: Vec<String> = records.iter().map(RecordId::to_string).collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "records": records })))
}

/// Does this device stand in this record, and is it the one that asks?
fn proves(ledger: &Arc<Ledger>, asking: &Caller, nonce: &Nonce, signature: &[u8]) -> bool {
    let state = ledger.state();
    let proven = state.device(&asking.device).is_some_and(|keys| {
        omamori_core::token::verify(&asking.record, keys, nonce, signature).is_ok()
    });
    proven && Standing::of(&asking.device, state, today()) == Standing::Member
}
