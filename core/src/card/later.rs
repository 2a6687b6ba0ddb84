//! What was said of a card after it was printed ([`crate::card_notice`]).

use super::{OpenError, open, payload, split};
use crate::card_notice::{CardNotice, NoticeError, NoticeId, Says, id_of};
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use serde::Serialize;

/// What a notice says of one card. Saying nothing does not mean that the card is current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Later {
    /// Since that day it no longer shows what stands.
    pub stale_since: Option<Date>,
    /// The family withdrew it.
    pub withdrawn: bool,
}

/// Why a notice says nothing of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LaterError {
    /// The card does not open.
    #[error(transparent)]
    Card(#[from] OpenError),
    /// The notice is none.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// It is about cards of another key.
    #[error("the notice is about other cards")]
    Other,
}

/// Where the notice about a scanned card lies.
///
/// # Errors
/// [`OpenError`].
pub fn notice_id(scanned: &str) -> Result<NoticeId, OpenError> {
    Ok(id_of(&split(&payload(scanned)?)?.key))
}

/// What a notice says of a scanned card.
///
/// # Errors
/// [`LaterError`].
pub fn later(scanned: &str, notice: &[u8]) -> Result<Later, LaterError> {
    let generation = open(scanned)?.generation;
    let notice = CardNotice::open(notice)?;
    if *notice.key() != split(&payload(scanned)?)?.key {
        return Err(LaterError::Other);
    }
    Ok(of(notice.says(), generation))
}

fn of(says: Says, generation: u32) -> Later {
    let since = date(1970, 1, 1).checked_add(i64::from(says.stale_since).days());
    let stale = generation < says.stale_below;
    Later {
        // A day that no calendar has is no reason to keep quiet.
        stale_since: stale.then(|| since.unwrap_or(date(1970, 1, 1))),
        withdrawn: generation < says.withdrawn_below,
    }
}
