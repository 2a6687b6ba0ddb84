//! Words on paper find their records at a relay: a device that has nothing but its keys is told where it stands.

use omamori_core::{
    id::{DeviceId, RecordId},
    recovery,
    token::{ANY_RECORD, NONCE},
};
use omamori_tests::relay::{Answer, Client, Household, Person, at_home};
use serde_json::json;

fn nonce(client: &Client, device: &DeviceId) -> [u8; NONCE] {
    let nonce = client.challenge(&RecordId::new(ANY_RECORD), device);
    hex::decode(nonce).unwrap().try_into().unwrap()
}

fn ask(client: &Client, device: &DeviceId, nonce: &[u8], signature: &[u8]) -> Answer {
    let asking = json!({ "nonce": hex::encode(nonce), "signature": hex::encode(signature) });
    let body = serde_json::to_vec(&asking).unwrap();
    client.ask("POST", &format!("/v1/devices/{device}/records"), &[], &body)
}

fn found(client: &Client, kit: &Person) -> Vec<RecordId> {
    let nonce = nonce(client, &kit.device());
    let proof = recovery::prove(&kit.keys, &nonce);
    records(ask(client, &kit.device(), &nonce, &proof))
}

fn records(answer: Answer) -> Vec<RecordId> {
    let records = answer.good().json()["records"].clone();
    let records = records.as_array().unwrap().iter();
    records
        .map(|record| record.as_str().unwrap().parse().unwrap())
        .collect()
}

fn let_in(client: &Client, family: &mut Household, token: &str, kit: &Person) {
    let entries = [family.add_phone(kit), family.bundle(kit)];
    let pushed = Client::pushed(client.push(&family.record, token, &entries));
    assert_eq!(pushed.refused, []);
}

#[test]
fn a_kit_is_told_its_record_and_nobody_elses() {
    let (_relay, client, mut family, mothers) = at_home();
    let mut neighbours = Household::begin();
    client.begin(&neighbours).good();
    let theirs = client.token(&neighbours.record, &neighbours.mother);
    let (kit, neighbours_kit) = (Person::new(), Person::new());
    let_in(&client, &mut family, &mothers, &kit);
    let_in(&client, &mut neighbours, &theirs, &neighbours_kit);
    assert_eq!(found(&client, &kit), [family.record]);
    assert_eq!(found(&client, &neighbours_kit), [neighbours.record]);
    assert_eq!(found(&client, &Person::new()), []);
}

#[test]
fn who_does_not_hold_the_key_is_told_nothing() {
    let (_relay, client, mut family, mothers) = at_home();
    let kit = Person::new();
    let_in(&client, &mut family, &mothers, &kit);
    let nonce = nonce(&client, &kit.device());
    let forged = recovery::prove(&Person::new().keys, &nonce);
    assert_eq!(records(ask(&client, &kit.device(), &nonce, &forged)), []);
    // The proof is good once.
    let proof = recovery::prove(&kit.keys, &nonce);
    assert_eq!(
        records(ask(&client, &kit.device(), &nonce, &proof)),
        [family.record]
    );
    let again = ask(&client, &kit.device(), &nonce, &proof);
    assert_eq!(again.problem(), "challenge-failed");
}

#[test]
fn a_kit_that_was_removed_finds_nothing() {
    let (_relay, client, mut family, mothers) = at_home();
    let kit = Person::new();
    let_in(&client, &mut family, &mothers, &kit);
    let removal = family.remove(&kit, 0, &[]);
    Client::pushed(client.push(&family.record, &mothers, &[removal]));
    assert_eq!(found(&client, &kit), []);
}

#[test]
fn a_proof_for_finding_opens_no_record() {
    let (_relay, client, mut family, mothers) = at_home();
    let kit = Person::new();
    let_in(&client, &mut family, &mothers, &kit);
    let nonce = nonce(&client, &kit.device());
    let proof = recovery::prove(&kit.keys, &nonce);
    let token = client.answer_with(
        &family.record,
        &kit.device(),
        &hex::encode(nonce),
        &hex::encode(proof),
    );
    assert_eq!(token.problem(), "challenge-failed");
}
