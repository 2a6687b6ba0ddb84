//! What is said of printed cards afterwards: anybody with a card may ask, only whoever made it may say.

use omamori_core::{
    card_notice::{CardNotice, Says},
    cose::SigningKey,
};
use omamori_tests::relay::LocalRelay;

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
