//! What the relay is built from: nothing in it could read or merge a record.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what fails fails its test"
)]

use std::process::Command;

/// Names of all crates in the relay's binary.
fn crates() -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--package",
            "omamori-relay",
            "--edges",
            "normal,build",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let names = String::from_utf8(tree.stdout).unwrap();
    names
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_relay_holds_no_cipher_for_content_and_no_automerge() {
    let crates = crates();
    for known in [
        "omamori-relay",
        "omamori-core",
        "ring",
        "coset",
        "actix-web",
    ] {
        assert!(
            crates.iter().any(|name| name == known),
            "{known} is missing: wrong list"
        );
    }
    let content = [
        "automerge",
        "hpke",
        "chacha20poly1305",
        "aes",
        "aes-gcm",
        "aes-gcm-siv",
        "xchacha20poly1305",
        "salsa20",
        "crypto_secretbox",
        "crypto_box",
        "ml-kem",
        "x-wing",
        "argon2",
        "age",
        "openssl",
        "openssl-sys",
        "aws-lc-rs",
        "aws-lc-sys",
        "libsodium-sys",
    ];
    // `chacha20` alone is the random number generator of `rand`, which actix brings; it is not listed.
    let found: Vec<_> = crates
        .iter()
        .filter(|name| content.contains(&name.as_str()))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}
