//! What is said of printed cards afterwards: anybody with a card may ask, only whoever made it may say.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what fails fails its test"
)]

use omamori_core::{
    access::{SignedAccess, What},
    card_notice::{self, CardNotice, Says},
    cose::SigningKey,
    token::sign_for_openings,
};
use omamori_tests::relay::{Answer, Client, LocalRelay};

fn notice(stale_below: u32, key: u8) -> CardNotice {
    let says = Says {
        stale_below,
        stale_since: 20_700,
        withdrawn_below: 0,
    };
    CardNotice::sign(says, &SigningKey::from_seed(&[key; 32]))
}

fn address(notice: &CardNotice) -> String {
    format!("/v1/cards/{}", hex::encode(notice.id()))
}

#[test]
fn a_doctor_with_a_card_learns_what_its_maker_said_last_also_after_a_restart() {
    let relay = LocalRelay::start();
    let (first, second) = (notice(5, 1), notice(9, 1));
    let put = |relay: &LocalRelay, notice: &CardNotice| {
        let client = relay.client();
        client
            .ask("PUT", &address(notice), &[], notice.bytes())
            .status
    };
    assert_eq!(relay.client().get(&address(&first)).status, 204);
    assert_eq!(put(&relay, &first), 201);
    assert_eq!(put(&relay, &second), 201);
    assert_eq!(put(&relay, &first), 200);
    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    let answer = relay.client().get(&address(&first));
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, second.bytes())
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[test]
fn nobody_says_anything_of_somebody_elses_card() {
    let relay = LocalRelay::start();
    let client = relay.client();
    let (mine, theirs) = (notice(5, 1), notice(5, 2));
    let mut bent = mine.bytes().to_vec();
    bent[4] ^= 1;
    for bytes in [theirs.bytes(), &bent, &mine.bytes()[..108], b""] {
        let answer = client.ask("PUT", &address(&mine), &[], bytes);
        assert_eq!(answer.problem(), "malformed");
    }
    let long = client.ask("PUT", &address(&mine), &[], &[1; 110]);
    assert_eq!(long.problem(), "too-large");
    assert_eq!(client.get("/v1/cards/none").problem(), "not-found");
    assert_eq!(client.get(&address(&mine)).status, 204);
}

/// Asks when somebody asked about the cards of `of`, with the key of `by`.
fn asks_when(client: &Client, of: &CardNotice, by: u8) -> Answer {
    let nonce = client.ask("POST", &format!("{}/challenge", address(of)), &[], &[]);
    let nonce: serde_json::Value = serde_json::from_slice(&nonce.body).unwrap();
    let mut bytes = [0; 32];
    hex::decode_to_slice(nonce["nonce"].as_str().unwrap(), &mut bytes).unwrap();
    let (key, signature) = sign_for_openings(&SigningKey::from_seed(&[by; 32]), &bytes);
    answers(client, of, &key, &bytes, &signature)
}

fn answers(
    client: &Client,
    of: &CardNotice,
    key: &[u8; 32],
    nonce: &[u8; 32],
    signature: &[u8; 64],
) -> Answer {
    let body = serde_json::json!({
        "key": hex::encode(key), "nonce": hex::encode(nonce), "signature": hex::encode(signature), "after": 0,
    });
    let path = format!("{}/openings", address(of));
    client.ask("POST", &path, &[], body.to_string().as_bytes())
}

/// Generation and how often, each signed by the relay and following the one before.
fn openings(answer: &Answer, of: &CardNotice) -> Vec<(u32, u64)> {
    let list: ciborium::Value = ciborium::from_reader(answer.body.as_slice()).unwrap();
    let entries = list.as_map().and_then(|map| {
        map.iter()
            .find(|(name, _)| name.as_text() == Some("entries"))
    });
    let signed: Vec<SignedAccess> = entries
        .and_then(|(_, entries)| entries.as_array())
        .unwrap()
        .iter()
        .map(|entry| SignedAccess::read(entry.as_array().unwrap()[1].as_bytes().unwrap()).unwrap())
        .collect();
    assert!(signed.windows(2).all(|pair| pair[1].follows(&pair[0])));
    let list = card_notice::openings(&of.id());
    let asked = signed.iter().map(|signed| {
        assert_eq!((signed.access.record, signed.access.device()), (list, None));
        match signed.access.what {
            What::Asked { generation, times } => (generation, times),
            ref other => unreachable!("{other:?}"),
        }
    });
    asked.collect()
}

#[test]
fn the_family_that_made_a_card_reads_when_somebody_with_it_asked() {
    let relay = LocalRelay::start();
    let client = relay.client();
    // Before the family said anything here, nothing is noted: not even that there is such a card.
    let card = CardNotice::sign(Says::default(), &SigningKey::from_seed(&[1; 32]));
    client.get(&format!("{}?generation=57", address(&card)));
    client.ask("PUT", &address(&card), &[], card.bytes());
    for query in ["?generation=57", "?generation=57", "?generation=60", ""] {
        let answer = client.get(&format!("{}{query}", address(&card)));
        assert_eq!(answer.status, 200, "{query}");
    }
    let mut found = openings(&asks_when(&client, &card, 1), &card);
    found.sort_unstable();
    assert_eq!(found, [(0, 1), (57, 2), (60, 1)]);
    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    let client = relay.client();
    client.get(&format!("{}?generation=61", address(&card)));
    let found = openings(&asks_when(&client, &card, 1), &card);
    assert_eq!((found.len(), found.last()), (4, Some(&(61, 1))));
}

#[test]
fn whoever_found_a_card_and_makes_up_generations_pushes_nothing_out_of_the_list() {
    let relay = LocalRelay::with(|config| config.limits.accesses.keep.card = 6);
    let client = relay.client();
    let card = CardNotice::sign(Says::default(), &SigningKey::from_seed(&[1; 32]));
    client.ask("PUT", &address(&card), &[], card.bytes());
    client.get(&format!("{}?generation=57", address(&card)));
    assert_eq!(openings(&asks_when(&client, &card, 1), &card), [(57, 1)]);
    for generation in 1..=40 {
        client.get(&format!("{}?generation={generation}", address(&card)));
    }
    let mut found = openings(&asks_when(&client, &card, 1), &card);
    found.sort_unstable();
    assert_eq!(found, [(0, 36), (1, 1), (2, 1), (3, 1), (4, 1), (57, 1)]);
}

#[test]
fn who_only_holds_a_card_does_not_learn_when_others_opened_theirs() {
    let relay = LocalRelay::start();
    let client = relay.client();
    let card = CardNotice::sign(Says::default(), &SigningKey::from_seed(&[1; 32]));
    client.ask("PUT", &address(&card), &[], card.bytes());
    client.get(&address(&card));
    // Another key; the right key without its secret; a nonce that was answered already.
    let refused = |answer: Answer| assert_eq!(answer.problem(), "challenge-failed");
    refused(asks_when(&client, &card, 2));
    let mine = SigningKey::from_seed(&[1; 32]);
    let (_, forged) = sign_for_openings(&SigningKey::from_seed(&[2; 32]), &[7; 32]);
    refused(answers(&client, &card, &mine.public(), &[7; 32], &forged));
    let (key, signature) = sign_for_openings(&mine, &[7; 32]);
    refused(answers(&client, &card, &key, &[7; 32], &signature));
    assert_eq!(openings(&asks_when(&client, &card, 1), &card), [(0, 1)]);
}
