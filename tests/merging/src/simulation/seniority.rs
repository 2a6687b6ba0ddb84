//! Whose removal stands when people remove each other, decided a second time: by the design's rule, from what each had seen.
//!
//! The senior's does, and the junior's is void. Senior is who manages before who does not, then whose oldest grant is older, then
//! whose key is older; older is what lies fewer steps after the genesis, then what has the smaller hash.

use super::{
    check::kind,
    heard::{Oracle, frontiers, owner},
    world::{Played, World, text},
};
use omamori_core::{
    id::{CompartmentTag, DeviceId, MemberId, OperationId},
    ledger::{
        Ledger, State,
        operation::{Grantee, Operation, SignedOperation},
        rights::Right,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// How far from the genesis something is, at most, and its hash.
type Age = (usize, OperationId);

/// Smaller is more senior. What one key signed is heard in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seniority {
    manages_nothing: bool,
    grant: Age,
    key: Age,
    operation: Age,
}

impl World {
    /// Nothing that a removed key signed beyond its removal stands unless whoever signed it is senior; and whatever is void has a
    /// reason: a removal beside it, by somebody senior if it is a removal itself, or something before it that changed.
    pub(super) fn check_seniority(
        &mut self,
        oracle: &Oracle<'_>,
        ledger: &Ledger,
        void: &BTreeSet<OperationId>,
    ) -> Played {
        let ages = ages(oracle);
        let mut removals = BTreeMap::new();
        for signed in oracle.operations() {
            if is_removal(signed.operation()) {
                let seniority = seniority(oracle, ledger, &ages, signed)?;
                removals.insert(signed.id(), (*signed, seniority));
            }
        }
        let decision = Decision {
            oracle,
            removals,
            void,
        };
        let mut decided = 0;
        for signed in oracle.operations() {
            let (id, what) = (signed.id(), kind(signed.operation()));
            let by_senior = decision.frozen_by(signed);
            if by_senior.is_some() && !void.contains(&id) {
                return Err(format!(
                    "a {what} stands that came too late for somebody senior's {}",
                    by_senior.map_or("", |by| kind(by.operation())),
                ));
            }
            decided += usize::from(by_senior.is_some());
            if void.contains(&id) && !decision.has_reason(signed, ledger)? {
                return Err(format!("a {what} is void for no reason"));
            }
        }
        self.covered
            .note("operations beyond their signer's removal", decided);
        Ok(())
    }
}

impl World {
    pub(super) fn void(&self, state: &State) -> BTreeSet<OperationId> {
        let mut void: BTreeSet<OperationId> = state.void().collect();
        if let Some((winner, loser)) = self.favoured {
            void.insert(winner);
            void.remove(&loser);
        }
        void
    }
}

struct Decision<'a> {
    oracle: &'a Oracle<'a>,
    removals: BTreeMap<OperationId, (&'a SignedOperation, Seniority)>,
    void: &'a BTreeSet<OperationId>,
}

impl Decision<'_> {
    /// Removals that stand and are heard before this: all of them, if it is no removal itself.
    fn heard_before(&self, signed: &SignedOperation) -> impl Iterator<Item = &SignedOperation> {
        let own = self.removals.get(&signed.id()).map(|(_, own)| *own);
        let standing = self
            .removals
            .values()
            .filter(|(removal, _)| !self.void.contains(&removal.id()));
        standing
            .filter(move |(_, theirs)| own.is_none_or(|own| *theirs < own))
            .map(|(removal, _)| *removal)
    }

    /// A removal of the key that signed this, if nobody who removed that key had seen it.
    fn frozen_by(&self, signed: &SignedOperation) -> Option<&SignedOperation> {
        let of_signer = |removal: &&SignedOperation| {
            matches!(removal.operation(), Operation::RemoveDevice { frontier }
                if frontier.device == signed.signer())
                && removal.id() != signed.id()
        };
        let had_seen =
            |removal: &&SignedOperation| self.oracle.had_seen(&removal.id(), &signed.id());
        let mut by = self.heard_before(signed).filter(of_signer);
        let first = by.next()?;
        (!had_seen(&first) && !by.any(|removal| had_seen(&removal))).then_some(first)
    }

    fn has_reason(&self, signed: &SignedOperation, ledger: &Ledger) -> Played<bool> {
        let id = signed.id();
        let beside = |removal: &&SignedOperation| {
            !self.oracle.had_seen(&id, &removal.id()) && !self.oracle.had_seen(&removal.id(), &id)
        };
        let mut beside = self.heard_before(signed).filter(beside);
        if beside.any(|removal| self.concerns(removal, &signed.signer())) {
            return Ok(true);
        }
        let then = ledger.state_at(signed.parents()).map_err(text)?;
        let mut before = self.oracle.seen(signed.parents()).into_iter();
        Ok(
            before.any(|other| then.is_void(&other) != self.void.contains(&other))
                || self.leaves_nobody(signed, ledger.state()),
        )
    }

    /// If this were to stand, and so nothing that whoever it concerns signed beside it, would some compartment have no manager?
    fn leaves_nobody(&self, removal: &SignedOperation, state: &State) -> bool {
        let mut gone = BTreeSet::new();
        for signed in self.oracle.operations() {
            let seen = self.oracle.had_seen(&removal.id(), &signed.id());
            if !seen && self.is_gone(&signed.signer(), removal, &gone) {
                gone.insert(signed.id());
            }
        }
        let managers_stay = |tag: &CompartmentTag| {
            let mut devices = state.devices().map(|(device, _)| device);
            devices.any(|device| {
                let persons: BTreeSet<MemberId> = state.members_of(&device).collect();
                let own = state
                    .members()
                    .filter(|(member, _)| persons.contains(member));
                let mut grants = own.flat_map(|(_, grants)| grants);
                !self.is_gone(&device, removal, &gone)
                    && grants.any(|(id, grant)| {
                        grant.rights.get(tag) == Some(&Right::Manage) && !gone.contains(id)
                    })
            })
        };
        is_removal(removal.operation()) && !state.compartments().all(|tag| managers_stay(&tag))
    }

    /// Is this key removed, or did only those bring it in who are gone?
    fn is_gone(
        &self,
        device: &DeviceId,
        removal: &SignedOperation,
        gone: &BTreeSet<OperationId>,
    ) -> bool {
        let operations = self.oracle.operations().iter();
        let mut links = operations
            .filter(|signed| owner(signed, device).is_some() && !self.void.contains(&signed.id()));
        self.concerns(removal, device) || links.all(|signed| gone.contains(&signed.id()))
    }

    /// Does this removal take something from whoever signs as this?
    fn concerns(&self, removal: &SignedOperation, signer: &DeviceId) -> bool {
        let persons = self.persons(signer);
        let mut named = frontiers(removal.operation()).iter();
        match removal.operation() {
            Operation::RemoveDevice { frontier } => frontier.device == *signer,
            Operation::StaffEnd { .. } => {
                named.any(|frontier| !self.persons(&frontier.device).is_disjoint(&persons))
            }
            Operation::Revoke { grant, .. } | Operation::Close { grant, .. } => {
                let mut operations = self.oracle.operations().iter();
                self.gives(grant, signer)
                    || operations.any(|other| {
                        matches!(other.operation(), Operation::Grant(_))
                            && self.gives(grant, &other.signer())
                            && self.gives(&other.id(), signer)
                    })
            }
            _ => false,
        }
    }

    fn persons(&self, device: &DeviceId) -> BTreeSet<MemberId> {
        let operations = self.oracle.operations().iter();
        let persons = operations.filter_map(|signed| owner(signed, device));
        persons.collect()
    }

    /// Is this a grant to whoever signs as this, or to their organisation?
    fn gives(&self, grant: &OperationId, signer: &DeviceId) -> bool {
        let persons = self.persons(signer);
        let mut operations = self.oracle.operations().iter();
        let Some(given) = operations.find(|signed| signed.id() == *grant) else {
            return false;
        };
        match given.operation() {
            Operation::Genesis(genesis) => persons.contains(&genesis.device.id().into()),
            Operation::Grant(grant) => match &grant.grantee {
                Grantee::Person(device) => persons.contains(&device.id().into()),
                Grantee::Member(member) => persons.contains(member),
                Grantee::Organisation(key) => {
                    let station = DeviceId::new(*key);
                    let mut operations = self.oracle.operations().iter();
                    station == *signer
                        || operations.any(|join| {
                            join.signer() == station
                                && matches!(join.operation(), Operation::StaffJoin { staff, .. }
                                    if persons.contains(&staff.id().into()))
                        })
                }
            },
            _ => false,
        }
    }
}

/// It may name nobody, if whoever loses by it was removed before.
fn is_removal(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::RemoveDevice { .. }
            | Operation::Revoke { .. }
            | Operation::Close { .. }
            | Operation::StaffEnd { .. }
    )
}

fn ages(oracle: &Oracle<'_>) -> BTreeMap<OperationId, Age> {
    let mut ages: BTreeMap<OperationId, Age> = BTreeMap::new();
    for signed in oracle.operations() {
        let parents = signed
            .parents()
            .iter()
            .filter_map(|parent| ages.get(parent));
        let depth = parents.map(|(depth, _)| depth + 1).max().unwrap_or(0);
        ages.insert(signed.id(), (depth, signed.id()));
    }
    ages
}

/// By what the signer had seen, and by nothing that a signer chooses.
fn seniority(
    oracle: &Oracle<'_>,
    ledger: &Ledger,
    ages: &BTreeMap<OperationId, Age>,
    signed: &SignedOperation,
) -> Played<Seniority> {
    let (signer, seen) = (signed.signer(), oracle.seen(signed.parents()));
    let then = ledger.state_at(signed.parents()).map_err(text)?;
    let persons: BTreeSet<MemberId> = then.members_of(&signer).collect();
    let own = then
        .members()
        .filter(|(member, _)| persons.contains(member));
    let as_station = then
        .organisations()
        .filter(|(station, _)| DeviceId::new(*station) == signer);
    let grants = own
        .map(|(_, grants)| grants)
        .chain(as_station.map(|(_, grants)| grants))
        .flatten()
        .map(|(id, grant)| {
            (
                !grant.rights.values().any(|of| *of == Right::Manage),
                ages.get(id),
            )
        });
    let keys = oracle.operations().iter().filter(|signed| {
        seen.contains(&signed.id())
            && !then.is_void(&signed.id())
            && owner(signed, &signer).is_some()
    });
    let key = keys
        .filter_map(|signed| ages.get(&signed.id()))
        .min()
        .copied();
    let operation = ages.get(&signed.id()).copied().ok_or("no such operation")?;
    let none = (usize::MAX, signed.id());
    let (manages_nothing, grant) = grants.min().unwrap_or((true, None));
    let grant = grant.copied().unwrap_or(none);
    Ok(Seniority {
        manages_nothing,
        grant,
        // An organisation's key came with its grant.
        key: key.unwrap_or(grant),
        operation,
    })
}
