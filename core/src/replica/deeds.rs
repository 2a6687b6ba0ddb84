//! Who did what with the record, in the ledger's order: let in, taken back, brought new keys, answered for.

use super::Replica;
use crate::{
    compartment::Compartment,
    id::{CompartmentTag, DeviceId, OperationId},
    ledger::operation::{Frontier, Grantee, Operation, SignedOperation, UntilDate},
    time::UnixMillis,
    view::Names,
};
use jiff::civil::Date;
use serde::Serialize;

/// One operation of the ledger, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deed {
    /// Which operation.
    pub id: OperationId,
    /// When, by the clock of whoever signed it.
    pub at: UnixMillis,
    /// What: the operation's name.
    pub what: &'static str,
    /// Whose key signed it. An organisation's key is no device, and is named all the same.
    pub by: DeviceId,
    /// The name a manager gave them; empty if none did.
    pub name: String,
    /// `false`: somebody removed had no say any more.
    pub in_force: bool,
    /// The last day of what it gives, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The keys that it lets in, or whose time it ends; ascending.
    pub devices: Vec<DeviceId>,
    /// The grant that it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<OperationId>,
    /// The compartments it is about, as far as this device knows what they are.
    pub compartments: Vec<Compartment>,
}

impl Replica {
    /// Everything that was done with the record, parents before children; the same on every device with the same ledger.
    pub fn deeds(&self) -> Vec<Deed> {
        let ledger = self.ledger.iter();
        let signed = ledger.flat_map(|ledger| ledger.in_order());
        let names = self.names();
        signed.map(|signed| self.deed(signed, &names)).collect()
    }

    fn deed(&self, signed: &SignedOperation, names: &Names) -> Deed {
        let operation = signed.operation();
        let void = self.ledger().map(|ledger| ledger.state());
        let void = void.is_some_and(|state| state.is_void(&signed.id()));
        let tags = tags(operation).into_iter();
        let mut compartments: Vec<_> = tags.filter_map(|tag| self.keyring.name(&tag)).collect();
        compartments.sort_unstable();
        Deed {
            id: signed.id(),
            at: signed.at(),
            what: operation.name(),
            by: signed.signer(),
            name: names.name(&signed.signer()),
            in_force: !void,
            until: until(operation).and_then(UntilDate::date),
            devices: devices(operation),
            grant: match operation {
                Operation::Revoke { grant, .. } | Operation::Close { grant, .. } => Some(*grant),
                _ => None,
            },
            compartments,
        }
    }
}

fn devices(operation: &Operation) -> Vec<DeviceId> {
    let ended = |frontiers: &[Frontier]| {
        let mut devices: Vec<_> = frontiers.iter().map(|frontier| frontier.device).collect();
        devices.sort_unstable();
        devices
    };
    match operation {
        Operation::Genesis(genesis) => vec![genesis.device.id()],
        Operation::AddDevice { device, .. } => vec![device.id()],
        Operation::Grant(grant) => match &grant.grantee {
            Grantee::Person(device) => vec![device.id()],
            Grantee::Member(_) | Grantee::Organisation(_) => Vec::new(),
        },
        Operation::StaffJoin { staff, .. } => vec![staff.id()],
        Operation::RemoveDevice { frontier } => vec![frontier.device],
        Operation::Revoke { frontiers, .. }
        | Operation::Close { frontiers, .. }
        | Operation::StaffEnd { frontiers } => ended(frontiers),
        Operation::Rotate { .. } | Operation::Endorse { .. } | Operation::Restart { .. } => {
            Vec::new()
        }
    }
}

fn tags(operation: &Operation) -> Vec<CompartmentTag> {
    match operation {
        Operation::Genesis(genesis) => genesis.compartments.iter().map(|(tag, _)| *tag).collect(),
        Operation::Grant(grant) => grant.rights.iter().map(|(tag, _)| *tag).collect(),
        Operation::Rotate { epochs } => epochs.iter().map(|(tag, _)| *tag).collect(),
        Operation::Endorse { compartment, .. } | Operation::Restart { compartment, .. } => {
            vec![*compartment]
        }
        Operation::AddDevice { .. }
        | Operation::RemoveDevice { .. }
        | Operation::Revoke { .. }
        | Operation::Close { .. }
        | Operation::StaffJoin { .. }
        | Operation::StaffEnd { .. } => Vec::new(),
    }
}

fn until(operation: &Operation) -> Option<UntilDate> {
    match operation {
        Operation::Grant(grant) => grant.until,
        Operation::StaffJoin { until, .. } => *until,
        _ => None,
    }
}
