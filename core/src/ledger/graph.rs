//! The operations that were taken, and who follows whom.

use super::{
    operation::{Frontier, Grant, Grantee, Operation, SignedOperation},
    places::Places,
    rights::Right,
};
use crate::{
    device::DevicePublic,
    id::{CompartmentTag, DeviceId, EpochId, MemberId, OperationId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// An operation in its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) signed: SignedOperation,
    /// All it follows, itself not among them.
    pub(super) before: Places,
    /// Longest way from the genesis.
    pub(super) depth: u32,
    /// Whose quota it counts against. `None`: whoever signed it managed a compartment.
    pub(super) account: Option<MemberId>,
    /// Of a removal: how senior its signer was.
    pub(super) rank: Rank,
    /// Of a grant that was passed on: the grant that allowed it.
    pub(super) via: Option<usize>,
}

/// Who is heard first when removals contradict each other: managers before others, the older grant before the younger, of one
/// grant the older key, then the smaller hash of what brought that in. Settled by what the signer had seen, and by nothing
/// that a signer chooses: two keys that remove each other cannot try signatures until theirs comes first. What one key signed
/// is heard in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) manages_nothing: bool,
    pub(super) grant: Seniority,
    pub(super) key: Seniority,
    pub(super) operation: Seniority,
}

/// How long something has been there: the longest way from the genesis, then the smaller hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seniority {
    pub(super) depth: u32,
    pub(super) id: OperationId,
}

impl Node {
    pub(super) fn seniority(&self) -> Seniority {
        Seniority {
            depth: self.depth,
            id: self.signed.id(),
        }
    }
}

/// Who a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    Member(MemberId),
    Organisation([u8; 32]),
}

/// What a removal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    Device(DeviceId),
    Grant(usize),
    Join(usize),
}

/// The graph, with what has to be found in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    nodes: Vec<Arc<Node>>,
    places: BTreeMap<OperationId, usize>,
    signed_by: BTreeMap<DeviceId, Vec<usize>>,
    charged_to: BTreeMap<MemberId, Vec<usize>>,
    links: BTreeMap<DeviceId, Vec<usize>>,
    links_of: BTreeMap<MemberId, Vec<usize>>,
    grants: BTreeMap<Holder, Vec<usize>>,
    managing: Vec<usize>,
    joins: BTreeMap<MemberId, Vec<usize>>,
    epochs: BTreeMap<(CompartmentTag, EpochId), Vec<usize>>,
    removals: Vec<usize>,
}

impl Graph {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, place: usize) -> Option<&Node> {
        self.nodes.get(place).map(Arc::as_ref)
    }

    pub(super) fn place(&self, id: &OperationId) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub(super) fn shared(&self, place: usize) -> Option<&Arc<Node>> {
        self.nodes.get(place)
    }

    pub(super) fn organisations(&self) -> impl Iterator<Item = [u8; 32]> {
        self.grants.keys().filter_map(|holder| match holder {
            Holder::Organisation(key) => Some(*key),
            Holder::Member(_) => None,
        })
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().map(Arc::as_ref)
    }

    /// By id, ascending.
    pub(super) fn by_id(&self) -> impl Iterator<Item = &Node> {
        self.places.values().filter_map(|place| self.node(*place))
    }

    /// These operations and all they follow. `None`: one of them is not here.
    pub(super) fn closure(&self, heads: &[OperationId]) -> Option<Places> {
        let mut set = Places::default();
        for head in heads {
            let place = self.place(head)?;
            set.add(&self.node(place)?.before);
            set.insert(place);
        }
        Some(set)
    }

    pub(super) fn depth_above(&self, parents: &[OperationId]) -> u32 {
        let depths = parents
            .iter()
            .filter_map(|id| Some(self.node(self.place(id)?)?.depth));
        depths.max().map_or(0, |depth| depth + 1)
    }

    pub(super) fn push(&mut self, node: Node) -> usize {
        let place = self.nodes.len();
        let signed = &node.signed;
        self.places.insert(signed.id(), place);
        self.signed_by
            .entry(signed.signer())
            .or_default()
            .push(place);
        if let Some(account) = node.account {
            self.charged_to.entry(account).or_default().push(place);
        }
        if let Some((device, member)) = link(signed) {
            self.links.entry(device.id()).or_default().push(place);
            self.links_of.entry(member).or_default().push(place);
        }
        if let Some(holder) = holder(signed) {
            self.grants.entry(holder).or_default().push(place);
        }
        if rights(signed).any(|(_, right)| right == Right::Manage) {
            self.managing.push(place);
        }
        if let Operation::StaffJoin { staff, .. } = signed.operation() {
            self.joins
                .entry(MemberId::from(staff.id()))
                .or_default()
                .push(place);
        }
        for epoch in epochs(signed) {
            self.epochs.entry(*epoch).or_default().push(place);
        }
        if is_removal(signed.operation()) {
            self.removals.push(place);
        }
        self.nodes.push(Arc::new(node));
        place
    }

    pub(super) fn signed_by(&self, device: &DeviceId) -> &[usize] {
        listed(&self.signed_by, device)
    }

    pub(super) fn charged_to(&self, account: &MemberId) -> &[usize] {
        listed(&self.charged_to, account)
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = (&MemberId, &[usize])> {
        self.charged_to
            .iter()
            .map(|(account, places)| (account, places.as_slice()))
    }

    /// Operations that bring this key into the record.
    pub(super) fn links(&self, device: &DeviceId) -> &[usize] {
        listed(&self.links, device)
    }

    /// Operations that bring a key of this person into the record.
    pub(super) fn links_of(&self, member: &MemberId) -> &[usize] {
        listed(&self.links_of, member)
    }

    pub(super) fn grants(&self, holder: &Holder) -> &[usize] {
        listed(&self.grants, holder)
    }

    /// Grants, and the genesis, that make somebody a manager of something.
    pub(super) fn managing(&self) -> &[usize] {
        &self.managing
    }

    pub(super) fn joins(&self, member: &MemberId) -> &[usize] {
        listed(&self.joins, member)
    }

    /// The organisations that ever certified a person whose key this is.
    pub(super) fn certified_by(&self, device: &DeviceId) -> BTreeSet<[u8; 32]> {
        let node = |place: &usize| self.node(*place);
        let links = self.links(device).iter().filter_map(node);
        let members: BTreeSet<MemberId> = links
            .filter_map(|node| Some(link(&node.signed)?.1))
            .collect();
        let joins = members.iter().flat_map(|member| self.joins(member));
        let joins = joins.filter_map(node);
        joins.map(|join| *join.signed.signer().as_bytes()).collect()
    }

    /// Everybody an organisation ever certified.
    pub(super) fn staff(&self) -> impl Iterator<Item = &MemberId> {
        self.joins.keys()
    }

    pub(super) fn removals(&self) -> &[usize] {
        &self.removals
    }

    pub(super) fn epoch(&self, tag: &CompartmentTag, epoch: &EpochId) -> &[usize] {
        listed(&self.epochs, &(*tag, *epoch))
    }

    /// What a removal ends.
    pub(super) fn ended(&self, signed: &SignedOperation, before: &Places) -> Vec<Ended> {
        match signed.operation() {
            Operation::RemoveDevice { frontier } => vec![Ended::Device(frontier.device)],
            Operation::Revoke { grant, .. } | Operation::Close { grant, .. } => {
                self.place(grant).map(Ended::Grant).into_iter().collect()
            }
            Operation::StaffEnd { frontiers } => {
                self.ended_joins(signed.signer(), frontiers, before)
            }
            _ => Vec::new(),
        }
    }

    /// An organisation ends its own certificates; whoever manages, all of them.
    fn ended_joins(&self, signer: DeviceId, frontiers: &[Frontier], before: &Places) -> Vec<Ended> {
        let by_manager = !self.links(&signer).is_empty();
        let members = frontiers
            .iter()
            .map(|frontier| MemberId::from(frontier.device));
        members
            .flat_map(|member| self.joins(&member).iter().copied())
            .filter(|join| before.contains(*join))
            .filter(|join| {
                let by = self.node(*join).map(|node| node.signed.signer());
                by_manager || by == Some(signer)
            })
            .map(Ended::Join)
            .collect()
    }
}

fn listed<'a, K: Ord>(map: &'a BTreeMap<K, Vec<usize>>, key: &K) -> &'a [usize] {
    map.get(key).map(Vec::as_slice).unwrap_or_default()
}

/// The key that an operation brings into the record, and whose it is.
pub(super) fn link(signed: &SignedOperation) -> Option<(&DevicePublic, MemberId)> {
    match signed.operation() {
        Operation::Genesis(genesis) => Some((&genesis.device, MemberId::from(genesis.device.id()))),
        Operation::AddDevice { member, device } => Some((device, *member)),
        Operation::Grant(Grant {
            grantee: Grantee::Person(device),
            ..
        }) => Some((device, MemberId::from(device.id()))),
        Operation::StaffJoin { staff, .. } => Some((staff, MemberId::from(staff.id()))),
        _ => None,
    }
}

/// Whom an operation grants something.
pub(super) fn holder(signed: &SignedOperation) -> Option<Holder> {
    match signed.operation() {
        Operation::Genesis(genesis) => Some(Holder::Member(MemberId::from(genesis.device.id()))),
        Operation::Grant(grant) => Some(match &grant.grantee {
            Grantee::Person(device) => Holder::Member(MemberId::from(device.id())),
            Grantee::Member(member) => Holder::Member(*member),
            Grantee::Organisation(key) => Holder::Organisation(*key),
        }),
        _ => None,
    }
}

/// What an operation grants.
pub(super) fn rights(
    signed: &SignedOperation,
) -> impl Iterator<Item = (CompartmentTag, Right)> + '_ {
    let (all, some) = match signed.operation() {
        Operation::Genesis(genesis) => (genesis.compartments.as_slice(), &[][..]),
        Operation::Grant(grant) => (&[][..], grant.rights.as_slice()),
        _ => (&[][..], &[][..]),
    };
    all.iter()
        .map(|(tag, _)| (*tag, Right::Manage))
        .chain(some.iter().copied())
}

/// The keys an operation commits to.
pub(super) fn epochs(signed: &SignedOperation) -> &[(CompartmentTag, EpochId)] {
    match signed.operation() {
        Operation::Genesis(genesis) => &genesis.compartments,
        Operation::Rotate { epochs } => epochs,
        _ => &[],
    }
}

/// Does it take something away?
pub(super) fn is_removal(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::RemoveDevice { .. }
            | Operation::Revoke { .. }
            | Operation::Close { .. }
            | Operation::StaffEnd { .. }
    )
}

/// How far the keys that lose by a removal had got.
pub(super) fn frontiers(operation: &Operation) -> &[Frontier] {
    match operation {
        Operation::RemoveDevice { frontier } => std::slice::from_ref(frontier),
        Operation::Revoke { frontiers, .. }
        | Operation::Close { frontiers, .. }
        | Operation::StaffEnd { frontiers } => frontiers,
        _ => &[],
    }
}
