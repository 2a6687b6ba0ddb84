//! Who people are: the kind `member`, which counts only when a manager of the record says it. Of whom no manager named, a
//! colleague may say the name; the role stays the one that a manager gave to staff of their organisation.

use super::facts::{Counted, Counting, Standings};
use crate::{
    compartment::Compartment,
    id::DeviceId,
    ledger::OrganisationKey,
    screen::source::Role,
    statement::{Body, Statement, StatementId, Value},
    view::{Author, Authority, Right},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// Whom managers named, or else a colleague, by device; of several names the newest.
#[derive(Debug, Clone, Default)]
pub struct Names(BTreeMap<DeviceId, Named>);

impl Names {
    /// Who this is; `None`: nobody who may has said it.
    pub fn get(&self, device: &DeviceId) -> Option<&Named> {
        self.0.get(device)
    }

    /// What this one is called; empty if nobody who may has said it.
    pub fn name(&self, device: &DeviceId) -> String {
        self.get(device)
            .map(|named| named.name.clone())
            .unwrap_or_default()
    }
}

/// Reads them out of everything that was said.
pub fn named(documents: &[(Compartment, &[Statement])], authority: &impl Authority) -> Names {
    let counting = documents.iter().map(|(place, statements)| {
        let counting = Counting::new(*place, statements, authority);
        (*place, counting)
    });
    let members = Members::of(&counting.collect::<Vec<_>>(), authority);
    let by_colleagues = members.by_colleagues.into_iter();
    let all = by_colleagues.chain(members.anywhere);
    Names(all.map(|(device, said)| (device, said.named)).collect())
}

/// Names and roles of devices, by compartment: a nurse who reads only `care` still learns who wrote there.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_compartment: HashMap<(Compartment, DeviceId), Naming>,
    anywhere: HashMap<DeviceId, Naming>,
    by_colleagues: HashMap<DeviceId, Naming>,
    /// What the staff of an organisation do, as a manager said last.
    staff: HashMap<OrganisationKey, Naming>,
}

#[derive(Debug, Clone)]
struct Naming {
    /// Claimed time, then id: the newest counts.
    said: (i64, StatementId),
    named: Named,
}

impl Members {
    /// Whom managers name, and then whom colleagues do.
    pub(super) fn of(
        documents: &[(Compartment, Counting<'_>)],
        authority: &impl Authority,
    ) -> Self {
        let mut members = Self::default();
        for (compartment, counting) in documents {
            members.learn(*compartment, counting, authority);
        }
        for (_, counting) in documents {
            members.learn_colleagues(counting, authority);
        }
        members
    }

    /// Learns the members that managers name in a compartment.
    fn learn(
        &mut self,
        compartment: Compartment,
        counting: &Counting<'_>,
        authority: &impl Authority,
    ) {
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
                for organisation in authority.organisations(&device) {
                    keep_newest(self.staff.entry(organisation), &named);
                }
            }
        }
    }

    /// Learns whom colleagues name in a compartment. Asked after all managers were heard.
    fn learn_colleagues(&mut self, counting: &Counting<'_>, authority: &impl Authority) {
        for said in counting.facts().values() {
            let by_staff = said.iter().filter(|counted| {
                counted.right < Right::Manage && counted.statement.kind == "member"
            });
            let by_staff: Vec<Counted<'_>> = by_staff.copied().collect();
            let authors: BTreeSet<DeviceId> = by_staff.iter().map(|one| one.device).collect();
            for author in authors {
                let own = by_staff.iter().filter(|one| one.device == author);
                let own: Vec<Counted<'_>> = own.copied().collect();
                if let Some((device, named)) = member(&own) {
                    self.learn_colleague(author, device, named, authority);
                }
            }
        }
    }

    fn learn_colleague(
        &mut self,
        author: DeviceId,
        device: DeviceId,
        mut naming: Naming,
        authority: &impl Authority,
    ) {
        let (by, of) = (
            authority.organisations(&author),
            authority.organisations(&device),
        );
        let mut shared = by.intersection(&of).peekable();
        if shared.peek().is_none() {
            return;
        }
        let staff = shared.find_map(|organisation| self.staff.get(organisation));
        naming.named.role = staff.map(|staff| staff.named.role).unwrap_or_default();
        if let Some(staff) = staff {
            naming
                .named
                .organisation
                .clone_from(&staff.named.organisation);
        }
        keep_newest(self.by_colleagues.entry(device), &naming);
    }

    /// Who this device is. Without a name if nobody who may gave it one.
    pub(super) fn author(&self, compartment: Compartment, device: DeviceId) -> Author {
        let named = self
            .by_compartment
            .get(&(compartment, device))
            .or_else(|| self.anywhere.get(&device))
            .or_else(|| self.by_colleagues.get(&device));
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
