//! `POST` and `GET /v1/records/{record}/entries`: the log.

use super::{Shared, held_body};
use crate::{
    admission::{Admission, Door, Refusal},
    live::Sight,
    problem::{Kind, Problem, urn},
    relay::{now, today},
    standing::Standing,
    store::{Batch, PageBounds},
    token::Caller,
    wire::{self, BatchError},
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use omamori_core::{ledger::Ledger, log::EntryHash};
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
    let ledger = relay.ledger(caller.record).await?;
    let limit = match is_removed(&caller, &ledger)? {
        true => relay.limits.lane.min(relay.limits.body),
        false => relay.limits.body,
    };
    let address = relay.address(&request);
    let mut hold = relay.bodies.hold(address);
    let bytes = held_body(&mut hold, payload, limit, relay.limits.body_time).await?;
    // Only now: whoever sends slowly holds no turn.
    let _turn = relay.appends.take(address).await?;
    let batch = wire::read_batch(&bytes, relay.limits.batch).map_err(|error| match error {
        BatchError::Malformed => Problem::from(Kind::Malformed),
        BatchError::TooMany => Kind::TooManyEntries.with("limit", relay.limits.batch),
    })?;
    drop(bytes);
    // Anew: the body may have taken its time. Who sends is judged here, who wrote entry by entry.
    let ledger = relay.ledger(caller.record).await?;
    let door = Door {
        sender: caller.device,
        is_removed: is_removed(&caller, &ledger)?,
        day: today(),
    };
    let Admission {
        mut admitted,
        late,
        mut refused,
    } = relay.admit(ledger.clone(), batch, door).await?;
    let here = relay
        .holds(caller.record, late.iter().map(|(_, entry)| entry.hash))
        .await?;
    for (author, entry) in late {
        let (accountable, size) = (ledger.accountable(&author), entry.bytes.len());
        let is_here = here.contains(&entry.hash);
        if is_here || relay.lane.take(caller.record, accountable, size) {
            admitted.push(entry);
        } else {
            refused.push((entry.hash, Refusal::TooLate));
        }
    }
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
        taken: now(),
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

fn is_removed(caller: &Caller, ledger: &Ledger) -> Result<bool, Problem> {
    match Standing::of(&caller.device, ledger.state(), today()) {
        Standing::Member => Ok(false),
        Standing::Removed => Ok(true),
        Standing::Stranger => Err(Kind::Forbidden.into()),
    }
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
    let sight = Sight::of(caller.device, &ledger, today())?;
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
