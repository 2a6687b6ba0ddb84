//! `GET /v1/records/{record}/accesses`: who fetched what, for everybody in the record.

use super::Shared;
use crate::{
    problem::{Kind, Problem},
    relay::today,
    standing::Standing,
    token::Caller,
    wire,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;

/// Accesses of a page.
const PAGE: usize = 500;

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
    relay.accesses.written(caller.record).await;
    let store = relay.store.clone();
    // One more than shown tells whether there is more.
    let noted = web::block(move || store.accesses(&caller.record, after, PAGE + 1));
    let body = wire::accesses(&noted.await??, PAGE);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/cbor")
        .body(body))
}
