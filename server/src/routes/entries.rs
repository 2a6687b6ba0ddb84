//! `POST` and `GET /v1/records/{record}/entries`: the log.

use super::{Shared, held_body};
use crate::{
    admission::{Admission, Refusal},
    live::Sight,
    problem::{Kind, Problem, urn},
    store::{Batch, PageBounds},
    token::Caller,
    wire::{self, BatchError},
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use omamori_core::log::EntryHash;
use serde::Deserialize;
use serde_json::{Value, json};

/// Entries of a page, at most and unless asked for fewer.
const PAGE: usize = 1000;
/// Bytes of a page.
const PAGE_BYTES: usize = 1 << 20;
/// Entries looked at for one page.
const PAGE_SCANNED: usize = 20_000;

/// Answers when the entries are on disk: `{"cursor": N, "mark": HEX, "known": HEX or null, "accepted": [HASH…], "refused":
/// [{"hash", "type", "title", "missing"?}…]}`.
///
/// Entries that were there already count as accepted. If nothing was, and something follows ledger operations that are not here:
/// 409 with `missing`.
pub(super) async fn append(
    request: HttpRequest,
    relay: Shared,
    caller: Caller,
    asked: Result<web::Query<Asked>, actix_web::Error>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let asked = asked.map_err(|_| Kind::Malformed)?.known;
    let address = relay.address(&request);
    let mut hold = relay.bodies.hold(address);
    let bytes = held_body(
        &mut hold,
        payload,
        relay.limits.body,
        relay.limits.body_time,
    )
    .await?;
    // Only now: whoever sends slowly holds no turn.
    let _turn = relay.appends.take(address).await?;
    let batch = wire::read_batch(&bytes, relay.limits.batch).map_err(|error| match error {
        BatchError::Malformed => Problem::from(Kind::Malformed),
        BatchError::TooMany => Kind::TooManyEntries.with("limit", relay.limits.batch),
    })?;
    drop(bytes);
    let ledger = relay.ledger(caller.record).await?;
    // Who sends must be in the record now; who wrote is judged entry by entry.
    if ledger.state().device(&caller.device).is_none() {
        return Err(Kind::Forbidden.into());
    }
    let Admission { admitted, refused } = relay.admit(ledger, batch).await?;
    let missing = missing(&refused);
    if admitted.is_empty() && !missing.is_empty() {
        let problem = Kind::UnknownHeads.with("missing", missing);
        return Err(problem.with("refused", refusals(&refused)));
    }
    let accepted: Vec<_> = admitted
        .iter()
        .map(|entry| entry.hash.to_string())
        .collect();
    let batch = Batch {
        record: caller.record,
        begins: false,
        entries: admitted,
    };
    let appended = relay.append(batch).await?;
    let known = relay.mark(caller.record, asked).await?;
    Ok(HttpResponse::Ok().json(json!({
        "cursor": appended.cursor,
        "mark": hex::encode(appended.mark),
        "known": known.map(hex::encode),
        "accepted": accepted,
        "refused": refusals(&refused),
    })))
}

fn missing(refused: &[(EntryHash, Refusal)]) -> Vec<String> {
    let ids = refused.iter().flat_map(|(_, refusal)| match refusal {
        Refusal::UnknownHeads(missing) => missing.as_slice(),
        _ => &[],
    });
    let mut missing: Vec<_> = ids.map(ToString::to_string).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

fn refusals(refused: &[(EntryHash, Refusal)]) -> Value {
    refused
        .iter()
        .map(|(hash, refusal)| refusal_json(*hash, refusal))
        .collect()
}

fn refusal_json(hash: EntryHash, refusal: &Refusal) -> Value {
    let mut json = json!({
        "hash": hash.to_string(),
        "type": urn(refusal.name()),
        "title": refusal.title(),
    });
    if let (Refusal::UnknownHeads(missing), Some(members)) = (refusal, json.as_object_mut()) {
        let missing = missing.iter().map(ToString::to_string).collect::<Vec<_>>();
        members.insert("missing".to_owned(), json!(missing));
    }
    json
}

/// `?known=POSITION`
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    known: u64,
}

/// `?after=CURSOR&limit=N&known=POSITION`
#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
    #[serde(default)]
    known: u64,
}

/// Entries behind a cursor that the device may read, as [`wire::page`].
pub(super) async fn pull(
    request: HttpRequest,
    relay: Shared,
    caller: Caller,
    from: Result<web::Query<From>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let from = from.map_err(|_| Kind::Malformed)?;
    let ledger = relay.ledger(caller.record).await?;
    let sight = Sight::of(caller.device, &ledger).ok_or(Kind::Forbidden)?;
    let bounds = PageBounds {
        entries: from.limit.unwrap_or(PAGE).clamp(1, PAGE),
        bytes: PAGE_BYTES,
        scanned: PAGE_SCANNED,
    };
    let _turn = relay.pulls.take(relay.address(&request)).await?;
    let (store, after, known) = (relay.store.clone(), from.after, from.known);
    let page = web::block(move || {
        let page = store.page(&caller.record, after, bounds, &|audience| {
            sight.covers(audience)
        })?;
        let known = store.mark(&caller.record, known)?;
        Ok::<_, Problem>(page.map(|page| (wire::page(&page, &sight.scope(), known.as_ref()), page)))
    });
    let (body, page) = page.await??.ok_or(Kind::NotFound)?;
    let sent = page.entries.iter();
    relay.note_access(caller, sent.map(|entry| (entry.seq, entry.audience)));
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/cbor")
        .body(body))
}
