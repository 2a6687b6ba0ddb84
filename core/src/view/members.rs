//! Who people are: the kind `member`, which counts only when a manager of the record says it.

use super::facts::{Counted, Counting, Standings};
use crate::{
    compartment::Compartment,
    id::DeviceId,
    screen::source::Role,
    statement::{Body, Statement, StatementId, Value},
    view::{Author, Authority, Right},
};
use std::collections::{BTreeMap, HashMap};

/// Who somebody is, as a manager of the record named them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// As called.
    pub name: String,
    /// Their part in the child's care.
    pub role: Role,
    /// Where they work; may be empty.
    pub organisation: String,
}

/// Whom managers named, by device; of several names the newest.
pub fn named(
    documents: &[(Compartment, &[Statement])],
    authority: &impl Authority,
) -> BTreeMap<DeviceId, Named> {
    let mut members = Members::default();
    for (place, statements) in documents {
        members.learn(*place, &Counting::new(*place, statements, authority));
    }
    let anywhere = members.anywhere.into_iter();
    anywhere
        .map(|(device, said)| (device, said.named))
        .collect()
}

/// Names and roles of devices, by compartment: a nurse who reads only `care` still learns who wrote there.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_compartment: HashMap<(Compartment, DeviceId), Naming>,
    anywhere: HashMap<DeviceId, Naming>,
}

#[derive(Debug, Clone)]
struct Naming {
    /// Claimed time, then id: the newest counts.
    said: (i64, StatementId),
    named: Named,
}

impl Members {
    /// Learns the members that managers name in a compartment.
    pub(super) fn learn(&mut self, compartment: Compartment, counting: &Counting<'_>) {
        for said in counting.facts().values() {
            let by_managers: Vec<Counted<'_>> = said
                .iter()
                .filter(|counted| {
                    counted.right >= Right::Manage && counted.statement.kind == "member"
                })
                .copied()
                .collect();
            if let Some((device, named)) = member(&by_managers) {
                keep_newest(self.by_compartment.entry((compartment, device)), &named);
                keep_newest(self.anywhere.entry(device), &named);
            }
        }
    }

    /// Who this device is. Without a name if no manager gave it one.
    pub(super) fn author(&self, compartment: Compartment, device: DeviceId) -> Author {
        let named = self
            .by_compartment
            .get(&(compartment, device))
            .or_else(|| self.anywhere.get(&device));
        Author {
            device,
            name: named
                .map(|said| said.named.name.clone())
                .unwrap_or_default(),
            role: named.map(|said| said.named.role).unwrap_or_default(),
        }
    }
}

fn keep_newest<K>(entry: std::collections::hash_map::Entry<'_, K, Naming>, named: &Naming) {
    let kept = entry.or_insert_with(|| named.clone());
    if kept.said < named.said {
        *kept = named.clone();
    }
}

/// The member that one fact names, by the newest standing value of each field.
fn member(said: &[Counted<'_>]) -> Option<(DeviceId, Naming)> {
    let standings = Standings::new(said);
    if !standings.retractions.is_empty() {
        return None;
    }
    let newest = |field: &str| {
        said.iter()
            .filter_map(|counted| {
                let statement = counted.statement;
                let Body::Set { fields, .. } = &statement.body else {
                    return None;
                };
                let (field, value) = fields.get_key_value(field)?;
                let Value::Text(text) = value else {
                    return None;
                };
                standings
                    .stands(statement.id, field)
                    .then_some(((statement.said_at.0, statement.id), text))
            })
            .max()
    };
    let (device, name, role) = (newest("device")?, newest("name"), newest("role"));
    let organisation = newest("organisation");
    let text = |said: Option<(_, &String)>| said.map(|(_, text)| text.clone()).unwrap_or_default();
    let named = Naming {
        said: [Some(device.0), name.map(|n| n.0), role.map(|r| r.0)]
            .into_iter()
            .flatten()
            .max()?,
        named: Named {
            name: text(name),
            role: role.and_then(|(_, text)| role_of(text)).unwrap_or_default(),
            organisation: text(organisation),
        },
    };
    Some((device.1.parse().ok()?, named))
}

fn role_of(text: &str) -> Option<Role> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
