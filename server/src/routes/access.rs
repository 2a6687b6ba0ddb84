//! `GET` and `POST /v1/records/{record}/accesses`: who fetched what, for everybody in the record; and what a device tells that was opened
//! on it, also without a network.

use super::{Shared, json};
use crate::{
    access::Happening,
    problem::{Kind, Problem},
    relay::{now, now_millis, today},
    standing::Standing,
    store::ListOf,
    token::Caller,
    wire,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use omamori_core::{
    access::{Way, What},
    time::UnixMillis,
};
use serde::Deserialize;

/// Accesses of a page.
pub(super) const PAGE: usize = 500;
/// Openings told at once.
const TOLD: usize = 50;

/// `?after=NUMBER`
#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: u64,
}

/// Accesses behind a number, as [`wire::accesses`]. What was fetched until now is in it, this reading is not.
pub(super) async fn list(
    request: HttpRequest,
    relay: Shared,
    caller: Caller,
    from: Result<web::Query<From>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let after = from.map_err(|_| Kind::Malformed)?.after;
    let ledger = relay.ledger(caller.record).await?;
    Standing::of(&caller.device, ledger.state(), today()).must_be_member()?;
    let _turn = relay.pulls.take(relay.address(&request)).await?;
    page(&relay, ListOf::Record(caller.record), after).await
}

/// A page of a list.
pub(super) async fn page(
    relay: &Shared,
    list: ListOf,
    after: u64,
) -> Result<HttpResponse, Problem> {
    // What cannot be written now is missing; the rest can still be read.
    let _ = relay.accesses.written(list).await;
    let store = relay.store.clone();
    // One more than shown tells whether there is more.
    let noted = web::block(move || store.accesses(&list, after, PAGE + 1));
    let body = wire::accesses(&noted.await??, PAGE);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/cbor")
        .body(body))
}

/// `{"opened": [{"way", "began", "ended"}]}`: times in milliseconds since 1970, by the device's clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Telling {
    opened: Vec<Opened>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    way: String,
    began: i64,
    ended: i64,
}

/// 201: it is in the list, with the time at which it was heard, once however often it comes; 200: nothing was told. A device's word for
/// itself, and nothing more. 503: it may not be in the list, so the device tells it again.
pub(super) async fn tell(
    relay: Shared,
    caller: Caller,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Telling { opened } = json(payload, relay.limits.body_time).await?;
    if opened.len() > TOLD {
        return Err(Kind::TooManyEntries.into());
    }
    if opened.iter().any(|one| one.began > one.ended) {
        return Err(Kind::Malformed.into());
    }
    let ledger = relay.ledger(caller.record).await?;
    Standing::of(&caller.device, ledger.state(), today()).must_be_member()?;
    if opened.is_empty() {
        return Ok(HttpResponse::Ok().finish());
    }
    let (told, day) = (opened.len(), now());
    if !relay.tellings.allows(caller, told, day) {
        return Err(Kind::TooManyRequests.into());
    }
    if !relay.accesses.told(happenings(caller, &opened)).await {
        relay.tellings.give_back(caller, told, day);
        return Err(Kind::Overloaded.into());
    }
    Ok(HttpResponse::Created().finish())
}

fn happenings(caller: Caller, opened: &[Opened]) -> Vec<Happening> {
    let heard = UnixMillis(now_millis());
    let opened = opened.iter().map(|one| Happening {
        list: ListOf::Record(caller.record),
        times: (UnixMillis(one.began), UnixMillis(one.ended)),
        what: What::Told {
            device: caller.device,
            way: Way::named(&one.way),
            heard,
        },
    });
    opened.collect()
}
