use super::{open::agree, *};
use crate::{
    barrier::Scratch,
    compartment::Compartment,
    cose::SigningKey,
    device::DeviceKeys,
    edit::Edit,
    id::DeviceId,
    ledger::rights::Right,
    log::{EntryKind, LogEntry},
    replica::{GlassError, Member, Replica},
    screen::source::Role,
    seeded::Seeded,
    statement::{Fields, How, UnixMillis, Value},
};
mod consenting;
mod ending;
mod refusing;
mod two_officers;

/// 2026-11-21T09:00 in Japan.
const NOW: UnixMillis = UnixMillis(1_795_219_200_000);
const HOUR: i64 = 3_600_000;

struct Town {
    key: SigningKey,
    officers: Vec<DeviceKeys>,
}

impl Town {
    fn with(count: usize, rng: &mut Seeded) -> Self {
        let mut officers: Vec<_> = (0..count).map(|_| DeviceKeys::generate(rng)).collect();
        officers.sort_by_key(DeviceKeys::id);
        Self {
            key: SigningKey::from_seed(&[7; 32]),
            officers,
        }
    }

    fn list(&self, generation: u64) -> OfficersList {
        let officers = self.officers.iter().enumerate().map(|(n, keys)| Officer {
            keys: keys.public().clone(),
            name: format!("職員{n}"),
            office: "危機管理課".to_owned(),
        });
        OfficersList::sign(&self.key, generation, NOW, "みどり市", officers.collect()).unwrap()
    }

    fn held_by_each(&self, family: &Replica) -> Vec<Replica> {
        let officers = self.officers.iter();
        officers.map(|officer| held_by(officer, family)).collect()
    }
}

fn wish() -> Wish {
    Wish {
        reason: Reason::new("震度6強。避難所で呼吸器の設定が要る").unwrap(),
        from: NOW,
        until: UnixMillis(NOW.0 + 24 * HOUR),
    }
}

fn never(text: &str) -> Edit {
    Edit::Add {
        compartment: Compartment::Emergency,
        kind: "must-never".to_owned(),
        fields: Fields::from([("text".to_owned(), Value::Text(text.to_owned()))]),
        how: How::default(),
    }
}

/// A mother with one line on the first screen, who agreed to the town's list.
fn family(town: &Town, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let (mut mother, _) = Replica::create(keys, "母", NOW, rng).unwrap();
    mother.edit(&[never("呼吸器を外さない")], NOW, rng).unwrap();
    mother.consent_to(&town.list(1), None, NOW, rng).unwrap();
    mother
}

/// What an officer's device holds beforehand: everything that a relay may show, and none of the family's bundles.
fn held_by(officer: &DeviceKeys, family: &Replica) -> Replica {
    let keys = DeviceKeys::from_secret_bytes(officer.to_secret_bytes().as_slice()).unwrap();
    let mut replica = Replica::join(keys, family.record());
    let entries = family.entries().iter();
    replica.receive(
        entries
            .filter(|entry| entry.kind != EntryKind::Bundle)
            .cloned()
            .collect(),
    );
    replica
}

fn release(first: &Replica, second: &DeviceId, rng: &mut Seeded) -> Result<Release, OpenError> {
    let package = first.packages_for(&first.device())[0];
    agree(first.keys(), package, second, &wish(), NOW, rng)
}

fn opened(first: &Replica, second: &Replica, rng: &mut Seeded) -> Result<Opened, OpenError> {
    let release = Release::from_bytes(&release(first, &second.device(), rng)?.to_bytes())?;
    let package = second.package(&release.package()).unwrap();
    release
        .look(second.keys(), package)?
        .open(second.keys(), package, NOW, rng)
}

fn says(replica: &Replica, text: &str) -> bool {
    let said = Value::Text(text.to_owned());
    let facts = replica.view().of_kind(Compartment::Emergency, "must-never");
    facts.into_iter().any(|fact| {
        fact.fields
            .values()
            .any(|field| field.values[0].value == said)
    })
}

/// A municipality with another key.
fn other_town(rng: &mut Seeded) -> Town {
    Town {
        key: SigningKey::from_seed(&[8; 32]),
        ..Town::with(2, rng)
    }
}

/// A father who manages what is opened and the consents, too.
fn father_of(mother: &mut Replica, rng: &mut Seeded) -> Replica {
    let keys = DeviceKeys::generate(rng);
    let member = Member {
        name: "父".to_owned(),
        role: Role::Guardian,
        organisation: String::new(),
    };
    let rights = [
        Compartment::Emergency,
        Compartment::Evacuation,
        Compartment::Consents,
    ];
    let rights = rights.map(|name| (name, Right::Manage));
    mother
        .grant(keys.public(), &member, &rights, NOW, rng)
        .unwrap();
    let mut father = Replica::join(keys, mother.record());
    father.receive(mother.entries().to_vec());
    father
}

fn packages(entries: &[LogEntry]) -> Vec<LogEntry> {
    let entries = entries.iter();
    entries
        .filter(|entry| entry.kind == EntryKind::Package)
        .cloned()
        .collect()
}
