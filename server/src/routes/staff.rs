//! `POST /v1/records/{record}/staff`: an organisation that was granted something certifies somebody, before anybody of its staff
//! can prove themselves here. Body: the bytes of a `staff-join`, which proves itself: the organisation's key signed it, and the
//! ledger names that key, or did.

use super::{Record, Shared, body};
use crate::{
    admission::{Door, Refusal, admit},
    problem::{Kind, Problem, urn},
    relay::{now, today},
    store::{Admitted, Batch},
    wire::Submitted,
};
use actix_web::{HttpRequest, HttpResponse, web};
use omamori_core::{
    id::{DeviceId, RecordId},
    ledger::{
        Ledger,
        operation::{Operation, SignedOperation},
    },
    log::EntryKind,
};
use serde_json::json;

/// Bytes of a certificate: a person's public keys are about 1.3 KiB.
const MAX_JOIN: usize = 4 * 1024;

/// 201: certified; 200: it was. Both: `{"cursor": N}`.
pub(super) async fn join(
    request: HttpRequest,
    relay: Shared,
    Record(record): Record,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    relay.count(&request, &relay.open_requests)?;
    let bytes = body(payload, MAX_JOIN, relay.limits.body_time).await?;
    let signed = SignedOperation::parse(&bytes).map_err(|error| refused(&error.into()))?;
    let Operation::StaffJoin { .. } = signed.operation() else {
        return Err(refused(&Refusal::Forbidden));
    };
    let _turn = relay.appends.take(relay.address(&request)).await?;
    let ledger = relay.ledger(record).await?;
    let (organisation, has_ended) = (signed.signer(), !is_granted(&ledger, &signed));
    // Whoever knows an organisation's key may ask without a token: no other request waits for this arithmetic.
    let judged = web::block(move || judge(&ledger, &signed, bytes.to_vec())).await?;
    let entries = judged.map_err(|refusal| refused(&refusal))?;
    let is_late = has_ended && !is_here(&relay, record, &entries).await?;
    if is_late && !relay.late_certificates.take(record, organisation, 1) {
        return Err(refused(&Refusal::TooLate));
    }
    let batch = Batch {
        record,
        begins: false,
        taken: now(),
        entries,
    };
    let appended = relay.append(batch).await?;
    let joined = appended.positions.iter().any(|position| position.fresh);
    let mut response = if joined {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response.json(json!({ "cursor": appended.cursor })))
}

fn is_granted(ledger: &Ledger, certificate: &SignedOperation) -> bool {
    let mut granted = ledger.state().organisations();
    granted.any(|(key, _)| DeviceId::new(key) == certificate.signer())
}

async fn is_here(relay: &Shared, record: RecordId, entries: &[Admitted]) -> Result<bool, Problem> {
    let hashes = entries.iter().map(|entry| entry.hash);
    Ok(relay.holds(record, hashes).await?.len() == entries.len())
}

/// First what costs little: a signature. Only then what the ledger amounted to when it was made: a certificate made in good faith, while
/// the family took its grant back, is taken. It is not in force, and whom it names is told that they are removed.
fn judge(
    ledger: &Ledger,
    signed: &SignedOperation,
    bytes: Vec<u8>,
) -> Result<Vec<Admitted>, Refusal> {
    let key = *signed.signer().as_bytes();
    if !ledger.has_met(&key) {
        return Err(Refusal::Forbidden);
    }
    if !signed.is_signed_with(&key) {
        return Err(Refusal::NotAuthentic);
    }
    // As somebody who may bring nothing but what they signed themselves.
    let door = Door {
        sender: signed.signer(),
        is_removed: true,
        day: today(),
    };
    let submitted = Submitted {
        kind: EntryKind::Operation.code().into(),
        bytes,
    };
    let admission = admit(ledger, vec![submitted], door);
    match admission.refused.into_iter().next() {
        Some((_, refusal)) => Err(refusal),
        None => Ok(admission.admitted),
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let kind = match refusal {
        Refusal::Forbidden | Refusal::UnknownDevice | Refusal::TooLate => Kind::Forbidden,
        _ => Kind::Malformed,
    };
    kind.with("reason", urn(refusal.name()))
        .with("detail", refusal.title())
}
