//! `PUT` and `GET /v1/mailbox/{mailbox}/{slot}`: the two messages of a pairing. Slots are 1 and 2.

use super::{Shared, body, if_there};
use crate::{
    mailbox::{MAX_MESSAGE, Place, Put},
    problem::{Kind, Problem},
};
use actix_web::{HttpRequest, HttpResponse, web};
use std::time::Instant;

/// 201: it lies there now; 200: the same lay there already; 409: something else does.
pub(super) async fn put(
    request: HttpRequest,
    relay: Shared,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.mailbox_puts)?;
    let place = place(&request)?;
    let message = body(payload, MAX_MESSAGE, relay.limits.body_time).await?;
    match relay.mailboxes.put(place, &message, Instant::now()) {
        Put::Left => Ok(HttpResponse::Created().finish()),
        Put::Same => Ok(HttpResponse::Ok().finish()),
        Put::Taken => Err(Kind::AlreadyThere.into()),
        Put::Full => Err(Kind::Overloaded.into()),
    }
}

/// 200: the message; 204: nothing there, not yet or not any more.
pub(super) async fn get(request: HttpRequest, relay: Shared) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let message = relay.mailboxes.get(&place(&request)?, Instant::now());
    Ok(if_there(message))
}

fn place(request: &HttpRequest) -> Result<Place, Problem> {
    let part = |name| request.match_info().get(name).unwrap_or_default();
    let mut mailbox = [0; 32];
    hex::decode_to_slice(part("mailbox"), &mut mailbox).map_err(|_| Kind::NotFound)?;
    match part("slot") {
        "1" => Ok((mailbox, 1)),
        "2" => Ok((mailbox, 2)),
        _ => Err(Kind::NotFound.into()),
    }
}
