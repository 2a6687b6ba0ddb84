//! What a set of operations amounts to. A function of the set alone: no clock and no order of arrival enters.

use super::{
    graph::{Ended, Graph, Holder, Node, epochs, is_removal, link, rights},
    places::Places,
    resolve::Resolved,
    sight::Sight,
};
use crate::{
    device::DevicePublic,
    id::{ChunkId, CompartmentTag, DeviceId, EpochId, MemberId, OperationId, RecordId, SnapshotId},
    ledger::{
        operation::{Operation, UntilDate},
        rights::Right,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The key by which an organisation certifies its staff (Ed25519). It is also the organisation's name in the ledger.
pub type OrganisationKey = [u8; 32];

/// Who is in the record, what they may do, and which keys are in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    record: RecordId,
    founder: MemberId,
    devices: BTreeMap<DeviceId, Device>,
    members: BTreeMap<MemberId, BTreeMap<OperationId, Granted>>,
    organisations: BTreeMap<OrganisationKey, BTreeMap<OperationId, Granted>>,
    epochs: BTreeMap<CompartmentTag, BTreeMap<EpochId, Epoch>>,
    endorsed: BTreeMap<CompartmentTag, BTreeSet<ChunkId>>,
    restarts: BTreeMap<CompartmentTag, BTreeMap<OperationId, SnapshotId>>,
    void: BTreeSet<OperationId>,
}

/// A key that is or was in the record. It may belong to more than one member, if two people added it without seeing each
/// other.
#[derive(Debug, Clone)]
struct Device {
    public: Key,
    members: BTreeSet<MemberId>,
    here: bool,
    removed: bool,
}

/// The operation that brought a key in: it holds the key, and is shared by all states.
type Key = Arc<Node>;

impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        let all = |device: &Self| (device.here, device.removed);
        (all(self), &self.members, self.public()) == (all(other), &other.members, other.public())
    }
}

impl Eq for Device {}

impl Device {
    fn public(&self) -> Option<&DevicePublic> {
        link(&self.public.signed).map(|(public, _)| public)
    }
}

/// A grant in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Who gave it.
    pub by: DeviceId,
    /// What it gives.
    pub rights: BTreeMap<CompartmentTag, Right>,
    /// Last day it holds, if it ends. Nothing ends by itself: from then on a relay refuses, and a manager closes it.
    pub until: Option<UntilDate>,
    /// May its holder pass it on?
    pub delegate: bool,
    /// SHA-256 of the salted consent.
    pub consent: Option<[u8; 32]>,
    /// The organisation it was given to, if its holder has it as a member of its staff.
    pub organisation: Option<OrganisationKey>,
}

/// One generation of a compartment's key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Epoch {
    by: OperationId,
    /// The operation that committed to it is in force.
    in_force: bool,
    /// It is, and no other one in force replaced it.
    newest: bool,
}

impl State {
    pub(super) fn of(graph: &Graph, resolved: &Resolved) -> Option<Self> {
        let genesis = graph.node(0)?;
        let (_, founder) = link(&genesis.signed)?;
        let sight = resolved.sight(graph);
        let members = members(graph, resolved, &sight);
        let devices = devices(graph, resolved, &sight, &members);
        let mut state = Self {
            record: genesis.signed.record(),
            founder,
            devices,
            members,
            organisations: organisations(graph, &sight),
            epochs: generations(graph, resolved),
            endorsed: BTreeMap::new(),
            restarts: BTreeMap::new(),
            void: BTreeSet::new(),
        };
        for place in resolved.set.iter() {
            if let Some(node) = graph.node(place) {
                state.note(node, resolved.effective.contains(place));
            }
        }
        Some(state)
    }

    fn note(&mut self, node: &Node, in_force: bool) {
        let id = node.signed.id();
        match node.signed.operation() {
            _ if !in_force => {
                self.void.insert(id);
            }
            Operation::Endorse {
                compartment,
                chunks,
            } => self
                .endorsed
                .entry(*compartment)
                .or_default()
                .extend(chunks),
            Operation::Restart {
                compartment,
                snapshot,
            } => {
                self.restarts
                    .entry(*compartment)
                    .or_default()
                    .insert(id, *snapshot);
            }
            _ => {}
        }
    }

    /// Whose record.
    pub fn record(&self) -> RecordId {
        self.record
    }

    /// The person who began it.
    pub fn founder(&self) -> MemberId {
        self.founder
    }

    /// The public keys of a device, if it is in the record: not removed, and its person holds a grant.
    pub fn device(&self, device: &DeviceId) -> Option<&DevicePublic> {
        self.devices
            .get(device)
            .filter(|device| device.here)?
            .public()
    }

    /// The public keys of a device that is or was in the record: what it signed in its time can still be verified.
    pub fn known_device(&self, device: &DeviceId) -> Option<&DevicePublic> {
        self.devices.get(device)?.public()
    }

    /// Was this device removed? It never comes back: whoever returns makes new keys.
    pub fn was_removed(&self, device: &DeviceId) -> bool {
        self.devices
            .get(device)
            .is_some_and(|device| device.removed)
    }

    /// All devices in the record.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, &DevicePublic)> {
        self.known_devices()
            .filter(|(id, _)| self.device(id).is_some())
    }

    /// All devices that are or were in the record.
    pub fn known_devices(&self) -> impl Iterator<Item = (DeviceId, &DevicePublic)> {
        self.devices
            .iter()
            .filter_map(|(id, device)| Some((*id, device.public()?)))
    }

    /// The devices of a person that are in the record.
    pub fn devices_of(&self, member: &MemberId) -> impl Iterator<Item = &DevicePublic> {
        let theirs = |device: &&Device| device.here && device.members.contains(member);
        self.devices
            .values()
            .filter(theirs)
            .filter_map(Device::public)
    }

    /// The persons a device belongs to: one, but for rare concurrent additions. A removed device still tells whose it was.
    pub fn members_of(&self, device: &DeviceId) -> impl Iterator<Item = MemberId> {
        self.devices
            .get(device)
            .into_iter()
            .flat_map(|device| device.members.iter().copied())
    }

    /// All persons who hold something, with their grants in force, those of their organisations among them.
    pub fn members(&self) -> impl Iterator<Item = (MemberId, &BTreeMap<OperationId, Granted>)> {
        self.members
            .iter()
            .map(|(member, grants)| (*member, grants))
    }

    /// All organisations that hold something.
    pub fn organisations(
        &self,
    ) -> impl Iterator<Item = (OrganisationKey, &BTreeMap<OperationId, Granted>)> {
        self.organisations
            .iter()
            .map(|(organisation, grants)| (*organisation, grants))
    }

    /// The organisations that have this device's person as staff now.
    pub fn employers_of(&self, device: &DeviceId) -> BTreeSet<OrganisationKey> {
        self.members_of(device)
            .filter_map(|member| self.members.get(&member))
            .flat_map(BTreeMap::values)
            .filter_map(|granted| granted.organisation)
            .collect()
    }

    /// Do these two work for the same organisation now?
    pub fn are_colleagues(&self, one: &DeviceId, other: &DeviceId) -> bool {
        !self
            .employers_of(one)
            .is_disjoint(&self.employers_of(other))
    }

    /// Does this person hold anything?
    pub fn has_member(&self, member: &MemberId) -> bool {
        self.members.contains_key(member)
    }

    /// What a device may do in a compartment: the strongest of its person's grants.
    pub fn right(&self, device: &DeviceId, compartment: &CompartmentTag) -> Option<Right> {
        self.right_on(device, compartment, None)
    }

    /// As [`State::right`], without the grants whose last day is before this one.
    pub fn right_on(
        &self,
        device: &DeviceId,
        compartment: &CompartmentTag,
        day: Option<UntilDate>,
    ) -> Option<Right> {
        self.device(device)?;
        let held = self
            .members_of(device)
            .filter_map(|member| self.members.get(&member))
            .flat_map(BTreeMap::values)
            .filter(|granted| !granted.has_expired(day));
        held.filter_map(|granted| granted.rights.get(compartment).copied())
            .max()
    }

    /// What a person may do in a compartment.
    pub fn member_right(&self, member: &MemberId, compartment: &CompartmentTag) -> Option<Right> {
        self.members
            .get(member)?
            .values()
            .filter_map(|granted| granted.rights.get(compartment).copied())
            .max()
    }

    /// May this device do at least this here?
    pub fn may(&self, device: &DeviceId, compartment: &CompartmentTag, right: Right) -> bool {
        self.right(device, compartment) >= Some(right)
    }

    /// The compartments, as the relay knows them.
    pub fn compartments(&self) -> impl Iterator<Item = CompartmentTag> {
        self.epochs.keys().copied()
    }

    /// Is this a key of that compartment? Keys of voided rotations are: what was sealed under them stays readable.
    pub fn has_epoch(&self, compartment: &CompartmentTag, epoch: &EpochId) -> bool {
        self.epochs
            .get(compartment)
            .is_some_and(|epochs| epochs.contains_key(epoch))
    }

    /// Did an operation in force commit to this key? Otherwise it serves for reading only.
    pub fn is_in_force(&self, compartment: &CompartmentTag, epoch: &EpochId) -> bool {
        let epochs = self.epochs.get(compartment);
        epochs
            .and_then(|epochs| epochs.get(epoch))
            .is_some_and(|epoch| epoch.in_force)
    }

    /// All keys a compartment ever had.
    pub fn epochs(&self, compartment: &CompartmentTag) -> impl Iterator<Item = EpochId> {
        self.epochs
            .get(compartment)
            .into_iter()
            .flat_map(|epochs| epochs.keys().copied())
    }

    /// The operation that committed to a key.
    pub fn epoch_began(
        &self,
        compartment: &CompartmentTag,
        epoch: &EpochId,
    ) -> Option<OperationId> {
        Some(self.epochs.get(compartment)?.get(epoch)?.by)
    }

    /// The keys no other key replaced, ascending: one, or several after rotations that did not see each other.
    pub fn newest_epochs(&self, compartment: &CompartmentTag) -> impl Iterator<Item = EpochId> {
        let epochs = self.epochs.get(compartment).into_iter().flatten();
        epochs.filter(|(_, epoch)| epoch.newest).map(|(id, _)| *id)
    }

    /// Did a guardian answer for this chunk?
    pub fn is_endorsed(&self, compartment: &CompartmentTag, chunk: &ChunkId) -> bool {
        self.endorsed
            .get(compartment)
            .is_some_and(|chunks| chunks.contains(chunk))
    }

    /// From which snapshots a compartment was made to go on, by operation.
    pub fn restarts(
        &self,
        compartment: &CompartmentTag,
    ) -> impl Iterator<Item = (OperationId, SnapshotId)> {
        let restarts = self.restarts.get(compartment).into_iter().flatten();
        restarts.map(|(operation, snapshot)| (*operation, *snapshot))
    }

    /// Was this operation taken, and is it not in force? Its signer was removed by somebody who had not seen it.
    pub fn is_void(&self, operation: &OperationId) -> bool {
        self.void.contains(operation)
    }

    /// The operations that are not in force, ascending.
    pub fn void(&self) -> impl Iterator<Item = OperationId> {
        self.void.iter().copied()
    }
}

impl Granted {
    /// Is its last day before this one?
    pub fn has_expired(&self, day: Option<UntilDate>) -> bool {
        day.zip(self.until).is_some_and(|(day, until)| until < day)
    }
}

fn members(
    graph: &Graph,
    resolved: &Resolved,
    sight: &Sight<'_>,
) -> BTreeMap<MemberId, BTreeMap<OperationId, Granted>> {
    let mut known = BTreeSet::new();
    for node in resolved.set.iter().filter_map(|place| graph.node(place)) {
        known.extend(link(&node.signed).map(|(_, member)| member));
    }
    let mut members = BTreeMap::new();
    for member in known {
        let own = sight.held_by(&Holder::Member(member));
        let mut grants: BTreeMap<OperationId, Granted> = granted(graph, &own).collect();
        for (organisation, until) in employments(graph, sight, &member) {
            let held = sight.held_by(&Holder::Organisation(organisation));
            for (id, mut granted) in granted(graph, &held) {
                granted.organisation = Some(organisation);
                granted.until = [granted.until, until].into_iter().flatten().min();
                grants.insert(id, granted);
            }
        }
        if !grants.is_empty() {
            members.insert(member, grants);
        }
    }
    members
}

/// The organisations a person works for, each with the last day of the certificate that holds for longest.
fn employments(
    graph: &Graph,
    sight: &Sight<'_>,
    member: &MemberId,
) -> BTreeMap<OrganisationKey, Option<UntilDate>> {
    let mut employments: BTreeMap<OrganisationKey, Option<UntilDate>> = BTreeMap::new();
    let joins = graph.joins(member).iter().copied();
    for join in joins.filter(|join| sight.stands(*join)) {
        let ended = sight.is_ended(&super::graph::Ended::Join(join));
        let Some(node) = graph.node(join).filter(|_| !ended) else {
            continue;
        };
        if let Operation::StaffJoin { until, .. } = node.signed.operation() {
            employments
                .entry(*node.signed.signer().as_bytes())
                .and_modify(|longest| {
                    *longest = longest.zip(*until).map(|(a, b)| a.max(b));
                })
                .or_insert(*until);
        }
    }
    employments
}

fn organisations(
    graph: &Graph,
    sight: &Sight<'_>,
) -> BTreeMap<OrganisationKey, BTreeMap<OperationId, Granted>> {
    graph
        .organisations()
        .map(|key| {
            let held = sight.held_by(&Holder::Organisation(key));
            (key, granted(graph, &held).collect::<BTreeMap<_, _>>())
        })
        .filter(|(_, grants)| !grants.is_empty())
        .collect()
}

fn granted<'a>(
    graph: &'a Graph,
    places: &'a [usize],
) -> impl Iterator<Item = (OperationId, Granted)> + 'a {
    let nodes = places.iter().filter_map(|place| graph.node(*place));
    nodes.map(|node| {
        let (until, delegate, consent) = match node.signed.operation() {
            Operation::Grant(grant) => (grant.until, grant.delegate, grant.consent),
            _ => (None, false, None),
        };
        let granted = Granted {
            by: node.signed.signer(),
            rights: rights(&node.signed).collect(),
            until,
            delegate,
            consent,
            organisation: None,
        };
        (node.signed.id(), granted)
    })
}

fn devices(
    graph: &Graph,
    resolved: &Resolved,
    sight: &Sight<'_>,
    holding: &BTreeMap<MemberId, BTreeMap<OperationId, Granted>>,
) -> BTreeMap<DeviceId, Device> {
    let mut devices: BTreeMap<DeviceId, Device> = BTreeMap::new();
    for place in resolved.set.iter() {
        let Some(node) = graph.shared(place) else {
            continue;
        };
        let Some((public, _)) = link(&node.signed) else {
            continue;
        };
        let id = public.id();
        if devices.contains_key(&id) {
            continue;
        }
        let members = sight.members_ever_of(&id);
        let here = sight
            .members_of(&id)
            .iter()
            .any(|member| holding.contains_key(member));
        let public = Arc::clone(node);
        let device = Device {
            public,
            members,
            here,
            removed: resolved.ends.contains_key(&Ended::Device(id)),
        };
        devices.insert(id, device);
    }
    devices
}

/// All keys of all compartments. A key is the newest until an operation in force that followed its own replaced it.
fn generations(
    graph: &Graph,
    resolved: &Resolved,
) -> BTreeMap<CompartmentTag, BTreeMap<EpochId, Epoch>> {
    let mut replaced: BTreeMap<CompartmentTag, Places> = BTreeMap::new();
    let of = |places: &Places| -> Vec<(usize, &Node)> {
        places
            .iter()
            .filter_map(|place| Some((place, graph.node(place)?)))
            .filter(|(_, node)| !is_removal(node.signed.operation()))
            .filter(|(_, node)| !epochs(&node.signed).is_empty())
            .collect()
    };
    for (_, node) in of(&resolved.effective) {
        for (tag, _) in epochs(&node.signed) {
            replaced.entry(*tag).or_default().add(&node.before);
        }
    }
    let mut generations: BTreeMap<CompartmentTag, BTreeMap<EpochId, Epoch>> = BTreeMap::new();
    for (place, node) in of(&resolved.set) {
        let by = node.signed.id();
        for (tag, id) in epochs(&node.signed) {
            let is_replaced = replaced.get(tag).is_some_and(|by| by.contains(place));
            let newest = resolved.effective.contains(place) && !is_replaced;
            let known = generations.entry(*tag).or_default().entry(*id);
            let epoch = known.or_insert(Epoch {
                by,
                in_force: false,
                newest,
            });
            epoch.in_force |= resolved.effective.contains(place);
            // Two rotations that did not see each other may commit to the same key.
            epoch.by = epoch.by.min(by);
            epoch.newest &= newest;
        }
    }
    generations
}
