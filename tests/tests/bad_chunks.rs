//! Chunks that were damaged, cut, swelled, moved, replayed or forged: an error with a name, never a panic, never another record.

use omamori_core::{
    attestation::{Attestation, Attested},
    chunk::{self, ChunkContent},
    compartment::Compartment,
    cose::{MAX_ENVELOPE, VERSION},
    device::DeviceKeys,
    epoch::EpochKey,
    id::{ChunkId, OperationId},
    log::{EntryKind, LogEntry, ParsedEntry},
    replica::Replica,
    sealed::{ChunkHeader, SealedChunk},
};
use omamori_tests::{
    home::{add, copied_keys, epoch_keys, mother, nurse, say},
    seeded::Seeded,
};
use proptest::prelude::*;

fn code_of(reader: &mut Replica, bytes: Vec<u8>) -> Option<&'static str> {
    let before = reader.view().clone();
    let received = reader.receive(vec![LogEntry {
        kind: EntryKind::Chunk,
        bytes,
    }]);
    assert!(
        !received.changed && *reader.view() == before,
        "the record changed"
    );
    received.refused.first().map(|refused| refused.why.code())
}

struct Home {
    mother: Replica,
    nurse: Replica,
    chunk: LogEntry,
    rng: Seeded,
}

/// A nurse who has everything but the last thing the mother said.
fn home(seed: u64) -> Home {
    let mut rng = Seeded::new(seed);
    let mut mother = mother(&mut rng);
    let nurse = nurse(&mut mother, &mut rng);
    let chunk = say(
        &mut mother,
        add(Compartment::Care, "must-never", "text", "脇を抱えない"),
        &mut rng,
    );
    Home {
        mother,
        nurse,
        chunk,
        rng,
    }
}

fn parsed(entry: &LogEntry) -> SealedChunk {
    match entry.parse() {
        Ok(ParsedEntry::Chunk(chunk)) => chunk,
        other => panic!("not a chunk: {other:?}"),
    }
}

#[test]
fn one_flipped_bit_anywhere_is_an_error() {
    let Home {
        mut nurse, chunk, ..
    } = home(1);
    for index in 0..chunk.bytes.len() {
        for bit in 0..8 {
            let mut bytes = chunk.bytes.clone();
            bytes[index] ^= 1 << bit;
            let flipped = code_of(&mut nurse, bytes.clone());
            // A flipped ledger head names an operation nobody has: such a chunk waits, as it must, and is never opened.
            let waits = flipped.is_none()
                && nurse.is_accepted(&LogEntry {
                    kind: EntryKind::Chunk,
                    bytes,
                }) == Some(false);
            assert!(flipped.is_some() || waits, "byte {index}, bit {bit}");
        }
    }
    assert!(
        nurse.receive(vec![chunk]).changed,
        "the true chunk is still welcome"
    );
}

#[test]
fn a_chunk_that_breaks_off_is_truncated_wherever_it_breaks_off() {
    let Home {
        mut nurse, chunk, ..
    } = home(2);
    for length in 0..chunk.bytes.len() {
        assert_eq!(
            code_of(&mut nurse, chunk.bytes[..length].to_vec()),
            Some("truncated"),
            "{length}"
        );
    }
}

#[test]
fn bytes_after_the_end_are_an_error_and_not_padding() {
    let Home {
        mut nurse, chunk, ..
    } = home(3);
    let longer = [chunk.bytes.as_slice(), &[0]].concat();
    assert_eq!(code_of(&mut nurse, longer), Some("malformed"));
}

#[test]
fn a_chunk_larger_than_any_is_refused_before_it_is_read() {
    let Home { mut nurse, .. } = home(4);
    assert_eq!(
        code_of(&mut nurse, vec![0; MAX_ENVELOPE + 1]),
        Some("oversized")
    );
}

#[test]
fn a_chunk_of_a_future_version_says_so_and_is_kept_for_an_update_to_read() {
    let Home {
        mut nurse, chunk, ..
    } = home(5);
    // The version is the first item of the header array, right after its label -65537.
    let label = [0x3a, 0x00, 0x01, 0x00, 0x00, 0x87, VERSION as u8];
    let place = chunk
        .bytes
        .windows(label.len())
        .position(|window| window == label)
        .unwrap()
        + label.len()
        - 1;
    let mut bytes = chunk.bytes.clone();
    bytes[place] = 2;
    assert_eq!(code_of(&mut nurse, bytes.clone()), Some("future-version"));
    assert!(
        nurse.entries().iter().any(|entry| entry.bytes == bytes),
        "kept"
    );
}

#[test]
fn a_chunk_of_another_child_is_refused_even_if_the_same_nurse_reads_both() {
    let Home { mut nurse, .. } = home(6);
    let Home {
        chunk: of_another_child,
        ..
    } = home(7);
    assert_eq!(
        code_of(&mut nurse, of_another_child.bytes),
        Some("wrong-record")
    );
}

#[test]
fn a_replayed_chunk_says_nothing_twice() {
    let Home {
        mut nurse, chunk, ..
    } = home(8);
    assert!(nurse.receive(vec![chunk.clone(), chunk.clone()]).changed);
    let view = nurse.view().clone();
    assert_eq!(
        nurse.receive(vec![chunk.clone(), chunk]),
        Default::default()
    );
    assert_eq!(*nurse.view(), view);
}

#[test]
fn a_chunk_under_a_key_this_device_was_never_given_waits_unread() {
    let Home {
        mut mother,
        mut nurse,
        mut rng,
        ..
    } = home(9);
    let private = say(
        &mut mother,
        add(Compartment::Life, "person", "likes", "歌"),
        &mut rng,
    );
    assert_eq!(code_of(&mut nurse, private.bytes.clone()), None);
    assert_eq!(nurse.is_accepted(&private), Some(false));
    assert!(nurse.integrity().intact, "what is not hers is not missing");
}

/// Everything a misbehaving nurse needs to seal by hand: her keys, the care key, and a header as hers would be.
struct Forge {
    keys: DeviceKeys,
    key: EpochKey,
    header: ChunkHeader,
    content: ChunkContent,
}

impl Forge {
    fn seal(
        &self,
        header: &ChunkHeader,
        content: &ChunkContent,
        key: &EpochKey,
        rng: &mut Seeded,
    ) -> Vec<u8> {
        chunk::seal(header, content, &self.keys, key, rng).unwrap()
    }
}

fn forge(home: &mut Home) -> Forge {
    let entry = say(
        &mut home.nurse,
        add(Compartment::Care, "must-never", "text", "x"),
        &mut home.rng,
    );
    let authentic = parsed(&entry).verify(home.nurse.ledger().unwrap()).unwrap();
    let header = authentic.header().clone();
    let key = epoch_keys(&home.nurse)
        .into_iter()
        .find(|key| key.epoch == header.epoch)
        .unwrap()
        .key;
    let content = chunk::open(&authentic, home.nurse.keys().public(), &key)
        .unwrap()
        .content;
    Forge {
        keys: copied_keys(&home.nurse),
        key,
        header,
        content,
    }
}

#[test]
fn somebody_elses_words_cannot_be_moved_into_ones_own_chunk() {
    let mut home = home(10);
    let forge = forge(&mut home);
    let authentic = parsed(&home.chunk)
        .verify(home.mother.ledger().unwrap())
        .unwrap();
    let mothers = chunk::open(&authentic, home.mother.keys().public(), &forge.key)
        .unwrap()
        .content;
    // The mother's changes with the mother's attestation, in a chunk the nurse signs.
    let bytes = forge.seal(&forge.header, &mothers, &forge.key, &mut home.rng);
    assert_eq!(code_of(&mut home.mother, bytes), Some("not-authentic"));
    // The mother's changes with an attestation of the nurse's own.
    let attested = Attested {
        hash: mothers.attestation.attested().hash,
        ..*forge.content.attestation.attested()
    };
    let content = ChunkContent {
        changes: mothers.changes,
        attestation: Attestation::sign(&forge.keys, attested),
    };
    let bytes = forge.seal(&forge.header, &content, &forge.key, &mut home.rng);
    assert_eq!(code_of(&mut home.mother, bytes), Some("unsound-change"));
}

#[test]
fn an_attestation_for_another_place_or_change_is_refused() {
    let mut home = home(11);
    let forge = forge(&mut home);
    let honest = *forge.content.attestation.attested();
    let other = home
        .mother
        .ledger()
        .unwrap()
        .state()
        .compartments()
        .find(|tag| *tag != honest.compartment)
        .unwrap();
    let lies = [
        (
            Attested {
                compartment: other,
                ..honest
            },
            "misplaced-attestation",
        ),
        (
            Attested {
                counter: honest.counter + 1,
                ..honest
            },
            "misplaced-attestation",
        ),
        (
            Attested {
                hash: [7; 32],
                ..honest
            },
            "attestation-mismatch",
        ),
        (
            Attested {
                sequence: 9,
                ..honest
            },
            "attestation-mismatch",
        ),
        (
            Attested {
                salt: [7; 16],
                ..honest
            },
            "unsound-change",
        ),
    ];
    for (lie, code) in lies {
        let content = ChunkContent {
            changes: forge.content.changes.clone(),
            attestation: Attestation::sign(&forge.keys, lie),
        };
        let bytes = forge.seal(&forge.header, &content, &forge.key, &mut home.rng);
        assert_eq!(code_of(&mut home.mother, bytes), Some(code), "{lie:?}");
    }
}

#[test]
fn a_chunk_that_cites_a_ledger_before_its_author_was_let_in_is_refused() {
    let mut home = home(12);
    let forge = forge(&mut home);
    let genesis = OperationId::new(*home.mother.record().as_bytes());
    let header = ChunkHeader {
        heads: vec![genesis],
        ..forge.header.clone()
    };
    let bytes = forge.seal(&header, &forge.content, &forge.key, &mut home.rng);
    assert_eq!(code_of(&mut home.mother, bytes), Some("unknown-author"));
}

#[test]
fn a_member_cannot_write_where_she_has_no_right_or_under_a_key_nobody_committed_to() {
    let mut home = home(13);
    let forge = forge(&mut home);
    let tags: Vec<_> = home
        .mother
        .ledger()
        .unwrap()
        .state()
        .compartments()
        .collect();
    let state = home.mother.ledger().unwrap().state();
    let forbidden = *tags
        .iter()
        .find(|tag| state.right(&forge.keys.id(), tag).is_none())
        .unwrap();
    let elsewhere = ChunkHeader {
        compartment: forbidden,
        ..forge.header.clone()
    };
    let bytes = forge.seal(&elsewhere, &forge.content, &forge.key, &mut home.rng);
    assert_eq!(code_of(&mut home.mother, bytes), Some("no-right"));

    let own_key = EpochKey::generate(&mut home.rng);
    let unknown = ChunkHeader {
        epoch: own_key.id(&forge.header.compartment, Compartment::Care),
        ..forge.header.clone()
    };
    let bytes = forge.seal(&unknown, &forge.content, &own_key, &mut home.rng);
    assert_eq!(code_of(&mut home.mother, bytes), Some("unknown-epoch"));
    // Under the right name, but sealed with another key.
    let bytes = forge.seal(&forge.header, &forge.content, &own_key, &mut home.rng);
    assert_eq!(code_of(&mut home.mother, bytes), Some("not-authentic"));
}

#[test]
fn an_operation_offered_as_a_chunk_and_a_chunk_as_an_operation_are_refused() {
    let Home {
        mut nurse, chunk, ..
    } = home(14);
    let genesis = nurse
        .entries()
        .iter()
        .find(|entry| entry.kind == EntryKind::Operation)
        .unwrap()
        .bytes
        .clone();
    assert!(code_of(&mut nurse, genesis).is_some());
    let before = nurse.view().clone();
    for kind in [EntryKind::Operation, EntryKind::Snapshot, EntryKind::Bundle] {
        let received = nurse.receive(vec![LogEntry {
            kind,
            bytes: chunk.bytes.clone(),
        }]);
        assert_eq!(
            (received.refused.len(), received.changed),
            (1, false),
            "{kind:?}"
        );
    }
    assert_eq!(*nurse.view(), before);
}

#[test]
fn two_identical_sentences_are_sealed_into_different_bytes_even_without_randomness() {
    let mut home = home(15);
    let forge = forge(&mut home);
    let seal = |header: &ChunkHeader| {
        chunk::seal(
            header,
            &forge.content,
            &forge.keys,
            &forge.key,
            &mut Seeded::new(0),
        )
        .unwrap()
    };
    let next = ChunkHeader {
        counter: 1,
        previous: Some(ChunkId::new([1; 32])),
        ..forge.header.clone()
    };
    // With a random generator that repeats itself, only the header differs: key and nonce still do too.
    let salts = [seal(&forge.header), seal(&next)].map(|bytes| salt(&bytes));
    assert_ne!(salts[0], salts[1]);
}

/// The 32 bytes after the label and version of the sealed content's header.
fn salt(chunk: &[u8]) -> Vec<u8> {
    let label = [0x3a, 0x00, 0x01, 0x00, 0x00, 0x83, VERSION as u8, 0x58, 32];
    let place = chunk
        .windows(label.len())
        .position(|window| window == label)
        .unwrap()
        + label.len();
    chunk[place..place + 32].to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_is_what_is_opened(
        changes in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..2000), 1..5),
        seed in any::<u64>(),
    ) {
        let mut home = home(16);
        let forge = forge(&mut home);
        let content = ChunkContent { changes, attestation: forge.content.attestation.clone() };
        let bytes = chunk::seal(&forge.header, &content, &forge.keys, &forge.key, &mut Seeded::new(seed)).unwrap();
        let authentic = SealedChunk::parse(&bytes).unwrap().verify(home.mother.ledger().unwrap()).unwrap();
        let opened = chunk::open(&authentic, forge.keys.public(), &forge.key).unwrap();
        prop_assert_eq!(opened.content.changes, content.changes);
        prop_assert_eq!(opened.header, forge.header);
    }

    #[test]
    fn noise_is_refused_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..4000), kind in 0u64..4) {
        let kind = EntryKind::from_code(kind).unwrap();
        let entry = LogEntry { kind, bytes };
        prop_assert!(entry.parse().is_err());
    }
}
