//! The addresses. Handlers parse, ask, answer.
//!
//! | address | asks | answers |
//! |---|---|---|
//! | `POST /v1/records/{record}` | genesis, as bytes | 201, 200 `{"cursor"}` |
//! | `POST …/staff` | an organisation's `staff-join`, as bytes | 201, 200 `{"cursor"}` |
//! | `POST …/challenge` | `{"device"}` | `{"nonce", "expires_at", "expires_in"}` |
//! | `POST …/token` | `{"device", "nonce", "signature"}` | `{"token", "expires_at", "expires_in"}` |
//! | `POST …/entries?known=N`, token | [batch](crate::wire), 4 MiB at most | `{"cursor", "mark", "known", "accepted", "refused"}` when on disk |
//! | `GET …/entries?after=N&limit=N&known=N`, token | | [page](crate::wire), about 1 MiB |
//! | `GET …/accesses?after=N`, token | | [accesses](crate::wire), 500 at most |
//! | `POST …/accesses`, token | `{"opened": [{"way", "began", "ended"}]}`, 50 at most, times in milliseconds | 201, 200 if empty |
//! | `GET …/live`, token as subprotocol | WebSocket `omamori.v1` | [frames](crate::wire), `{"pull":true}` |
//! | `PUT /v1/mailbox/{64 hex digits}/{1, 2}` | 4 KiB at most | 201, 200, 409 |
//! | `GET /v1/mailbox/{64 hex digits}/{1, 2}` | | 200, 204 |
//! | `PUT /v1/invitations/{64 hex digits}/{1, 2, 3}` | 2 KiB at most | 201, 200, 409 |
//! | `GET /v1/invitations/{64 hex digits}/{1, 2, 3}` | | 200, 204 |
//! | `PUT /v1/cards/{32 hex digits}` | [notice](omamori_core::card_notice), 109 bytes | 201, 200 |
//! | `GET /v1/cards/{32 hex digits}?generation=N` | | 200, 204 |
//! | `POST …/challenge` | | `{"nonce", "expires_at", "expires_in"}` |
//! | `POST …/openings` | `{"key", "nonce", "signature", "after"}` | [accesses](crate::wire), 500 at most |
//! | `POST /v1/devices/{device}/records` | `{"nonce", "signature"}`, the challenge asked for the record of 64 zeros | `{"records"}` |
//! | `POST /v1/records/{record}/openings` | [opening](omamori_core::break_glass::opening), 272 KiB at most | 201, 200 `{"cursor"}` |
//! | `PUT /v1/municipalities/{64 hex digits}` | [list](omamori_core::break_glass::municipality), 32 KiB at most | 201, 200 |
//! | `GET …` | | the list |
//! | `POST …/challenge`, `…/token` | as a device | as a device |
//! | `GET …/packages?after=N`, token | | [packages](crate::wire), 50 looked at |
//! | `GET …/children/{record}?after=N`, token | | [page](crate::wire), about 1 MiB |
//! | `GET /healthz`, `/readyz` | | 200; 503 |
//! | `GET` of anything else | | the app |
//!
//! Ids, nonces and signatures are lower-case hex, times seconds since 1970 by the relay's clock. A token goes into
//! `Authorization: Bearer`, or beside `omamori.v1` as the subprotocol `bearer.TOKEN`. Errors are [problems](crate::problem).
//!
//! A client keeps the cursor of its last page, and the farthest position that the relay ever told it, with the mark there. It reads
//! again from 0 when `scope` has changed. It asks for `known` at that farthest position; when the answer is not the mark it keeps,
//! the relay came back from an older backup, perhaps with new entries since: the client sends all it has again and reads again
//! from 0. A live line ends with 1012 (the relay restarts),
//! 4001 (prove yourself again), 1008 (no longer in the record) or 1003 (it said something).

mod access;
pub mod app;
mod cards;
mod devices;
mod entries;
mod glass;
mod health;
mod live;
mod mailbox;
mod records;
mod staff;
mod token;

use crate::{
    buffers::Hold,
    problem::{Kind, Problem},
    relay::Relay,
    token::Caller,
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Resource, dev,
    http::header,
    rt::time::timeout,
    web::{self, Bytes, BytesMut},
};
use futures_util::StreamExt;
use omamori_core::id::RecordId;
use std::{
    future::{Ready, ready},
    sync::Arc,
    time::Duration,
};

/// The relay, as handlers get it.
pub(crate) type Shared = web::Data<Arc<Relay>>;

/// Registers every address.
pub fn configure(config: &mut web::ServiceConfig) {
    let record = "/v1/records/{record}";
    let town = "/v1/municipalities/{record}";
    config
        .service(at(record).route(web::post().to(records::begin)))
        .service(at(&format!("{record}/staff")).route(web::post().to(staff::join)))
        .service(at(&format!("{record}/challenge")).route(web::post().to(token::challenge)))
        .service(at(&format!("{record}/token")).route(web::post().to(token::issue)))
        .service(
            at(&format!("{record}/entries"))
                .route(web::post().to(entries::append))
                .route(web::get().to(entries::pull)),
        )
        .service(
            at(&format!("{record}/accesses"))
                .route(web::get().to(access::list))
                .route(web::post().to(access::tell)),
        )
        .service(at(&format!("{record}/live")).route(web::get().to(live::listen)))
        .service(
            at("/v1/mailbox/{mailbox}/{slot}")
                .route(web::put().to(mailbox::put))
                .route(web::get().to(mailbox::get)),
        )
        .service(
            at("/v1/invitations/{mailbox}/{slot}")
                .route(web::put().to(mailbox::put_far))
                .route(web::get().to(mailbox::get_far)),
        )
        .service(
            at("/v1/cards/{id}")
                .route(web::put().to(cards::put))
                .route(web::get().to(cards::get)),
        )
        .service(at("/v1/cards/{id}/challenge").route(web::post().to(cards::challenge)))
        .service(at("/v1/cards/{id}/openings").route(web::post().to(cards::openings)))
        .service(at("/v1/devices/{device}/records").route(web::post().to(devices::records)))
        .service(at(&format!("{record}/openings")).route(web::post().to(glass::tell)))
        .service(
            at(town)
                .route(web::put().to(glass::put_list))
                .route(web::get().to(glass::get_list)),
        )
        .service(at(&format!("{town}/challenge")).route(web::post().to(token::challenge)))
        .service(at(&format!("{town}/token")).route(web::post().to(glass::issue)))
        .service(at(&format!("{town}/packages")).route(web::get().to(glass::packages)))
        .service(at(&format!("{town}/children/{{child}}")).route(web::get().to(glass::pull)))
        .service(at("/healthz").route(web::get().to(health::alive)))
        .service(at("/readyz").route(web::get().to(health::ready)))
        .default_service(web::to(app::serve));
}

fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(|| async {
        Err::<&str, Problem>(Kind::MethodNotAllowed.into())
    }))
}

/// The record that an address names.
struct Record(RecordId);

impl FromRequest for Record {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(record(request).map(Self))
    }
}

fn record(request: &HttpRequest) -> Result<RecordId, Problem> {
    let text = request.match_info().get("record").unwrap_or_default();
    text.parse().map_err(|_| Kind::NotFound.into())
}

/// The device that asks, proven by its token, for the record that the address names.
impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(caller(request, bearer(request)))
    }
}

fn caller(request: &HttpRequest, token: Option<&str>) -> Result<Caller, Problem> {
    let relay = request.app_data::<Shared>().ok_or(Kind::NotFound)?;
    let record = record(request)?;
    let caller = token
        .and_then(|token| relay.tokens.check(token))
        .ok_or(Kind::TokenNeeded)?;
    if caller.record == record {
        Ok(caller)
    } else {
        Err(Kind::Forbidden.into())
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// 200 with it, or 204: what may change at any time, and no cache may answer for.
fn if_there(bytes: Option<Vec<u8>>) -> HttpResponse {
    let mut response = match bytes {
        Some(_) => HttpResponse::Ok(),
        None => HttpResponse::NoContent(),
    };
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    match bytes {
        Some(bytes) => response
            .content_type("application/octet-stream")
            .body(bytes),
        None => response.finish(),
    }
}

/// The whole body, if it is not too large and arrives in time.
async fn body(payload: web::Payload, limit: usize, time: Duration) -> Result<Bytes, Problem> {
    match timeout(time, payload.to_bytes_limited(limit)).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(Kind::Malformed.into()),
        Ok(Err(_)) => Err(Kind::TooLarge.with("limit", limit)),
        Err(_) => Err(Kind::TooSlow.into()),
    }
}

/// As [`body`], for large ones: what has come is held in the relay's budget for bodies.
async fn held_body(
    hold: &mut Hold<'_>,
    mut payload: web::Payload,
    limit: usize,
    time: Duration,
) -> Result<Bytes, Problem> {
    let read = async {
        let mut whole = BytesMut::new();
        while let Some(part) = payload.next().await {
            let part = part.map_err(|_| Kind::Malformed)?;
            if whole.len().saturating_add(part.len()) > limit {
                return Err(Kind::TooLarge.with("limit", limit));
            }
            hold.grow(part.len())?;
            whole.extend_from_slice(&part);
        }
        Ok(whole.freeze())
    };
    timeout(time, read).await.map_err(|_| Kind::TooSlow)?
}

/// A small JSON body.
async fn json<T: serde::de::DeserializeOwned>(
    payload: web::Payload,
    time: Duration,
) -> Result<T, Problem> {
    let bytes = body(payload, 8 * 1024, time).await?;
    serde_json::from_slice(&bytes).map_err(|_| Kind::Malformed.into())
}
