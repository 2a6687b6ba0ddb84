//! A family as the relay sees it: keys, ledger operations, and chunks whose content is noise.

use ciborium::Value;
use omamori_core::{
    cose::{self, Context, SigningKey},
    device::{DeviceKeys, DevicePublic},
    id::{ChunkId, CompartmentTag, DeviceId, EpochId, MemberId, OperationId, RecordId},
    ledger::{
        operation::{
            COMPARTMENTS, Frontier, Genesis, Grant, Grantee, Operation, UntilDate, sign_operation,
        },
        rights::Right,
    },
    log::{EntryKind, LogEntry},
    sealed::{BundleHeader, ChunkHeader, Header, SnapshotHeader},
    time::UnixMillis,
};
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::HashMap;

/// Somebody with a device.
pub struct Person {
    /// Their keys.
    pub keys: DeviceKeys,
    signing: SigningKey,
    chains: HashMap<CompartmentTag, (u64, ChunkId)>,
}

impl Person {
    /// Somebody new.
    pub fn new() -> Self {
        let secret = random::<64>();
        Self {
            keys: DeviceKeys::from_secret_bytes(&secret).unwrap(),
            signing: SigningKey::from_seed(secret.first_chunk().unwrap()),
            chains: HashMap::new(),
        }
    }

    /// Which device.
    pub fn device(&self) -> DeviceId {
        self.keys.id()
    }

    /// The public keys.
    pub fn public(&self) -> &DevicePublic {
        self.keys.public()
    }

    /// Signs any sealed entry.
    pub fn sign<H: Header>(&self, header: &H, payload: Vec<u8>) -> Vec<u8> {
        cose::sign(
            H::CONTEXT,
            &self.device(),
            &self.signing,
            header.values(),
            payload,
        )
    }

    /// Signs something that a newer version would write.
    pub fn sign_future_chunk(&self) -> Vec<u8> {
        let today = cose::sign(
            Context::Chunk,
            &self.device(),
            &self.signing,
            vec![Value::Text("tomorrow".to_owned())],
            vec![],
        );
        // The version is the first number of the header array: [1, "tomorrow"].
        let at = today
            .windows(10)
            .position(|w| w.starts_with(b"\x82\x01\x68tomorr"))
            .unwrap();
        let mut future = today;
        future[at + 1] = 2;
        future
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}

/// A record and who began it.
pub struct Household {
    /// Which record.
    pub record: RecordId,
    /// Who began it.
    pub mother: Person,
    /// The nine compartments with their first keys.
    pub compartments: Vec<(CompartmentTag, EpochId)>,
    /// The ledger as the household knows it: its last operation.
    pub heads: Vec<OperationId>,
    genesis: Vec<u8>,
}

impl Household {
    /// A new record.
    pub fn begin() -> Self {
        let mother = Person::new();
        let mut compartments: Vec<_> = (0..COMPARTMENTS)
            .map(|_| (CompartmentTag::new(random()), EpochId::new(random())))
            .collect();
        compartments.sort_unstable();
        let genesis = Operation::Genesis(Genesis {
            device: mother.public().clone(),
            compartments: compartments.clone(),
            salt: random(),
        });
        let genesis = sign_operation(
            None,
            vec![],
            UnixMillis(0),
            &genesis,
            &mother.device(),
            &mother.signing,
        );
        let id = operation(genesis.clone()).hash().0;
        Self {
            record: RecordId::new(id),
            mother,
            compartments,
            heads: vec![OperationId::new(id)],
            genesis,
        }
    }

    /// The operation that begins the record.
    pub fn genesis(&self) -> LogEntry {
        operation(self.genesis.clone())
    }

    /// The mother does something in the ledger.
    pub fn operate(&mut self, what: &Operation) -> LogEntry {
        let entry = self.operation_by(&self.mother, what);
        self.heads = vec![OperationId::new(entry.hash().0)];
        entry
    }

    /// Somebody else does, or tries to. The household does not follow it.
    pub fn operation_by(&self, who: &Person, what: &Operation) -> LogEntry {
        operation(sign_operation(
            Some(&self.record),
            self.heads.clone(),
            UnixMillis(0),
            what,
            &who.device(),
            &who.signing,
        ))
    }

    /// The mother lets somebody in, to some of the compartments by number.
    pub fn grant(&mut self, to: &Person, rights: &[(usize, Right)]) -> LogEntry {
        let mut rights: Vec<_> = rights
            .iter()
            .map(|(number, right)| (self.compartments[*number].0, *right))
            .collect();
        rights.sort_unstable_by_key(|(tag, _)| *tag);
        self.operate(&Operation::Grant(Grant {
            grantee: Grantee::Person(to.public().clone()),
            rights,
            until: None,
            delegate: false,
            consent: None,
        }))
    }

    /// The mother lets somebody into more than they were let into before.
    pub fn grant_more(&mut self, to: &Person, number: usize, right: Right) -> LogEntry {
        self.operate(&Operation::Grant(Grant {
            grantee: Grantee::Member(MemberId::from(to.device())),
            rights: vec![(self.compartments[number].0, right)],
            until: None,
            delegate: false,
            consent: None,
        }))
    }

    /// The mother takes a device out again, having seen so many of its chunks in a compartment.
    pub fn remove(&mut self, who: &Person, number: usize, seen: &[LogEntry]) -> LogEntry {
        let last = seen.last().map(|entry| {
            let counter = seen.len() as u64 - 1;
            (
                self.compartments[number].0,
                counter,
                ChunkId::new(entry.hash().0),
            )
        });
        self.operate(&Operation::RemoveDevice {
            frontier: Frontier {
                device: who.device(),
                operation: None,
                chunks: last.into_iter().collect(),
            },
        })
    }

    /// The mother takes a grant back, having seen nothing that was said by it.
    pub fn revoke(&mut self, grant: &LogEntry, from: &Person) -> LogEntry {
        self.operate(&Operation::Revoke {
            grant: OperationId::new(grant.hash().0),
            frontiers: vec![Frontier {
                device: from.device(),
                operation: None,
                chunks: Vec::new(),
            }],
        })
    }

    /// Somebody takes out the mother, who began the record, having seen all she did. The household does not follow it.
    pub fn remove_mother_by(&self, who: &Person) -> LogEntry {
        self.operation_by(
            who,
            &Operation::Revoke {
                grant: OperationId::new(self.genesis().hash().0),
                frontiers: vec![Frontier {
                    device: self.mother.device(),
                    operation: self.heads.first().copied(),
                    chunks: Vec::new(),
                }],
            },
        )
    }

    /// The mother lets somebody in until a day, that day included.
    pub fn grant_until(&mut self, to: &Person, number: usize, right: Right, day: i64) -> LogEntry {
        self.operate(&Operation::Grant(Grant {
            grantee: Grantee::Person(to.public().clone()),
            rights: vec![(self.compartments[number].0, right)],
            until: Some(UntilDate(day)),
            delegate: false,
            consent: None,
        }))
    }

    /// The mother adds a second phone of her own.
    pub fn add_phone(&mut self, phone: &Person) -> LogEntry {
        let member = MemberId::from(self.mother.device());
        self.operate(&Operation::AddDevice {
            member,
            device: phone.public().clone(),
        })
    }

    /// The mother writes.
    pub fn mothers_chunk(&mut self, compartment: usize, payload: &[u8]) -> LogEntry {
        let mut mother = std::mem::take(&mut self.mother);
        let entry = self.chunk(&mut mother, compartment, payload);
        self.mother = mother;
        entry
    }

    /// Somebody writes, with or without the right to.
    pub fn chunk(&self, author: &mut Person, compartment: usize, payload: &[u8]) -> LogEntry {
        let (tag, epoch) = self.compartments[compartment];
        let last = author.chains.get(&tag).copied();
        let header = ChunkHeader {
            record: self.record,
            compartment: tag,
            epoch,
            counter: last.map_or(0, |(counter, _)| counter + 1),
            previous: last.map(|(_, id)| id),
            heads: self.heads.clone(),
        };
        let entry = LogEntry {
            kind: EntryKind::Chunk,
            bytes: author.sign(&header, payload.to_vec()),
        };
        author
            .chains
            .insert(tag, (header.counter, ChunkId::new(entry.hash().0)));
        entry
    }

    /// Somebody compacts a compartment.
    pub fn snapshot(&self, author: &Person, compartment: usize) -> LogEntry {
        let (tag, epoch) = self.compartments[compartment];
        let header = SnapshotHeader {
            record: self.record,
            compartment: tag,
            epoch,
            heads: self.heads.clone(),
            positions: vec![],
        };
        LogEntry {
            kind: EntryKind::Snapshot,
            bytes: author.sign(&header, vec![1]),
        }
    }

    /// The mother wraps keys for somebody.
    pub fn bundle(&self, recipient: &Person) -> LogEntry {
        self.large_bundle(recipient, 1)
    }

    /// As [`Household::bundle`], of so many bytes, no two alike.
    pub fn large_bundle(&self, recipient: &Person, size: usize) -> LogEntry {
        let mut payload = vec![1; size];
        for (to, from) in payload.iter_mut().skip(1).zip(random::<16>()) {
            *to = from;
        }
        let header = BundleHeader {
            record: self.record,
            recipient: recipient.device(),
            heads: self.heads.clone(),
            epochs: vec![self.compartments[0].1],
        };
        LogEntry {
            kind: EntryKind::Bundle,
            bytes: self.mother.sign(&header, payload),
        }
    }
}

fn operation(bytes: Vec<u8>) -> LogEntry {
    LogEntry {
        kind: EntryKind::Operation,
        bytes,
    }
}

/// Random bytes.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}
