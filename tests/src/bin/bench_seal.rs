//! What sealing costs beside the bare cipher, and how many bytes an edit takes on the wire and at rest.

use omamori_core::{
    attestation::Attestation,
    chunk::{self, ChunkContent},
    compartment::Compartment,
    log::ParsedEntry,
    sealed::{ChunkHeader, SealedChunk},
};
use omamori_tests::{
    home::{NOW, add, copied_keys, epoch_keys, mother, say},
    seeded::Seeded,
};
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

/// A thousand entries of the shared sheet, one edit each.
fn bytes_per_edit(rng: &mut Seeded) {
    const EDITS: u32 = 1000;
    const TEXT: &str = "SpO2 97、気管吸引 白色 少量。体位変換後も変わりなく、よく眠っている。";
    let mut mother = mother(rng);
    let before = mother
        .document(Compartment::Log)
        .map_or(0, |document| document.save().len());
    let mut wire = 0;
    for _ in 0..EDITS {
        let edit = add(Compartment::Log, "entry", "situation", TEXT);
        wire += mother
            .edit(&[edit], NOW, rng)
            .map_or(0, |made| made.iter().map(|entry| entry.bytes.len()).sum());
    }
    let per_edit = |bytes: usize| bytes as f64 / f64::from(EDITS);
    let text = TEXT.len() as f64;
    report(
        "bytes per edit on the wire (sealed, signed, padded)",
        per_edit(wire),
        "B",
        "its text in UTF-8",
        text,
    );
    let saved = mother
        .document(Compartment::Log)
        .map_or(0, |document| document.save().len());
    report(
        "bytes per edit in a saved document",
        per_edit(saved - before),
        "B",
        "its text in UTF-8",
        text,
    );
    let snapshot = mother
        .snapshot(Compartment::Log, rng)
        .map_or(0, |entry| entry.bytes.len());
    report(
        "bytes per edit in a sealed snapshot",
        per_edit(snapshot),
        "B",
        "its text in UTF-8",
        text,
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
