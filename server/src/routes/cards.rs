//! `PUT` and `GET /v1/cards/{id}`: what is said of printed cards afterwards. A notice proves itself by its key's signature, so no token
//! is asked for: the relay must not learn whose record a card is of.

use super::{Shared, body, if_there};
use crate::problem::{Kind, Problem};
use actix_web::{HttpRequest, HttpResponse, web};
use omamori_core::card_notice::{self, CardNotice, NoticeId};

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

/// 200: the notice; 204: nothing is said of these cards here.
pub(super) async fn get(request: HttpRequest, relay: Shared) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let (id, store) = (id(&request)?, relay.store.clone());
    let notice = web::block(move || store.notice(&id)).await??;
    Ok(if_there(notice))
}

fn id(request: &HttpRequest) -> Result<NoticeId, Problem> {
    let mut id = NoticeId::default();
    let text = request.match_info().get("id").unwrap_or_default();
    hex::decode_to_slice(text, &mut id).map_err(|_| Kind::NotFound)?;
    Ok(id)
}
