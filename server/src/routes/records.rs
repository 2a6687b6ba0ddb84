//! `POST /v1/records/{record}`: a record begins with its genesis, which proves itself. Body: the operation's bytes.

use super::{Record, Shared, body};
use crate::{
    admission::{self, Refusal},
    problem::{Kind, Problem, urn},
    relay::now,
    store::{Audience, Batch},
};
use actix_web::{HttpRequest, HttpResponse, web};
use omamori_core::{
    id::RecordId,
    ledger::{Ledger, operation::SignedOperation},
    log::{EntryKind, LogEntry},
};
use serde_json::json;

/// Bytes of a genesis: two public keys and nine tags are about 2 KiB.
const MAX_GENESIS: usize = 16 * 1024;

/// 201: the record begins; 200: it had begun with the same genesis. Both: `{"cursor": N}`.
pub(super) async fn begin(
    request: HttpRequest,
    relay: Shared,
    Record(record): Record,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let bytes = body(payload, MAX_GENESIS, relay.limits.body_time).await?;
    let entry = LogEntry {
        kind: EntryKind::Operation,
        bytes: bytes.to_vec(),
    };
    judge(&entry, record)?;
    let entries = vec![admission::admitted(entry, Audience::Everyone)];
    let appended = relay
        .append(Batch {
            record,
            begins: true,
            taken: now(),
            entries,
        })
        .await?;
    let begun = appended.positions.iter().any(|position| position.fresh);
    let mut response = if begun {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response.json(json!({ "cursor": appended.cursor })))
}

fn judge(entry: &LogEntry, record: RecordId) -> Result<(), Problem> {
    let genesis = SignedOperation::parse(&entry.bytes).map_err(|error| refused(&error.into()))?;
    let ledger = Ledger::begin(genesis).map_err(|error| refused(&error.into()))?;
    if ledger.record() == record {
        Ok(())
    } else {
        Err(refused(&Refusal::WrongRecord))
    }
}

fn refused(refusal: &Refusal) -> Problem {
    Kind::Malformed
        .with("reason", urn(refusal.name()))
        .with("detail", refusal.title())
}
