//! Break-glass: lists of officers, what officers hold beforehand, and what two of them opened.
//!
//! A list proves itself by the municipality's signature, so no token is asked for it. Officers prove themselves like devices, with
//! the municipality in the place of a record. Whoever has an opening with two signatures may bring it: the family has to learn of it.

use super::{
    Record, Shared, body, held_body, json,
    token::{Answer, heard, prove, token},
};
use crate::{
    admission::{Admission, Door, Refusal},
    problem::{Kind, Problem, urn},
    relay::{Relay, now, today},
    store::{Audience, Batch, PageBounds},
    token::Caller,
    wire::{self, Submitted},
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use omamori_core::{
    break_glass::{
        ClaimedOpening, OfficersList, PackageHeader, SealedPackage, municipality::MAX_LIST,
        package::MAX_PACKAGE,
    },
    id::{CompartmentTag, MunicipalityId, RecordId},
    log::{EntryHash, EntryKind, LogEntry},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Bytes of an opening: its package, two signatures and a reason.
const MAX_OPENING: usize = MAX_PACKAGE + 16 * 1024;
/// Packages of a page.
const PACKAGES: usize = 50;
/// Entries, bytes and entries looked at for a page.
const PAGE: PageBounds = PageBounds {
    entries: 1000,
    bytes: 1 << 20,
    scanned: 20_000,
};

/// 201: the list is kept; 200: one that is as new or newer was kept already.
pub(super) async fn put_list(
    request: HttpRequest,
    relay: Shared,
    Record(place): Record,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.mailbox_puts)?;
    let bytes = body(payload, MAX_LIST, relay.limits.body_time).await?;
    let list = OfficersList::read(&bytes).ok();
    let list = list
        .filter(|list| list.municipality() == municipality(place))
        .ok_or(Kind::Malformed)?;
    let store = relay.store.clone();
    let kept = web::block(move || store.keep_list(&list)).await??;
    Ok(if kept {
        HttpResponse::Created().finish()
    } else {
        HttpResponse::Ok().finish()
    })
}

/// The list, as signed.
pub(super) async fn get_list(
    request: HttpRequest,
    relay: Shared,
    Record(place): Record,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let list = list(&relay, place).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/octet-stream")
        .body(list.bytes().to_vec()))
}

/// As for a device of a record.
pub(super) async fn issue(
    request: HttpRequest,
    relay: Shared,
    Record(place): Record,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let answer: Answer = json(payload, relay.limits.body_time).await?;
    let officers = list(&relay, place).await?;
    let device = answer.device.parse().map_err(|_| Kind::Malformed)?;
    let officer = officers.officer(&device).ok_or(Kind::Forbidden)?;
    let caller = Caller {
        record: place,
        device,
    };
    let heard = heard(&relay, &caller, &answer)?;
    prove(&relay, &caller, &officer.keys, &heard)?;
    token(&relay, &caller)
}

/// `?after=N`
#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: u64,
}

/// The newest package of every child whose family's consent stands, with the child's newest keys: [`wire::packages`].
pub(super) async fn packages(
    request: HttpRequest,
    relay: Shared,
    caller: Caller,
    from: Result<web::Query<From>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let after = from.map_err(|_| Kind::Malformed)?.after;
    let town = officer(&relay, caller).await?;
    let _turn = relay.pulls.take(relay.address(&request)).await?;
    let store = relay.store.clone();
    let mut found = web::block(move || store.packages(&town, after, PACKAGES + 1)).await??;
    let more = found.len() > PACKAGES;
    found.truncate(PACKAGES);
    let last = found.last().map_or(after, |(number, ..)| *number);
    let mut standing = Vec::new();
    for (_, record, bytes) in found {
        if stands(&relay, record, &bytes).await?.is_some() {
            standing.push((record, bytes));
        }
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/cbor")
        .body(wire::packages(more, last, &standing)))
}

/// What officers may hold of one child beforehand: the ledger, the two compartments as sealed, and the package. As [`wire::page`].
pub(super) async fn pull(
    request: HttpRequest,
    relay: Shared,
    caller: Caller,
    from: Result<web::Query<From>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let after = from.map_err(|_| Kind::Malformed)?.after;
    let town = officer(&relay, caller).await?;
    let child = request.match_info().get("child").unwrap_or_default();
    let child: RecordId = child.parse().map_err(|_| Kind::NotFound)?;
    let _turn = relay.pulls.take(relay.address(&request)).await?;
    let store = relay.store.clone();
    let package = web::block(move || store.package(&town, &child)).await??;
    let package = package.ok_or(Kind::NotFound)?;
    let header = stands(&relay, child, &package)
        .await?
        .ok_or(Kind::Forbidden)?;
    let tags: Vec<CompartmentTag> = header.tags().collect();
    let store = relay.store.clone();
    let page = web::block(move || {
        store.page(&child, after, PAGE, &|audience| match audience {
            Audience::Everyone => true,
            Audience::Compartment(tag) => tags.contains(tag),
            Audience::Device(_) => false,
        })
    });
    let mut page = page.await??.ok_or(Kind::NotFound)?;
    // Other municipalities' packages and what they opened are not these officers' business.
    page.entries.retain(|entry| match entry.kind {
        EntryKind::Operation | EntryKind::Chunk | EntryKind::Snapshot => true,
        EntryKind::Package => entry.bytes == package,
        EntryKind::Bundle | EntryKind::Opening => false,
    });
    let reader = Caller {
        record: child,
        device: caller.device,
    };
    let sent = page.entries.iter();
    relay.note_access(reader, sent.map(|entry| (entry.seq, entry.audience)));
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/cbor")
        .body(wire::page(&page, "officers", None)))
}

/// 201: the family will see it; 200: it was here; 429: so many were told lately ([`Openings`](crate::openings::Openings)), and this one may
/// come again later. Two signatures of officers on the family's own list are asked for, and that the
/// package they opened lies in the record's log or is by somebody who manages now: not by a key that was taken away.
pub(super) async fn tell(
    request: HttpRequest,
    relay: Shared,
    Record(record): Record,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.mailbox_puts)?;
    let address = relay.address(&request);
    let mut hold = relay.bodies.hold(address);
    let bytes = held_body(&mut hold, payload, MAX_OPENING, relay.limits.body_time).await?;
    let _turn = relay.appends.take(address).await?;
    let opening = ClaimedOpening::parse(&bytes).map_err(|_| Kind::Malformed)?;
    let ledger = relay.ledger(record).await?;
    let (package, by) = (
        opening.package().header().clone(),
        opening.package().author(),
    );
    let hash = EntryHash(*opening.package().id().as_bytes());
    let store = relay.store.clone();
    let by_manager = package.is_for(&by, ledger.state());
    let town = package.municipality;
    let within = relay.limits.openings.count(now(), by_manager);
    let entry = LogEntry {
        kind: EntryKind::Opening,
        bytes: bytes.to_vec(),
    };
    let own = entry.hash();
    let looked = web::block(move || {
        let told = store.openings(&record, &town, within)?;
        let is_here = store.holds(&record, &own)?;
        Ok::<_, Problem>((told, is_here, store.holds(&record, &hash)?))
    });
    let (told, is_here, is_agreed) = looked.await??;
    if !is_here && !relay.limits.openings.leave_room(told) {
        return Err(Kind::TooManyRequests.into());
    }
    let door = Door {
        sender: opening.second(),
        is_removed: false,
        day: today(),
    };
    let submitted = Submitted {
        kind: entry.kind.code().into(),
        bytes: entry.bytes,
    };
    let Admission {
        admitted, refused, ..
    } = relay.admit(ledger.clone(), vec![submitted], door).await?;
    if let Some((_, refusal)) = refused.first() {
        return Err(turned_away(refusal));
    }
    if !is_agreed && !by_manager {
        return Err(turned_away(&Refusal::Forbidden));
    }
    let appended = relay
        .append(Batch {
            record,
            begins: false,
            taken: now(),
            entries: admitted,
        })
        .await?;
    let new = appended.positions.iter().any(|position| position.fresh);
    let mut response = if new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response.json(json!({ "cursor": appended.cursor })))
}

fn turned_away(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::UnknownHeads(missing) => {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            Kind::UnknownHeads.with("missing", missing)
        }
        _ => {
            let problem = Kind::Forbidden.with("reason", urn(refusal.name()));
            problem.with("detail", refusal.title())
        }
    }
}

fn municipality(place: RecordId) -> MunicipalityId {
    MunicipalityId::new(*place.as_bytes())
}

async fn list(relay: &Shared, place: RecordId) -> Result<OfficersList, Problem> {
    let store = relay.store.clone();
    let bytes = web::block(move || store.list(&municipality(place))).await??;
    let list = bytes.and_then(|bytes| OfficersList::read(&bytes).ok());
    list.ok_or(Kind::NotFound.into())
}

/// Is whoever asks still on the municipality's newest list?
async fn officer(relay: &Shared, caller: Caller) -> Result<MunicipalityId, Problem> {
    let list = list(relay, caller.record).await?;
    list.officer(&caller.device).ok_or(Kind::Removed)?;
    Ok(list.municipality())
}

/// The header of a package that may be used today: the family's consent goes on, and nobody took it back with new keys.
async fn stands(
    relay: &Arc<Relay>,
    record: RecordId,
    package: &[u8],
) -> Result<Option<PackageHeader>, Problem> {
    let ledger = relay.ledger(record).await?;
    let header = SealedPackage::parse(package).map(|package| package.header().clone());
    Ok(header
        .ok()
        .filter(|header| header.holds_on(today()) && header.is_current(ledger.state())))
}
