//! How much is kept, and for what the last space is kept: who may see what can always still be said.

use super::{Admitted, Batch};
use omamori_core::{id::RecordId, log::EntryKind};
use std::collections::HashMap;

/// Bytes that a record may take when space is short, however small the reserve.
const LEAST_SHARE: u64 = 1 << 20;

/// What an operator lets a store keep, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// Of one record.
    pub record: u64,
    /// Of one record beyond that, for ledger operations and keys alone: a full record can still be closed to somebody.
    pub record_ledger: u64,
    /// In all.
    pub total: u64,
    /// Free on the disk. Below it, and beyond `total`, only ledger operations and keys are taken.
    pub reserve: u64,
}

impl Quotas {
    /// As much as fits.
    pub const NONE: Self = Self {
        record: u64::MAX,
        record_ledger: 0,
        total: u64::MAX,
        reserve: 0,
    };

    /// What one record may take when space is short: some dozen removals with all their keys.
    const fn share(&self) -> u64 {
        let part = self.reserve / 512;
        if part < LEAST_SHARE {
            LEAST_SHARE
        } else {
            part
        }
    }
}

/// How much there is at the moment.
#[derive(Debug, Clone, Copy)]
pub struct Space {
    /// What the store takes on the disk.
    pub used: u64,
    /// What it could still take.
    pub free: u64,
}

/// The room there is while batches are being stored.
#[derive(Debug)]
pub struct Room<'a> {
    quotas: Quotas,
    space: Space,
    shares: &'a mut HashMap<RecordId, u64>,
}

/// Which limit a batch would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The record's.
    Record,
    /// The relay's.
    Relay,
}

impl<'a> Room<'a> {
    /// `shares`: what each record has taken of the reserve since space became short; kept between calls.
    pub fn new(quotas: Quotas, space: Space, shares: &'a mut HashMap<RecordId, u64>) -> Self {
        let room = Self {
            quotas,
            space,
            shares,
        };
        if !room.is_short(0) {
            room.shares.clear();
        }
        room
    }

    /// Is there certainly room for so many bytes of anything in a record that holds `held`?
    pub fn is_ample(&self, held: u64, incoming: u64) -> bool {
        held.saturating_add(incoming) <= self.quotas.record && !self.is_short(incoming)
    }

    /// May these new entries come into a record that holds `held`? Nothing new always may.
    ///
    /// # Errors
    /// The [`Lack`].
    pub fn check(&self, batch: &Batch, new: &[&Admitted], held: u64) -> Result<(), Lack> {
        let incoming = size(new);
        if incoming == 0 {
            return Ok(());
        }
        let vital = !batch.begins && new.iter().all(|entry| is_vital(entry));
        let beyond = if vital { self.quotas.record_ledger } else { 0 };
        if held.saturating_add(incoming) > self.quotas.record.saturating_add(beyond) {
            return Err(Lack::Record);
        }
        let share = self.shares.get(&batch.record).copied().unwrap_or_default();
        let has_share = vital && share.saturating_add(incoming) <= self.quotas.share();
        if self.is_short(incoming) && !has_share {
            return Err(Lack::Relay);
        }
        Ok(())
    }

    /// Takes note of what was stored.
    pub fn take(&mut self, record: RecordId, bytes: u64) {
        if self.is_short(bytes) {
            let share = self.shares.entry(record).or_default();
            *share = share.saturating_add(bytes);
        }
        self.space.used = self.space.used.saturating_add(bytes);
        self.space.free = self.space.free.saturating_sub(bytes);
    }

    fn is_short(&self, incoming: u64) -> bool {
        self.space.used.saturating_add(incoming) > self.quotas.total
            || self.space.free < self.quotas.reserve.saturating_add(incoming)
    }
}

/// Bytes of entries.
pub fn size(entries: &[&Admitted]) -> u64 {
    entries.iter().map(|entry| entry.bytes.len() as u64).sum()
}

/// What a removal consists of. Content and new records are not.
fn is_vital(entry: &Admitted) -> bool {
    !entry.late && matches!(entry.kind, EntryKind::Operation | EntryKind::Bundle)
}
