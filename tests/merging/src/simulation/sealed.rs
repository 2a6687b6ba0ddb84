//! Who must not be able to read on: with all bytes there ever were, and all keys they ever had.

use super::{
    heard::{Oracle, frontiers, owner},
    words::{Written, text_of},
    world::{Played, World, readers, text},
};
use omamori_core::{
    id::{ChunkId, CompartmentTag, DeviceId, EpochId, MemberId, OperationId},
    ledger::{
        Ledger, State,
        operation::{Grant, Grantee, Operation, SignedOperation},
        rights::Right,
    },
    log::{LogEntry, ParsedEntry},
    replica::Replica,
    sealed::SealedBundle,
};
use std::collections::BTreeSet;

impl World {
    /// Nobody reads what was sealed by somebody who had seen that they may not; and whoever may read, reads all there is.
    pub(super) fn check_sealed(&mut self, oracle: &Oracle<'_>, ledger: &Ledger) -> Played {
        for written in &self.written {
            let then = ledger.state_at(&written.heads).map_err(text)?;
            if readers(&then, &written.tag) != written.readers {
                return Err(format!(
                    "the author of {} took others for its readers than everybody does now",
                    written.text
                ));
            }
        }
        let mut shut = 0;
        for (number, phone) in self.phones.iter().enumerate() {
            let (device, state) = (phone.replica.device(), ledger.state());
            // What a guardian said again is in other words' text: who may read the older ones reads it there.
            for written in self.written.iter().filter(|written| !written.again) {
                let reads = reads(&phone.replica, written.compartment, &written.text);
                if state.may(&device, &written.tag, Right::Read) {
                    if !reads_by_a_grant(state, &device, &written.tag) {
                        continue;
                    }
                    // What nobody reads who is left was sealed for those who are gone.
                    if !reads && self.is_read(written, ledger) {
                        return Err(format!("{} cannot be read by who may", written.text));
                    }
                    continue;
                }
                let shut_out = self.is_shut_out(oracle, ledger, written, &device)?;
                if shut_out && reads {
                    return Err(format!(
                        "device {number}, which was removed, reads {}; {}",
                        written.text,
                        self.givers(written.chunk, &device)
                    ));
                }
                shut += usize::from(shut_out);
            }
        }
        self.covered
            .note("words that stayed closed to somebody removed", shut);
        Ok(())
    }

    /// Had the author of these words seen that this device may not read them, and did nobody give it keys again?
    pub(super) fn is_shut_out(
        &self,
        oracle: &Oracle<'_>,
        ledger: &Ledger,
        written: &Written,
        device: &DeviceId,
    ) -> Played<bool> {
        let then = ledger.state_at(&written.heads).map_err(text)?;
        Ok(!ledger.state().may(device, &written.tag, Right::Read)
            && then.known_device(device).is_some()
            && then.right(device, &written.tag).is_none()
            && !let_in_unseen(oracle, &written.heads, device, &written.tag)
            && !self.was_met(oracle, &then, written, device)
            && !was_undone(oracle, ledger.state(), &written.heads, device)
            && !self.was_undone_for_a_giver(oracle, ledger, written, device)?)
    }

    /// Was a removal that the author of these words had seen void for somebody who had the key, by what they knew?
    fn was_undone_for_a_giver(
        &self,
        oracle: &Oracle<'_>,
        ledger: &Ledger,
        written: &Written,
        device: &DeviceId,
    ) -> Played<bool> {
        for (_, bundle) in self.handed(written.chunk, device) {
            let knew = ledger.state_at(&bundle.header().heads).map_err(text)?;
            if was_undone(oracle, &knew, &written.heads, device) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The bundles that gave this device the key of a chunk, each with its place among all entries.
    pub(super) fn handed(&self, chunk: ChunkId, device: &DeviceId) -> Vec<(usize, SealedBundle)> {
        let sealed = self.epoch_of(chunk);
        let parsed = self.all.iter().map(LogEntry::parse).enumerate();
        let bundles = parsed.filter_map(|(place, entry)| match entry {
            Ok(ParsedEntry::Bundle(bundle)) => Some((place, bundle)),
            _ => None,
        });
        let gives = |bundle: &SealedBundle| {
            let header = bundle.header();
            let mut epochs = header.epochs.iter();
            header.recipient == *device && epochs.any(|epoch| Some(*epoch) == sealed)
        };
        bundles.filter(|(_, bundle)| gives(bundle)).collect()
    }

    pub(super) fn epoch_of(&self, chunk: ChunkId) -> Option<EpochId> {
        self.all.iter().find_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Chunk(found)) if found.id() == chunk => Some(found.header().epoch),
            _ => None,
        })
    }

    /// Who gave this device the key of a chunk.
    pub(super) fn givers(&self, chunk: ChunkId, device: &DeviceId) -> String {
        let number = |of: DeviceId| {
            let mut phones = self.phones.iter();
            phones.position(|phone| phone.replica.device() == of)
        };
        let bundles = self.handed(chunk, device).into_iter();
        let by =
            bundles.map(|(place, by)| format!("entry {place} by device {:?}", number(by.author())));
        format!(
            "of {} entries, these gave it the key: {}",
            self.all.len(),
            by.collect::<Vec<_>>().join(", ")
        )
    }

    /// Did everybody leave who could read this when it was sealed, and whoever made its key? Then the key left with them: it was
    /// made by somebody whose removals are void, for those whom they had left in.
    pub(super) fn is_only_for_who_left(&self, written: &Written, ledger: &Ledger) -> bool {
        let left = |device: &DeviceId| ledger.state().device(device).is_none();
        let epoch = self.epoch_of(written.chunk);
        let makes = |signed: &&SignedOperation| match signed.operation() {
            Operation::Genesis(genesis) => {
                let mut epochs = genesis.compartments.iter();
                epochs.any(|(_, of)| Some(*of) == epoch)
            }
            Operation::Rotate { epochs } => epochs.iter().any(|(_, of)| Some(*of) == epoch),
            _ => false,
        };
        let operations = ledger.in_order();
        let mut makers = operations.into_iter().filter(makes);
        written.readers.iter().all(left) && makers.all(|signed| left(&signed.signer()))
    }

    /// Does anybody read this who may? What was said again is in other words' text: there it counts who was given the key.
    pub(super) fn is_read(&self, written: &Written, ledger: &Ledger) -> bool {
        let state = ledger.state();
        self.phones.iter().any(|phone| {
            let device = phone.replica.device();
            let opens = || match written.again {
                true => !self.handed(written.chunk, &device).is_empty(),
                false => reads(&phone.replica, written.compartment, &written.text),
            };
            reads_by_a_grant(state, &device, &written.tag) && opens()
        })
    }
}

/// May this device read by a grant of its person's own? Staff gets its keys from colleagues, who may all be gone.
pub(super) fn reads_by_a_grant(state: &State, device: &DeviceId, tag: &CompartmentTag) -> bool {
    let own: BTreeSet<MemberId> = state.members_of(device).collect();
    let here = state.device(device).is_some();
    let grants = state.members().filter(|(member, _)| own.contains(member));
    here && grants
        .flat_map(|(_, grants)| grants.values())
        .any(|grant| grant.organisation.is_none() && grant.rights.contains_key(tag))
}

pub(super) fn reads(
    phone: &Replica,
    compartment: omamori_core::compartment::Compartment,
    text: &str,
) -> bool {
    let document = phone.document(compartment);
    let said = document.map_or(&[][..], |document| document.statements());
    said.iter().any(|said| text_of(said) == Some(text))
}

/// Is a removal of this device void in this state that the author of these heads had seen? Whoever learnt that gave it its keys
/// again.
fn was_undone(
    oracle: &Oracle<'_>,
    state: &State,
    heads: &[OperationId],
    device: &DeviceId,
) -> bool {
    let seen = oracle.seen(heads);
    oracle.operations().iter().any(|signed| {
        let mut named = frontiers(signed.operation()).iter();
        seen.contains(&signed.id())
            && state.is_void(&signed.id())
            && named.any(|frontier| frontier.device == *device)
    })
}

/// Did somebody let this device in again without the author of these heads knowing? Then it was rightly handed all keys, and
/// its removal, unseen by whoever let it in, came too late for what was sealed before.
fn let_in_unseen(
    oracle: &Oracle<'_>,
    heads: &[OperationId],
    device: &DeviceId,
    tag: &CompartmentTag,
) -> bool {
    let seen = oracle.seen(heads);
    let operations = oracle.operations();
    let persons: BTreeSet<MemberId> = operations
        .iter()
        .filter_map(|signed| owner(signed, device))
        .collect();
    let joins = |signed: &SignedOperation| match signed.operation() {
        Operation::StaffJoin { staff, .. } => persons.contains(&MemberId::from(staff.id())),
        _ => false,
    };
    let stations: BTreeSet<DeviceId> = operations
        .iter()
        .filter(|signed| joins(signed))
        .map(|signed| signed.signer())
        .collect();
    let gives = |grant: &Grant| grant.rights.iter().any(|(of, _)| of == tag);
    let lets_in = |signed: &SignedOperation| match signed.operation() {
        Operation::Grant(grant) => {
            let to = match &grant.grantee {
                Grantee::Person(person) => person.id() == *device,
                Grantee::Member(member) => persons.contains(member),
                Grantee::Organisation(key) => stations.contains(&DeviceId::new(*key)),
            };
            to && gives(grant)
        }
        _ => owner(signed, device).is_some() || joins(signed),
    };
    operations
        .iter()
        .any(|signed| !seen.contains(&signed.id()) && lets_in(signed))
}
