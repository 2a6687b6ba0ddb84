//! What snapshots hold, and what they stand for: whoever is given them in place of the words loses none.

use super::{
    random::{Random, shuffle},
    travel::Guard,
    words::text_of,
    world::{Played, World},
};
use omamori_core::{
    compartment::Compartment,
    id::CompartmentTag,
    ledger::{Ledger, operation::Operation, rights::Right},
    log::{EntryKind, LogEntry, ParsedEntry},
    replica::Replica,
    statement::{Statement, StatementId},
    time::UnixMillis,
    view::Authority,
};
use std::collections::BTreeSet;

/// A snapshot, and the chunks whose words are in it: by their places among all entries.
pub(super) struct Compacted {
    pub(super) entry: usize,
    tag: CompartmentTag,
    pub(super) holds: BTreeSet<usize>,
}

impl World {
    pub(super) fn compact(&mut self, who: usize, compartment: Compartment) -> Played {
        let before = self.all.len();
        self.act(who, |phone, rng: &mut Random<'_>| {
            phone
                .snapshot(compartment, rng)
                .ok()
                .map(|entry| vec![entry])
        })?;
        self.note_snapshots(who, before)
    }

    pub(super) fn restart(
        &mut self,
        who: usize,
        compartment: Compartment,
        now: UnixMillis,
    ) -> Played {
        let before = self.all.len();
        self.act(who, |phone, rng| phone.restart(compartment, now, rng).ok())?;
        self.note_snapshots(who, before)
    }

    /// Somebody tells another what they know, as short as they can.
    pub(super) fn brief(
        &mut self,
        from: usize,
        to: usize,
        compartment: Compartment,
        seed: u64,
    ) -> Played {
        self.compact(from, compartment)?;
        if self.keeps_apart(from, to) {
            return Ok(());
        }
        let held = self.phone(from)?.held.clone();
        let told = self.shorter(&held, |_| true);
        let spared = held.len() - told.len();
        self.covered
            .note("chunks that a snapshot stood for", spared);
        self.tell_some(told, to, seed)
    }

    fn note_snapshots(&mut self, who: usize, before: usize) -> Played {
        for entry in before..self.all.len() {
            if let Some(tag) = self.all.get(entry).and_then(snapshot_of) {
                let holds = self.read_in(who, &tag)?;
                self.covered.note("snapshots", 1);
                self.snapshots.push(Compacted { entry, tag, holds });
            }
        }
        Ok(())
    }

    /// The chunks that somebody has read in a compartment, themselves or in snapshots.
    fn read_in(&self, who: usize, tag: &CompartmentTag) -> Played<BTreeSet<usize>> {
        let phone = self.phone(who)?;
        let mut read = BTreeSet::new();
        for place in &phone.held {
            let entry = self.all.get(*place).ok_or("no such entry")?;
            if phone.replica.is_accepted(entry) != Some(true) {
                continue;
            }
            if let Ok(ParsedEntry::Chunk(chunk)) = entry.parse()
                && chunk.header().compartment == *tag
            {
                read.insert(*place);
            }
            let inside = self.snapshots.iter().filter(|of| of.entry == *place);
            read.extend(inside.filter(|of| of.tag == *tag).flat_map(|of| &of.holds));
        }
        Ok(read)
    }

    /// The same without the chunks that a snapshot in it holds, if it can be relied on.
    pub(super) fn shorter(&self, told: &[usize], opens: impl Fn(&LogEntry) -> bool) -> Vec<usize> {
        let entry = |of: &&Compacted| self.all.get(of.entry).is_some_and(&opens);
        let there = |of: &&Compacted| told.contains(&of.entry);
        let snapshots = self.snapshots.iter().filter(there).filter(entry);
        let inside: BTreeSet<usize> = snapshots.flat_map(|of| &of.holds).copied().collect();
        let told = told.iter().copied();
        told.filter(|place| !inside.contains(place)).collect()
    }

    /// Somebody who begins with snapshots and what came after them has all that was said; what does not count there is listed,
    /// until the chunks come. Where nobody was ever removed, and nobody given anything twice, they see what everybody sees.
    pub(super) fn check_begun_with_snapshots(&mut self, number: usize) -> Played {
        let (mother, replica) = (self.phone(0)?, self.replica(number)?);
        let opens = |entry: &LogEntry| replica.is_accepted(entry) == Some(true);
        let mut told = self.shorter(&mother.held, opens);
        if told.len() == mother.held.len() {
            return Ok(());
        }
        self.covered.note("records begun with snapshots", 1);
        shuffle(&mut told, &mut self.dice);
        let entries = told.iter().filter_map(|place| self.all.get(*place));
        let mut anew = self.anew(number)?.replica;
        anew.receive_with(entries.cloned().collect(), &mut Guard(self.barrier));
        let replica = self.replica(number)?;
        let ledger = replica.ledger().ok_or("no ledger")?;
        if anew.ledger().map(Ledger::state) != Some(ledger.state()) {
            return Err(format!("device {number} has another state by snapshots"));
        }
        for compartment in replica.readable() {
            self.check_nothing_lost(replica, &anew, compartment)?;
        }
        if is_plain(ledger) {
            if replica.view() != anew.view() {
                return Err(format!("device {number} sees something else by snapshots"));
            }
            self.covered.note("records that snapshots tell as well", 1);
        }
        Ok(())
    }

    /// What one phone read is in the other one's record too, and counts there or is listed; or a guardian said it again.
    fn check_nothing_lost(
        &self,
        replica: &Replica,
        anew: &Replica,
        compartment: Compartment,
    ) -> Played {
        let (all, there) = (said_in(replica, compartment), said_in(anew, compartment));
        let is_there = |said: &Statement| there.iter().any(|other| other.id == said.id);
        let lost = all.iter().filter(|said| !is_there(said)).count();
        if lost > 0 {
            return Err(format!(
                "{lost} statements of {compartment} are lost by snapshots"
            ));
        }
        // Whoever was removed cannot read what a guardian said in their place.
        if replica.right(compartment) < Some(Right::Read) {
            return Ok(());
        }
        let listed: BTreeSet<StatementId> = anew
            .quarantine()
            .iter()
            .flat_map(|found| found.statements.iter().map(|said| said.id))
            .collect();
        let (before, now) = (replica.authority(), anew.authority());
        let mut hidden = all.iter().filter(|said| {
            counts(&before, compartment, &said.id)
                && !counts(&now, compartment, &said.id)
                && !listed.contains(&said.id)
                && !self.was_said_again(said, &now)
        });
        match hidden.next() {
            None => Ok(()),
            Some(said) => Err(format!(
                "{:?} of {compartment} is hidden by snapshots",
                said.body
            )),
        }
    }

    /// Or is there something in its place that counts?
    fn was_said_again(&self, said: &Statement, authority: &impl Authority) -> bool {
        let text = text_of(said).unwrap_or_default();
        let written = self.written.iter().filter(|of| of.fact == said.fact);
        let mut instead = written.filter(|written| {
            written.again && written.text == text || written.replaces.contains(&said.id)
        });
        instead.any(|written| counts(authority, written.compartment, &written.id))
    }
}

fn said_in(replica: &Replica, compartment: Compartment) -> &[Statement] {
    let document = replica.document(compartment);
    document.map_or(&[], |document| document.statements())
}

fn counts(authority: &impl Authority, compartment: Compartment, said: &StatementId) -> bool {
    let author = authority.device(compartment, &said.actor);
    let right = author.and_then(|author| authority.right_of(compartment, &author, said));
    right >= Some(Right::Append)
}

/// Was nobody removed, and nobody given anything twice? Then it does not matter what came when.
fn is_plain(ledger: &Ledger) -> bool {
    let mut people = Vec::new();
    let mut operations = ledger.in_order().into_iter();
    operations.all(|signed| match signed.operation() {
        Operation::Grant(grant) => {
            let known = people.contains(&&grant.grantee);
            people.push(&grant.grantee);
            !known
        }
        Operation::Genesis(_)
        | Operation::AddDevice { .. }
        | Operation::Rotate { .. }
        | Operation::Endorse { .. }
        | Operation::Restart { .. } => true,
        Operation::RemoveDevice { .. }
        | Operation::Revoke { .. }
        | Operation::Close { .. }
        | Operation::StaffJoin { .. }
        | Operation::StaffEnd { .. } => false,
    })
}

fn snapshot_of(entry: &LogEntry) -> Option<CompartmentTag> {
    match (entry.kind, entry.parse().ok()?) {
        (EntryKind::Snapshot, ParsedEntry::Snapshot(snapshot)) => {
            Some(snapshot.header().compartment)
        }
        _ => None,
    }
}
