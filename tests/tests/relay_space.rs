//! A relay that is nearly full: content has to wait on the devices, but a removal never does.
use omamori_core::{ledger::rights::Right, log::EntryKind};
use omamori_tests::relay::{Client, Household, Line, LocalRelay, Person, at_home_with};

const CARE: usize = 1;

/// Writes until the relay takes no more; what it refused last.
fn fill(client: &Client, family: &mut Household, token: &str) -> omamori_core::log::LogEntry {
    for _ in 0..400 {
        let entry = family.mothers_chunk(CARE, &[7; 20_000]);
        let answer = client.push(&family.record, token, std::slice::from_ref(&entry));
        if answer.status != 200 {
            assert_eq!(
                (answer.status, answer.problem()),
                (507, "relay-full".to_owned())
            );
            assert_eq!(answer.header("retry-after"), "30");
            return entry;
        }
    }
    panic!("the relay never filled");
}

#[test]
fn a_relay_at_its_quota_takes_no_content_and_still_carries_who_may_see_what() {
    let (relay, client, mut family, token) =
        at_home_with(|config| config.limits.quotas.total = 2 << 20);
    let refused = fill(&client, &mut family, &token);

    let mut line = Line::open(&relay.address(), &family.record, &token).unwrap();
    let nurse = Person::new();
    let let_in = [
        family.grant(&nurse, &[(CARE, Right::Read)]),
        family.bundle(&nurse),
    ];
    let pushed = Client::pushed(client.push(&family.record, &token, &let_in));
    assert_eq!(pushed.accepted.len(), 2);
    line.entry();

    // She is in, and reads all there is.
    let hers = client.token(&family.record, &nurse);
    let entries = client.pull_all(&family.record, &hers);
    let count = |wanted| {
        entries
            .iter()
            .filter(|(_, kind, _)| *kind == wanted)
            .count()
    };
    assert_eq!(
        (count(EntryKind::Operation), count(EntryKind::Bundle)),
        (2, 1)
    );
    assert!(count(EntryKind::Chunk) > 10);

    // Nothing else comes in: no words, also not beside a removal, and no further child.
    let again = client.push(&family.record, &token, std::slice::from_ref(&refused));
    assert_eq!(again.problem(), "relay-full");
    let mixed = [
        refused,
        family.bundle(&nurse),
        family.add_phone(&Person::new()),
    ];
    assert_eq!(
        client.push(&family.record, &token, &mixed).problem(),
        "relay-full"
    );
    assert_eq!(client.begin(&Household::begin()).problem(), "relay-full");
    let pushed = Client::pushed(client.push(&family.record, &token, &mixed[1..]));
    assert_eq!(pushed.accepted.len(), 2);
}

#[test]
fn what_the_relay_has_already_can_be_sent_again_when_it_is_full() {
    let (_relay, client, mut family, token) =
        at_home_with(|config| config.limits.quotas.total = 1 << 20);
    let first = family.mothers_chunk(CARE, b"first");
    Client::pushed(client.push(&family.record, &token, std::slice::from_ref(&first)));
    fill(&client, &mut family, &token);
    let pushed = Client::pushed(client.push(&family.record, &token, &[first]));
    assert_eq!(pushed.accepted.len(), 1);
}

#[test]
fn a_disk_with_less_free_than_the_reserve_takes_no_content_and_recovers_by_itself() {
    let (relay, client, mut family, _) = at_home_with(|_| {});
    client.get("/readyz").good();
    let folder = relay.stop();
    let relay = LocalRelay::in_folder(folder, |config| {
        config.limits.quotas.reserve = u64::MAX / 2;
    });
    let client = relay.client();
    let token = client.token(&family.record, &family.mother);
    let entry = family.mothers_chunk(CARE, b"waits on her phone");
    let refused = client.push(&family.record, &token, std::slice::from_ref(&entry));
    assert_eq!(
        (refused.status, refused.problem()),
        (507, "relay-full".to_owned())
    );
    let phone = family.add_phone(&Person::new());
    let pushed = Client::pushed(client.push(&family.record, &token, &[phone]));
    assert_eq!(pushed.accepted.len(), 1);

    let relay = LocalRelay::in_folder(relay.stop(), |_| {});
    let client = relay.client();
    let token = client.token(&family.record, &family.mother);
    let pushed = Client::pushed(client.push(&family.record, &token, &[entry]));
    assert_eq!(pushed.accepted.len(), 1);
}

#[test]
fn nobody_fills_what_is_kept_for_removals_with_one_record() {
    let (_relay, client, mut family, token) =
        at_home_with(|config| config.limits.quotas.total = 1 << 20);
    fill(&client, &mut family, &token);
    let nurse = Person::new();
    let grant = family.grant(&nurse, &[(CARE, Right::Read)]);
    Client::pushed(client.push(&family.record, &token, &[grant]));
    let mut taken = 0;
    loop {
        let bundle = family.large_bundle(&nurse, 100_000);
        let answer = client.push(&family.record, &token, &[bundle]);
        if answer.status != 200 {
            assert_eq!(answer.problem(), "relay-full");
            break;
        }
        taken += 1;
        assert!(taken < 100, "keys without end");
    }
    assert!(taken > 5);
}
