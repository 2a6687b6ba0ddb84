//! Which keys somebody holds who should not, and which are therefore owed a successor.

use super::{
    Ledger,
    graph::{Holder, link, rights},
    rights::Right,
    sight::Sight,
};
use crate::id::{CompartmentTag, DeviceId, EpochId};

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

    /// May anything more be sealed under this key? Only if it is the newest, and whoever could have been given it may read
    /// the compartment still.
    pub fn is_write_epoch(&self, tag: &CompartmentTag, epoch: &EpochId) -> bool {
        if !self
            .state()
            .newest_epochs(tag)
            .any(|newest| newest == *epoch)
        {
            return false;
        }
        let now = self.resolved();
        let now = now.sight(&self.graph);
        let mut known = self.state().known_devices();
        known.all(|(device, _)| {
            now.right(&device, tag).is_some() || !self.was_given(&device, tag, epoch)
        })
    }

    /// Could this device have been given this key: by the rotation, or by a grant that the rotation did not follow?
    fn was_given(&self, device: &DeviceId, tag: &CompartmentTag, epoch: &EpochId) -> bool {
        let rotations = self.graph.epoch(tag, epoch);
        rotations.iter().any(|rotation| {
            let Some(node) = self.graph.node(*rotation) else {
                return false;
            };
            let then = self.resolved_at(&[node.signed.id()]);
            let then = then.as_ref().map(|then| then.sight(&self.graph));
            let read = then.is_some_and(|then: Sight<'_>| then.right(device, tag).is_some());
            let unseen = |place: &usize| *place != *rotation && !node.before.contains(*place);
            read || self.readings(device, tag).iter().any(unseen)
        })
    }

    /// Every operation, in force or not, by which this device could ever come to read a compartment.
    fn readings(&self, device: &DeviceId, tag: &CompartmentTag) -> Vec<usize> {
        let graph = &self.graph;
        let gives = |grant: &usize| {
            let node = graph.node(*grant);
            node.is_some_and(|node| {
                rights(&node.signed).any(|(of, right)| of == *tag && right >= Right::Read)
            })
        };
        let mut readings = Vec::new();
        for link_at in graph.links(device) {
            let Some((_, member)) = graph.node(*link_at).and_then(|node| link(&node.signed)) else {
                continue;
            };
            let own = graph.grants(&Holder::Member(member)).iter();
            let mut sources: Vec<usize> = own.copied().filter(|grant| gives(grant)).collect();
            for join in graph.joins(&member) {
                let Some(node) = graph.node(*join) else {
                    continue;
                };
                let organisation = Holder::Organisation(*node.signed.signer().as_bytes());
                let through: Vec<usize> = graph
                    .grants(&organisation)
                    .iter()
                    .copied()
                    .filter(|grant| gives(grant))
                    .collect();
                if !through.is_empty() {
                    sources.push(*join);
                    sources.extend(through);
                }
            }
            if !sources.is_empty() {
                sources.push(*link_at);
                readings.extend(sources);
            }
        }
        readings
    }
}
