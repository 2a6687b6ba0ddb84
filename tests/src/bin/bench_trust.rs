//! What letting somebody in and taking somebody out costs, and checking a ledger. `bench_trust ledger` prints a ledger for the
//! same check in WebAssembly.

use omamori_core::{
    compartment::Compartment,
    device::DeviceKeys,
    id::{CompartmentTag, EpochId, OperationId},
    ledger::{
        Ledger,
        operation::{Frontier, Grant, Grantee, Operation, SignedOperation, sign_operation},
        rights::Right,
    },
    log::{EntryKind, LogEntry},
    replica::{Member, PeopleError, Replica},
    screen::source::Role,
};
use omamori_tests::{
    home::{NOW, mother, signing_key},
    seeded::Seeded,
};
use std::{collections::VecDeque, time::Instant};

/// Devices in the record that is measured, the mother's among them.
const DEVICES: usize = 30;
const OPERATIONS: usize = 1000;
const ROUNDS: usize = 5;

fn main() {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("ledger") => print_ledger(),
        _ => measure(),
    };
    if let Err(error) = outcome {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn measure() -> Result<(), PeopleError> {
    let (mut grants, mut removals, mut sizes) = (Vec::new(), Vec::new(), (0, 0));
    for round in 0..ROUNDS {
        let rng = &mut Seeded::new(round as u64);
        let mut mother = mother(rng);
        let mut last = None;
        for _ in 1..DEVICES {
            let keys = DeviceKeys::generate(rng);
            let begun = Instant::now();
            let made = let_in(&mut mother, &keys, rng)?;
            grants.push(begun.elapsed().as_secs_f64() * 1000.0);
            sizes.0 = bytes(&made);
            last = Some(keys.id());
        }
        let Some(last) = last else {
            return Ok(());
        };
        let begun = Instant::now();
        let made = mother.remove_device(&last, NOW, rng)?;
        removals.push(begun.elapsed().as_secs_f64() * 1000.0);
        sizes.1 = bytes(&made);
    }
    report(
        "letting somebody in: 9 compartments, time",
        median(grants),
        "ms",
    );
    report("letting somebody in: 9 compartments, bytes", sizes.0, "kB");
    report(
        "removing one of 30 devices, new keys for 9 compartments, time",
        median(removals),
        "ms",
    );
    report(
        "removing one of 30 devices, new keys for 9 compartments, bytes",
        sizes.1,
        "kB",
    );

    let (_, _, operations) = a_ledger()?;
    let mut checks = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        check(&operations)?;
        checks.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    report(
        "checking 1,000 ledger operations, native",
        median(checks),
        "ms",
    );
    Ok(())
}

fn let_in(
    mother: &mut Replica,
    keys: &DeviceKeys,
    rng: &mut Seeded,
) -> Result<Vec<LogEntry>, PeopleError> {
    let member = Member {
        name: "山田".to_owned(),
        role: Role::Nurse,
        organisation: String::new(),
    };
    let rights = Compartment::ALL.map(|compartment| (compartment, Right::Write));
    mother.grant(keys.public(), &member, &rights, NOW, rng)
}

/// A record's ledger: the mother's keys, the record, and its operations in order.
fn a_ledger() -> Result<(DeviceKeys, Replica, Vec<Vec<u8>>), PeopleError> {
    let rng = &mut Seeded::new(100);
    let mother = mother(rng);
    let keys = omamori_tests::home::copied_keys(&mother);
    let mut years = Years::begin(&mother)?;
    let father = DeviceKeys::generate(rng);
    let everything = years.tags.iter().map(|tag| (*tag, Right::Manage));
    let all = years.grant(&father, everything.collect());
    years.take(&[(&all, &keys)])?;
    let mut nurses = VecDeque::new();
    while years.bytes.len() < OPERATIONS {
        match years.bytes.len() % 5 {
            0 => {
                let nurse = DeviceKeys::generate(rng);
                let rights = years.tags.iter().take(2).map(|tag| (*tag, Right::Write));
                let grant = years.grant(&nurse, rights.collect());
                nurses.push_back((years.take(&[(&grant, &keys)])?, nurse.id()));
            }
            2 if nurses.len() > DEVICES => {
                let (rotate, nurse) = (years.rotate(), nurses.pop_front());
                let revoke = nurse.map(|(grant, nurse)| Operation::Revoke {
                    grant,
                    frontiers: vec![Frontier {
                        device: nurse,
                        operation: None,
                        chunks: Vec::new(),
                    }],
                });
                // The father does something at the same time.
                let revoke = revoke.as_ref().unwrap_or(&rotate);
                years.take(&[(revoke, &keys), (&rotate, &father)])?;
            }
            _ => {
                let rotate = years.rotate();
                years.take(&[(&rotate, &keys)])?;
            }
        }
    }
    Ok((keys, mother, years.bytes))
}

/// The years of a family, as its ledger has them: people are let in and taken out, keys turn, and two parents act apart.
struct Years {
    ledger: Ledger,
    tags: Vec<CompartmentTag>,
    bytes: Vec<Vec<u8>>,
}

impl Years {
    fn begin(mother: &Replica) -> Result<Self, PeopleError> {
        let entries = mother.entries().iter();
        let operations = entries.filter(|entry| entry.kind == EntryKind::Operation);
        let bytes: Vec<Vec<u8>> = operations.map(|entry| entry.bytes.clone()).collect();
        let genesis = bytes.first().cloned().unwrap_or_default();
        let genesis =
            SignedOperation::parse(&genesis).map_err(omamori_core::ledger::LedgerError::from)?;
        let ledger = Ledger::begin(genesis)?;
        let tags = ledger.state().compartments().collect();
        Ok(Self {
            ledger,
            tags,
            bytes,
        })
    }

    fn grant(&self, to: &DeviceKeys, rights: Vec<(CompartmentTag, Right)>) -> Operation {
        Operation::Grant(Grant {
            grantee: Grantee::Person(to.public().clone()),
            rights,
            until: None,
            delegate: false,
            consent: None,
        })
    }

    fn rotate(&self) -> Operation {
        let number = self.bytes.len();
        let mut epoch = [0; 32];
        epoch[..8].copy_from_slice(&(number as u64).to_be_bytes());
        Operation::Rotate {
            epochs: vec![(self.tags[number % self.tags.len()], EpochId::new(epoch))],
        }
    }

    /// Signed without having seen each other. The first one's id.
    fn take(&mut self, acts: &[(&Operation, &DeviceKeys)]) -> Result<OperationId, PeopleError> {
        let (record, heads) = (self.ledger.record(), self.ledger.heads());
        let mut first = None;
        for (operation, by) in acts {
            let key = signing_key(by);
            let bytes =
                sign_operation(Some(&record), heads.clone(), NOW, operation, &by.id(), &key);
            let signed =
                SignedOperation::parse(&bytes).map_err(omamori_core::ledger::LedgerError::from)?;
            first.get_or_insert(signed.id());
            self.ledger.apply(signed)?;
            self.bytes.push(bytes);
        }
        Ok(first.unwrap_or(OperationId::new([0; 32])))
    }
}

fn check(operations: &[Vec<u8>]) -> Result<(), PeopleError> {
    let parsed = |bytes: &Vec<u8>| {
        SignedOperation::parse(bytes).map_err(omamori_core::ledger::LedgerError::from)
    };
    let mut operations = operations.iter();
    let Some(genesis) = operations.next() else {
        return Ok(());
    };
    let mut ledger = Ledger::begin(parsed(genesis)?)?;
    for operation in operations {
        ledger.apply(parsed(operation)?)?;
    }
    ledger.state();
    Ok(())
}

fn print_ledger() -> Result<(), PeopleError> {
    let (keys, mother, operations) = a_ledger()?;
    let secret = hex::encode(keys.to_secret_bytes().as_slice());
    let operations: Vec<String> = operations.iter().map(hex::encode).collect();
    let record = mother.record().to_string();
    println!(
        "{}",
        serde_json::json!({ "secret": secret, "record": record, "operations": operations })
    );
    Ok(())
}

fn bytes(entries: &[LogEntry]) -> usize {
    entries.iter().map(|entry| entry.bytes.len()).sum()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn report(name: &str, value: impl Into<Measured>, unit: &str) {
    let value = value.into().0;
    let value = if unit == "kB" { value / 1000.0 } else { value };
    println!(
        "{}",
        serde_json::json!({ "name": name, "value": value, "unit": unit })
    );
}

struct Measured(f64);

impl From<f64> for Measured {
    fn from(value: f64) -> Self {
        Self(value)
    }
}

impl From<usize> for Measured {
    fn from(value: usize) -> Self {
        Self(value as f64)
    }
}
