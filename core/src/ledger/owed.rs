//! Which keys somebody holds who should not, and which are therefore owed a successor.

use super::{
    Ledger,
    graph::{Holder, Node, link, rights},
    operation::Operation,
    rights::Right,
};
use crate::id::{CompartmentTag, DeviceId, EpochId};
use std::collections::BTreeSet;

impl Ledger {
    /// Compartments whose newest keys were all given to somebody who may not read them any more: a rotation is owed, and any
    /// manager's device completes it. Ascending.
    pub fn owed(&self) -> Vec<CompartmentTag> {
        let state = self.state();
        let owed = |tag: &CompartmentTag| {
            !state
                .newest_epochs(tag)
                .any(|epoch| self.is_write_epoch(tag, &epoch))
        };
        state.compartments().filter(owed).collect()
    }

    /// May anything more be sealed under this key? Only if the operation that committed to it is in force, and whoever could
    /// have been given it may read the compartment still. Others serve for reading only.
    pub fn is_write_epoch(&self, tag: &CompartmentTag, epoch: &EpochId) -> bool {
        if !self.state().is_in_force(tag, epoch) {
            return false;
        }
        let now = self.resolved().sight(&self.graph);
        let mut known = self.state().known_devices();
        known.all(|(device, _)| {
            now.right(&device, tag).is_some() || !self.could_hold(&device, tag, epoch)
        }) && !self.went_to_a_former_organisation(tag, epoch)
    }

    /// Was this key given to staff of an organisation that holds nothing of the compartment any more? Those whom the family met
    /// got it with the grant, whether it stands or not and their organisation certified them afterwards or not.
    fn went_to_a_former_organisation(&self, tag: &CompartmentTag, epoch: &EpochId) -> bool {
        let now = self.resolved().sight(&self.graph);
        let gives = |grant: usize| {
            let node = self.graph.node(grant);
            node.is_some_and(|node| rights(&node.signed).any(|(of, _)| of == *tag))
        };
        let former = self.graph.organisations().filter(|organisation| {
            let held = now.held_by(&Holder::Organisation(*organisation));
            !held.into_iter().any(gives)
        });
        let unseen = |grant: usize| {
            self.rotations(tag, epoch)
                .any(|(_, node)| !node.before.contains(grant))
        };
        former
            .flat_map(|organisation| self.graph.grants(&Holder::Organisation(organisation)))
            .any(|grant| gives(*grant) && unseen(*grant))
    }

    /// Keys that devices may read with and were given by nobody: a rotation and a grant that did not see each other. Any
    /// manager's device wraps them.
    pub fn unserved(&self) -> Vec<(DeviceId, CompartmentTag, EpochId)> {
        let state = self.state();
        let mut unserved = Vec::new();
        for tag in state.compartments() {
            for epoch in state.epochs(&tag) {
                let given = self.given(&tag, &epoch);
                let readers = state
                    .devices()
                    .map(|(device, _)| device)
                    .filter(|device| state.may(device, &tag, Right::Read))
                    .filter(|device| !given.contains(device));
                unserved.extend(readers.map(|device| (device, tag, epoch)));
            }
        }
        unserved
    }

    /// Keys that devices were given, by the ledger, by whoever signs as this and let them in. It may have lacked some of them
    /// itself at that moment: it knows what it wrapped, and owes the rest.
    pub fn given_by(&self, signer: &DeviceId) -> Vec<(DeviceId, CompartmentTag, EpochId)> {
        let state = self.state();
        let mut given = Vec::new();
        let signed = self.graph.signed_by(signer);
        let is_theirs = |place: &usize| signed.contains(place);
        if signed.is_empty() {
            return given;
        }
        for tag in state.compartments() {
            let readers = state
                .devices()
                .map(|(device, _)| device)
                .filter(|device| device != signer && state.may(device, &tag, Right::Read));
            for device in readers {
                let readings = self.readings(&device, &tag);
                let epochs = state.epochs(&tag).filter(|epoch| {
                    let mut rotations = self.rotations(&tag, epoch);
                    rotations.any(|(rotation, _)| {
                        let mut completing = readings
                            .iter()
                            .flat_map(|way| self.completing(way, rotation));
                        completing.any(|last| is_theirs(&last))
                    })
                });
                given.extend(epochs.map(|epoch| (device, tag, epoch)));
            }
        }
        given
    }

    /// The operations that complete a way to read, by whoever had seen the rest of it, and the rotation: so they had the key, or
    /// should have, and whom to send it.
    fn completing(&self, way: &[usize], rotation: usize) -> impl Iterator<Item = usize> {
        let completes = move |last: &usize| {
            let Some(node) = self.graph.node(*last) else {
                return false;
            };
            let seen = |place: &usize| place == last || node.before.contains(*place);
            node.before.contains(rotation) && way.iter().all(seen)
        };
        way.iter().copied().filter(completes)
    }

    /// Could this device have come to hold this key: from the rotation, or from anybody who let it in without the rotation
    /// having seen that?
    fn could_hold(&self, device: &DeviceId, tag: &CompartmentTag, epoch: &EpochId) -> bool {
        let readings = self.readings(device, tag);
        self.rotations(tag, epoch).any(|(rotation, node)| {
            let unseen = |place: &usize| *place != rotation && !node.before.contains(*place);
            self.could_read_at(device, tag, node) || readings.iter().flatten().any(unseen)
        })
    }

    /// The devices that were given this key if everybody did as they should: by the rotation, or by whoever had it and let them
    /// in after that.
    fn given(&self, tag: &CompartmentTag, epoch: &EpochId) -> BTreeSet<DeviceId> {
        let (given, mut left): (Vec<DeviceId>, Vec<DeviceId>) = self
            .state()
            .known_devices()
            .map(|(device, _)| device)
            .partition(|device| {
                let mut rotations = self.rotations(tag, epoch);
                rotations.any(|(_, node)| self.could_read_at(device, tag, node))
            });
        let mut given: BTreeSet<DeviceId> = given.into_iter().collect();
        loop {
            let (more, rest): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|device| self.was_served(device, tag, epoch, &given));
            if more.is_empty() {
                return given;
            }
            given.extend(more);
            left = rest;
        }
    }

    /// Was this device let in by one of those who had the key?
    fn was_served(
        &self,
        device: &DeviceId,
        tag: &CompartmentTag,
        epoch: &EpochId,
        given: &BTreeSet<DeviceId>,
    ) -> bool {
        let ways = self.readings(device, tag);
        self.rotations(tag, epoch).any(|(rotation, _)| {
            let mut completed = ways.iter().flat_map(|way| self.completing(way, rotation));
            completed.any(|last| self.hands_on(last, device, tag, given))
        })
    }

    /// Could whoever completed a way hand on this key, and did they know that this device may read? An organisation's key holds
    /// none, and the ledger does not say at whose device it certified somebody: staff have what they were sent, and no more.
    fn hands_on(
        &self,
        last: usize,
        device: &DeviceId,
        tag: &CompartmentTag,
        given: &BTreeSet<DeviceId>,
    ) -> bool {
        let Some(node) = self.graph.node(last) else {
            return false;
        };
        // A grant brings keys of what is granted, also where its holder may read more.
        let hands = match node.signed.operation() {
            Operation::StaffJoin { .. } => false,
            Operation::Grant(_) => rights(&node.signed).any(|(of, _)| of == *tag),
            _ => true,
        };
        hands && given.contains(&node.signed.signer()) && self.could_read_at(device, tag, node)
    }

    fn rotations(
        &self,
        tag: &CompartmentTag,
        epoch: &EpochId,
    ) -> impl Iterator<Item = (usize, &Node)> {
        let places = self.graph.epoch(tag, epoch).iter();
        places.filter_map(|place| Some((*place, self.graph.node(*place)?)))
    }

    fn could_read_at(&self, device: &DeviceId, tag: &CompartmentTag, node: &Node) -> bool {
        let then = self.resolved_at(&[node.signed.id()]);
        then.is_some_and(|then| then.sight(&self.graph).right(device, tag).is_some())
    }

    /// Every way, in force or not, by which this device could ever come to read a compartment: the operations that brought in
    /// its key, made its person somebody's staff, and granted it.
    fn readings(&self, device: &DeviceId, tag: &CompartmentTag) -> Vec<Vec<usize>> {
        let graph = &self.graph;
        let gives = |grant: &usize| {
            let node = graph.node(*grant);
            node.is_some_and(|node| {
                rights(&node.signed).any(|(of, right)| of == *tag && right >= Right::Read)
            })
        };
        let granted = |holder: Holder| -> Vec<usize> {
            let grants = graph.grants(&holder).iter().copied();
            grants.filter(|grant| gives(grant)).collect()
        };
        let mut ways = Vec::new();
        for link_at in graph.links(device) {
            let Some((_, member)) = graph.node(*link_at).and_then(|node| link(&node.signed)) else {
                continue;
            };
            let own = granted(Holder::Member(member)).into_iter();
            ways.extend(own.map(|grant| vec![*link_at, grant]));
            for join in graph.joins(&member) {
                let Some(node) = graph.node(*join) else {
                    continue;
                };
                let organisation = Holder::Organisation(*node.signed.signer().as_bytes());
                let through = granted(organisation).into_iter();
                ways.extend(through.map(|grant| vec![*link_at, *join, grant]));
            }
        }
        ways
    }
}
