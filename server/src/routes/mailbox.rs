//! `PUT` and `GET` of the messages of a pairing: `/v1/mailbox/{mailbox}/{slot}` where two phones are held together, with slots 1 and 2;
//! `/v1/invitations/{mailbox}/{slot}` where they are far apart, with slots 1 to 3.

use super::{Shared, body, if_there};
use crate::{
    mailbox::{Mailboxes, Place, Put},
    problem::{Kind, Problem},
    relay::Relay,
};
use actix_web::{HttpRequest, HttpResponse, web};
use std::time::Instant;

/// See [`left`].
pub(super) async fn put(
    request: HttpRequest,
    relay: Shared,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    left(&request, &relay, &relay.mailboxes, payload).await
}

/// See [`read`].
pub(super) async fn get(request: HttpRequest, relay: Shared) -> Result<HttpResponse, Problem> {
    read(&request, &relay, &relay.mailboxes)
}

/// See [`left`].
pub(super) async fn put_far(
    request: HttpRequest,
    relay: Shared,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    left(&request, &relay, &relay.invitations, payload).await
}

/// See [`read`].
pub(super) async fn get_far(request: HttpRequest, relay: Shared) -> Result<HttpResponse, Problem> {
    read(&request, &relay, &relay.invitations)
}

/// 201: it lies there now; 200: the same lay there already; 409: something else does.
async fn left(
    request: &HttpRequest,
    relay: &Relay,
    boxes: &Mailboxes,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(request, &relay.mailbox_puts)?;
    let place = place(request, boxes)?;
    let message = body(payload, boxes.kind.message, relay.limits.body_time).await?;
    match boxes.put(place, &message, relay.address(request), Instant::now()) {
        Put::Left => Ok(HttpResponse::Created().finish()),
        Put::Same => Ok(HttpResponse::Ok().finish()),
        Put::Taken => Err(Kind::AlreadyThere.into()),
        Put::Full => Err(Kind::Overloaded.into()),
        Put::TooMany => Err(Kind::TooManyRequests.into()),
    }
}

/// 200: the message; 204: nothing there, not yet or not any more.
fn read(request: &HttpRequest, relay: &Relay, boxes: &Mailboxes) -> Result<HttpResponse, Problem> {
    relay.count(request, &relay.open_requests)?;
    let message = boxes.get(&place(request, boxes)?, Instant::now());
    Ok(if_there(message))
}

fn place(request: &HttpRequest, boxes: &Mailboxes) -> Result<Place, Problem> {
    let part = |name| request.match_info().get(name).unwrap_or_default();
    let mut mailbox = [0; 32];
    hex::decode_to_slice(part("mailbox"), &mut mailbox).map_err(|_| Kind::NotFound)?;
    let slot = part("slot").parse().map_err(|_| Kind::NotFound)?;
    if (1..=boxes.kind.slots).contains(&slot) {
        Ok((mailbox, slot))
    } else {
        Err(Kind::NotFound.into())
    }
}
