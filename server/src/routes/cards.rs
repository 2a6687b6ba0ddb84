//! `PUT` and `GET /v1/cards/{id}`: what is said of printed cards afterwards, and `POST …/challenge`, `…/openings`: when somebody asked.
//! A notice proves itself by its key's signature, so no token is asked for: the relay must not learn whose record a card is of. Whoever
//! holds only a card cannot read when others opened theirs: that needs the key.

use super::{
    Shared, access, body, if_there, json,
    token::{challenged, nonce_of},
};
use crate::{
    problem::{Kind, Problem},
    relay::now,
    store::ListOf,
    token::Caller,
};
use actix_web::{HttpRequest, HttpResponse, web};
use omamori_core::{
    card_notice::{self, CardNotice, NoticeId},
    id::DeviceId,
    token::verify_for_openings,
};
use serde::Deserialize;

/// 201: it is kept; 200: one that says as much or more was kept already.
pub(super) async fn put(
    request: HttpRequest,
    relay: Shared,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.mailbox_puts)?;
    let id = id(&request)?;
    let bytes = body(payload, card_notice::LEN, relay.limits.body_time).await?;
    let notice = CardNotice::open(&bytes)
        .ok()
        .filter(|notice| notice.id() == id)
        .ok_or(Kind::Malformed)?;
    let store = relay.store.clone();
    let kept = web::block(move || store.keep_notice(&notice)).await??;
    Ok(if kept {
        HttpResponse::Created().finish()
    } else {
        HttpResponse::Ok().finish()
    })
}

/// `?generation=N`: of the card, if whoever asks says it.
#[derive(Deserialize)]
pub(super) struct Card {
    #[serde(default)]
    generation: u32,
}

/// 200: the notice, and that it was asked for is noted; 204: nothing is said of these cards here.
pub(super) async fn get(
    request: HttpRequest,
    relay: Shared,
    card: Result<web::Query<Card>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let generation = card.map_err(|_| Kind::Malformed)?.generation;
    let (id, store) = (id(&request)?, relay.store.clone());
    let notice = web::block(move || store.notice(&id)).await??;
    if notice.is_some() {
        relay.note_card(id, generation);
    }
    Ok(if_there(notice))
}

/// As for a device: a nonce for whoever holds the key.
pub(super) async fn challenge(
    request: HttpRequest,
    relay: Shared,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    challenged(&relay, &holder(id(&request)?))
}

/// `{"key": "HEX", "nonce": "HEX", "signature": "HEX", "after": NUMBER}`
#[derive(Deserialize)]
struct Asking {
    key: String,
    nonce: String,
    signature: String,
    after: u64,
}

/// When somebody asked about these cards, behind a number: [`wire::accesses`](crate::wire::accesses).
pub(super) async fn openings(
    request: HttpRequest,
    relay: Shared,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let id = id(&request)?;
    let asking: Asking = json(payload, relay.limits.body_time).await?;
    let (nonce, mut key) = (nonce_of(&asking.nonce)?, [0; 32]);
    hex::decode_to_slice(&asking.key, &mut key).map_err(|_| Kind::Malformed)?;
    let signature = hex::decode(&asking.signature).map_err(|_| Kind::Malformed)?;
    let proven = relay.tokens.is_fresh(&holder(id), &nonce, now())
        && card_notice::id_of(&key) == id
        && verify_for_openings(&key, &nonce, &signature).is_ok()
        && relay.tokens.use_up(&nonce, now());
    if !proven {
        return Err(Kind::ChallengeFailed.into());
    }
    let _turn = relay.pulls.take(relay.address(&request)).await?;
    access::page(&relay, ListOf::Card(id), asking.after).await
}

/// Whoever holds the key, as challenges name them.
fn holder(id: NoticeId) -> Caller {
    let list = card_notice::openings(&id);
    Caller {
        record: list,
        device: DeviceId::new(*list.as_bytes()),
    }
}

fn id(request: &HttpRequest) -> Result<NoticeId, Problem> {
    let mut id = NoticeId::default();
    let text = request.match_info().get("id").unwrap_or_default();
    hex::decode_to_slice(text, &mut id).map_err(|_| Kind::NotFound)?;
    Ok(id)
}
