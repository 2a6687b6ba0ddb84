//! `POST /v1/records/{record}/challenge` and `…/token`: a device proves itself.

use super::{Record, Shared, json};
use crate::{
    problem::{Kind, Problem},
    relay::{Relay, now},
    token::{Caller, Nonce},
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use omamori_core::{device::DevicePublic, id::DeviceId};
use serde::Deserialize;
use serde_json::json;

/// `{"device": "HEX"}`
#[derive(Deserialize)]
struct Asking {
    device: String,
}

/// `{"device": "HEX", "nonce": "HEX", "signature": "HEX"}`
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) device: String,
    nonce: String,
    signature: String,
}

/// `{"nonce": "HEX", "expires_at": SECONDS SINCE 1970, "expires_in": SECONDS}`
pub(super) async fn challenge(
    request: HttpRequest,
    relay: Shared,
    Record(record): Record,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let asking: Asking = json(payload, relay.limits.body_time).await?;
    let caller = Caller {
        record,
        device: device(&asking.device)?,
    };
    challenged(&relay, &caller)
}

/// A nonce for somebody.
pub(super) fn challenged(relay: &Relay, caller: &Caller) -> Result<HttpResponse, Problem> {
    let challenge = relay
        .tokens
        .challenge(caller, now())
        .map_err(|_| Kind::Overloaded)?;
    Ok(fresh(json!({
        "nonce": hex::encode(challenge.what),
        "expires_at": challenge.expires_at,
        "expires_in": relay.limits.challenge_life.as_secs(),
    })))
}

/// A nonce as it was sent back.
pub(super) fn nonce_of(text: &str) -> Result<Nonce, Problem> {
    let mut nonce: Nonce = [0; _];
    hex::decode_to_slice(text, &mut nonce).map_err(|_| Kind::Malformed)?;
    Ok(nonce)
}

/// `{"token": "JWT", "expires_at": SECONDS SINCE 1970, "expires_in": SECONDS}`
pub(super) async fn issue(
    request: HttpRequest,
    relay: Shared,
    Record(record): Record,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let answer: Answer = json(payload, relay.limits.body_time).await?;
    let caller = Caller {
        record,
        device: device(&answer.device)?,
    };
    let heard = heard(&relay, &caller, &answer)?;
    let ledger = relay.ledger(record).await?;
    let keys = ledger
        .state()
        // Also who was removed: to hand in what they wrote before.
        .known_device(&caller.device)
        .ok_or(Kind::Forbidden)?;
    prove(&relay, &caller, keys, &heard)?;
    token(&relay, &caller)
}

/// An answer to one of our challenges. Whoever else asks learns nothing, not even whether there is such a record.
pub(super) struct Heard {
    nonce: Nonce,
    signature: Vec<u8>,
}

/// Is this the answer to one of our challenges?
pub(super) fn heard(relay: &Relay, caller: &Caller, answer: &Answer) -> Result<Heard, Problem> {
    let nonce = nonce_of(&answer.nonce)?;
    let signature = hex::decode(&answer.signature).map_err(|_| Kind::Malformed)?;
    if relay.tokens.is_fresh(caller, &nonce, now()) {
        Ok(Heard { nonce, signature })
    } else {
        Err(Kind::ChallengeFailed.into())
    }
}

/// Is it by whoever has these keys? Good once.
pub(super) fn prove(
    relay: &Relay,
    caller: &Caller,
    keys: &DevicePublic,
    heard: &Heard,
) -> Result<(), Problem> {
    omamori_core::token::verify(&caller.record, keys, &heard.nonce, &heard.signature)
        .map_err(|_| Kind::ChallengeFailed)?;
    if relay.tokens.use_up(&heard.nonce, now()) {
        Ok(())
    } else {
        Err(Kind::ChallengeFailed.into())
    }
}

/// A token for whoever proved it.
pub(super) fn token(relay: &Relay, caller: &Caller) -> Result<HttpResponse, Problem> {
    let token = relay
        .tokens
        .issue(caller, now())
        .map_err(|_| Kind::Overloaded)?;
    Ok(fresh(json!({
        "token": token.what,
        "expires_at": token.expires_at,
        "expires_in": relay.limits.token_life.as_secs(),
    })))
}

fn device(text: &str) -> Result<DeviceId, Problem> {
    text.parse().map_err(|_| Kind::Malformed.into())
}

fn fresh(body: serde_json::Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
