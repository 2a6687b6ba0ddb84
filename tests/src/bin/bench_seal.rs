//! What sealing costs beside the bare cipher, and how many bytes an edit takes on the wire and at rest.

use omamori_core::{
    attestation::Attestation,
    chunk::{self, ChunkContent},
    compartment::Compartment,
    log::ParsedEntry,
    replica::Replica,
    sealed::{ChunkHeader, SealedChunk},
};
use omamori_tests::{
    home::{NOW, add, copied_keys, epoch_keys, mother, say},
    seeded::Seeded,
};
use rand_core::Rng;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use std::{hint::black_box, time::Instant};

fn main() {
    let rng = &mut Seeded::new(1);
    let mut mother = mother(rng);
    let entry = say(
        &mut mother,
        add(Compartment::Log, "entry", "situation", "x"),
        rng,
    );
    let Ok(ParsedEntry::Chunk(chunk)) = entry.parse() else {
        return;
    };
    let (Some(ledger), keys) = (mother.ledger(), copied_keys(&mother)) else {
        return;
    };
    let Ok(authentic) = chunk.verify(ledger) else {
        return;
    };
    let header = authentic.header().clone();
    let Some(key) = epoch_keys(&mother)
        .into_iter()
        .find(|key| key.epoch == header.epoch)
    else {
        return;
    };
    let Ok(opened) = chunk::open(&authentic, keys.public(), &key.key) else {
        return;
    };
    for size in [256, 4 * 1024, 256 * 1024] {
        let content = content(size, &opened.content.attestation);
        let Ok(sealed) = chunk::seal(&header, &content, &keys, &key.key, rng) else {
            return;
        };
        let bare = bare(size);
        let seal = microseconds(|| chunk::seal(&header, &content, &keys, &key.key, rng));
        report(
            &format!("seal and sign a chunk of {size} B"),
            seal,
            "µs",
            "ring ChaCha20-Poly1305 alone",
            bare,
        );
        let open = microseconds(|| {
            let authentic = SealedChunk::parse(&sealed)
                .ok()
                .and_then(|chunk| chunk.verify(ledger).ok());
            authentic.and_then(|authentic| chunk::open(&authentic, keys.public(), &key.key).ok())
        });
        report(
            &format!("verify and open a chunk of {size} B"),
            open,
            "µs",
            "ring ChaCha20-Poly1305 alone",
            bare,
        );
    }
    bytes_per_edit(rng);
    overhead(&header, &opened.content);
}

fn content(size: usize, attestation: &Attestation) -> ChunkContent {
    ChunkContent {
        changes: vec![vec![7; size]],
        attestation: attestation.clone(),
    }
}

/// Sealing the same number of bytes with ring and nothing else.
fn bare(size: usize) -> f64 {
    let Ok(key) = UnboundKey::new(&CHACHA20_POLY1305, &[1; 32]) else {
        return f64::NAN;
    };
    let key = LessSafeKey::new(key);
    let mut buffer = vec![7; size];
    microseconds(|| {
        let nonce = Nonce::assume_unique_for_key([2; 12]);
        key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut buffer)
            .map(|tag| tag.as_ref().len())
    })
}

/// A thousand entries of the shared sheet, one edit each. No two alike: an equal text a thousand times compresses to nothing.
fn bytes_per_edit(rng: &mut Seeded) {
    const EDITS: u32 = 1000;
    let mut mother = mother(rng);
    let saved = |mother: &Replica| {
        mother
            .document(Compartment::Log)
            .map_or(0, |document| document.save().len())
    };
    let (before, mut wire, mut text) = (saved(&mother), 0, 0);
    for _ in 0..EDITS {
        let [at, spo2, pulse, words @ ..] = rng.next_u64().to_be_bytes();
        let situation = format!(
            "{at}回目 SpO2 {} 脈{} 吸引後 {}",
            80 + spo2 % 20,
            70 + pulse % 90,
            hex::encode(words)
        );
        text += situation.len();
        let edit = add(Compartment::Log, "entry", "situation", &situation);
        let made = mother.edit(&[edit], NOW, rng).unwrap_or_default();
        wire += made.iter().map(|entry| entry.bytes.len()).sum::<usize>();
    }
    let each = |name: &str, bytes: usize| {
        let per_edit = |bytes: usize| bytes as f64 / f64::from(EDITS);
        report(
            name,
            per_edit(bytes),
            "B",
            "its text in UTF-8",
            per_edit(text),
        );
    };
    each(
        "bytes per edit on the wire, and at rest until compacted",
        wire,
    );
    each(
        "bytes per edit in a saved document",
        saved(&mother) - before,
    );
    let snapshot = mother.snapshot(Compartment::Log, rng);
    each(
        "bytes per edit in a sealed snapshot",
        snapshot.map_or(0, |entry| entry.bytes.len()),
    );
}

/// What a chunk adds to its changes, whatever they are.
fn overhead(header: &ChunkHeader, content: &ChunkContent) {
    let heads = 32 * header.heads.len();
    let attestation = content.attestation.bytes().len();
    println!(
        r#"{{"name":"attestation inside a chunk (ledger heads: {heads} B more outside)","value":{attestation},"unit":"B"}}"#
    );
}

/// Microseconds of the fastest of five rounds.
fn microseconds<T>(mut work: impl FnMut() -> T) -> f64 {
    const ROUNDS: u32 = 5;
    const TIMES: u32 = 50;
    let round = |_| {
        let start = Instant::now();
        for _ in 0..TIMES {
            black_box(work());
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn report(name: &str, value: f64, unit: &str, reference: &str, figure: f64) {
    println!(
        r#"{{"name":"{name}","value":{value:.2},"unit":"{unit}","reference":"{reference}","reference_value":{figure:.2}}}"#
    );
}
