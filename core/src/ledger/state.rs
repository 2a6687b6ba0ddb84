//! What a set of operations amounts to. A function of the set alone: no clock and no order of arrival enters.

use crate::{
    device::DevicePublic,
    id::{CompartmentTag, DeviceId, EpochId, MemberId, OperationId, RecordId},
    ledger::{
        operation::{Genesis, Grant, Grantee, Operation, SignedOperation, UntilDate},
        rights::Right,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Who is in the record, what they may do, and which keys are in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    record: RecordId,
    founder: MemberId,
    devices: BTreeMap<DeviceId, Device>,
    members: BTreeMap<MemberId, BTreeMap<OperationId, Granted>>,
    epochs: BTreeMap<CompartmentTag, BTreeMap<EpochId, Epoch>>,
}

/// A key in the record. It may belong to more than one member, if two people added it without seeing each other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Device {
    public: Arc<DevicePublic>,
    members: BTreeSet<MemberId>,
}

/// A grant in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Who gave it.
    pub by: DeviceId,
    /// What it gives.
    pub rights: BTreeMap<CompartmentTag, Right>,
    /// Last day it holds, if it ends.
    pub until: Option<UntilDate>,
}

/// One generation of a compartment's key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Epoch {
    by: OperationId,
    supersedes: BTreeSet<EpochId>,
}

/// What an operation in force does, settled by what its signer had seen.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    Nothing,
    Device {
        public: Arc<DevicePublic>,
        member: MemberId,
    },
    Grant {
        operation: OperationId,
        member: MemberId,
        person: Option<Arc<DevicePublic>>,
        granted: Granted,
    },
    Epochs {
        by: OperationId,
        epochs: Vec<(CompartmentTag, EpochId, BTreeSet<EpochId>)>,
    },
}

impl Effect {
    /// `before` is the state the signer saw.
    pub(super) fn of(operation: &SignedOperation, before: &State) -> Self {
        match operation.operation() {
            Operation::AddDevice { member, device } => Self::Device {
                public: Arc::new(device.clone()),
                member: *member,
            },
            Operation::Grant(grant) => Self::of_grant(grant, operation),
            Operation::Rotate { epochs } => Self::Epochs {
                by: operation.id(),
                epochs: epochs
                    .iter()
                    .map(|(tag, epoch)| (*tag, *epoch, before.newest_epochs(tag).collect()))
                    .collect(),
            },
            // `State::begin` is the genesis, and `check` refuses what is not in force.
            Operation::Genesis(_)
            | Operation::RemoveDevice { .. }
            | Operation::Revoke { .. }
            | Operation::Close { .. }
            | Operation::Endorse { .. }
            | Operation::Restart { .. }
            | Operation::StaffJoin { .. }
            | Operation::StaffEnd { .. } => Self::Nothing,
        }
    }

    fn of_grant(grant: &Grant, operation: &SignedOperation) -> Self {
        let (member, person) = match &grant.grantee {
            Grantee::Person(device) => {
                (MemberId::from(device.id()), Some(Arc::new(device.clone())))
            }
            Grantee::Member(member) => (*member, None),
            Grantee::Organisation(_) => return Self::Nothing,
        };
        let granted = Granted {
            by: operation.signer(),
            rights: grant.rights.iter().copied().collect(),
            until: grant.until,
        };
        Self::Grant {
            operation: operation.id(),
            member,
            person,
            granted,
        }
    }
}

impl State {
    pub(super) fn begin(genesis: &Genesis, operation: &SignedOperation) -> Self {
        let device = genesis.device.id();
        let founder = MemberId::from(device);
        let tags = genesis.compartments.iter();
        let granted = Granted {
            by: device,
            rights: tags.clone().map(|(tag, _)| (*tag, Right::Manage)).collect(),
            until: None,
        };
        let mut state = Self {
            record: operation.record(),
            founder,
            devices: BTreeMap::new(),
            members: BTreeMap::from([(founder, BTreeMap::from([(operation.id(), granted)]))]),
            epochs: BTreeMap::new(),
        };
        state.add_device(&Arc::new(genesis.device.clone()), founder);
        for (tag, epoch) in tags {
            state.add_epoch(*tag, *epoch, operation.id(), &BTreeSet::new());
        }
        state
    }

    /// Adds what an operation does. Effects commute: each adds to sets, and nothing takes away.
    pub(super) fn add(&mut self, effect: &Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::Device { public, member } => self.add_device(public, *member),
            Effect::Grant {
                operation,
                member,
                person,
                granted,
            } => {
                if let Some(public) = person {
                    self.add_device(public, *member);
                }
                self.members
                    .entry(*member)
                    .or_default()
                    .insert(*operation, granted.clone());
            }
            Effect::Epochs { by, epochs } => {
                for (tag, epoch, supersedes) in epochs {
                    self.add_epoch(*tag, *epoch, *by, supersedes);
                }
            }
        }
    }

    fn add_device(&mut self, public: &Arc<DevicePublic>, member: MemberId) {
        let device = self.devices.entry(public.id()).or_insert_with(|| Device {
            public: Arc::clone(public),
            members: BTreeSet::new(),
        });
        device.members.insert(member);
    }

    /// Two rotations that did not see each other may commit to the same key; what they say of it is joined.
    fn add_epoch(
        &mut self,
        tag: CompartmentTag,
        epoch: EpochId,
        by: OperationId,
        supersedes: &BTreeSet<EpochId>,
    ) {
        let known = self
            .epochs
            .entry(tag)
            .or_default()
            .entry(epoch)
            .or_insert(Epoch {
                by,
                supersedes: BTreeSet::new(),
            });
        known.by = known.by.min(by);
        known.supersedes.extend(supersedes);
    }

    /// Whose record.
    pub fn record(&self) -> RecordId {
        self.record
    }

    /// The person who began it.
    pub fn founder(&self) -> MemberId {
        self.founder
    }

    /// The public keys of a device, if it is in the record.
    pub fn device(&self, device: &DeviceId) -> Option<&DevicePublic> {
        self.devices
            .get(device)
            .map(|device| device.public.as_ref())
    }

    /// All devices.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, &DevicePublic)> {
        self.devices
            .iter()
            .map(|(id, device)| (*id, device.public.as_ref()))
    }

    /// The devices of a person.
    pub fn devices_of(&self, member: &MemberId) -> impl Iterator<Item = &DevicePublic> {
        let theirs = |device: &&Device| device.members.contains(member);
        self.devices
            .values()
            .filter(theirs)
            .map(|device| device.public.as_ref())
    }

    /// The persons a device belongs to: one, but for rare concurrent additions.
    pub fn members_of(&self, device: &DeviceId) -> impl Iterator<Item = MemberId> {
        self.devices
            .get(device)
            .into_iter()
            .flat_map(|device| device.members.iter().copied())
    }

    /// All persons with their grants in force.
    pub fn members(&self) -> impl Iterator<Item = (MemberId, &BTreeMap<OperationId, Granted>)> {
        self.members
            .iter()
            .map(|(member, grants)| (*member, grants))
    }

    /// Is this person in the record?
    pub fn has_member(&self, member: &MemberId) -> bool {
        self.members.contains_key(member)
    }

    /// What a device may do in a compartment: the strongest of its person's grants.
    pub fn right(&self, device: &DeviceId, compartment: &CompartmentTag) -> Option<Right> {
        self.members_of(device)
            .filter_map(|member| self.member_right(&member, compartment))
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

    /// Is this a key of that compartment?
    pub fn has_epoch(&self, compartment: &CompartmentTag, epoch: &EpochId) -> bool {
        self.epochs
            .get(compartment)
            .is_some_and(|epochs| epochs.contains_key(epoch))
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
        let epochs = self.epochs.get(compartment);
        let superseded: BTreeSet<EpochId> = epochs
            .iter()
            .flat_map(|epochs| epochs.values())
            .flat_map(|epoch| epoch.supersedes.clone())
            .collect();
        epochs
            .into_iter()
            .flat_map(|epochs| epochs.keys().copied())
            .filter(move |id| !superseded.contains(id))
    }
}
