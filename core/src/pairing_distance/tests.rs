//! A mother, a grandmother in another town, and somebody who owns the messenger and the mailbox.

use super::*;
use crate::{device::DeviceKeys, seeded::Seeded};
use proptest::prelude::*;

const AOI: RecordId = RecordId::new([7; 32]);

/// The mother's phone: it takes the first answer and no other.
struct Mother {
    kept: Vec<u8>,
    taken: Option<Vec<u8>>,
}

impl Mother {
    fn invites(rng: &mut Seeded) -> Self {
        Self {
            kept: Invitation::new(AOI, rng).to_secret_bytes().to_vec(),
            taken: None,
        }
    }

    fn invitation(&self) -> Invitation {
        Invitation::from_secret_bytes(&self.kept).unwrap()
    }

    fn link(&self) -> Link {
        self.invitation().link()
    }

    fn met(&self) -> Met {
        let slot_1 = self.taken.as_deref().unwrap();
        self.invitation().meet(slot_1).unwrap()
    }

    /// What she shows after an answer came.
    fn hears(&mut self, slot_1: &[u8]) -> Vec<u8> {
        self.taken.get_or_insert_with(|| slot_1.to_vec());
        self.met().shown()
    }

    fn is_told(&self, words: &Words) -> Result<Agreed, DistanceError> {
        self.met().compare(words)
    }
}

/// The grandmother's phone: one answer to one link.
struct Grandmother {
    keys: DeviceKeys,
    link: Link,
    slot_1: Vec<u8>,
}

impl Grandmother {
    fn opens(link: Link, rng: &mut Seeded) -> Self {
        let keys = DeviceKeys::generate(rng);
        let slot_1 = link.reply(keys.public(), rng);
        Self { keys, link, slot_1 }
    }

    fn reads_aloud(&self, slot_2: &[u8]) -> Words {
        self.link.words(&self.slot_1, slot_2).unwrap()
    }
}

#[test]
fn a_grandmother_far_away_is_let_in_by_four_words() {
    let rng = &mut Seeded::new(1);
    let mut mother = Mother::invites(rng);
    let sent = mother.link().to_string();
    let grandmother = Grandmother::opens(sent.parse().unwrap(), rng);
    assert_eq!(grandmother.link.mailbox(), mother.link().mailbox());
    let shown = mother.hears(&grandmother.slot_1);
    let said = grandmother.reads_aloud(&shown);
    let agreed = mother.is_told(&said).unwrap();
    assert_eq!(agreed.guest.id(), grandmother.keys.id());
    assert_eq!(grandmother.link.record(&shown, &agreed.answer), Ok(AOI));
}

#[test]
fn a_phone_that_was_closed_in_between_goes_on() {
    let rng = &mut Seeded::new(2);
    let invitation = Invitation::new(AOI, rng);
    let (link, kept) = (invitation.link(), invitation.to_secret_bytes());
    let grandmother = Grandmother::opens(link, rng);
    let shown = invitation.meet(&grandmother.slot_1).unwrap().shown();
    let opened = Invitation::from_secret_bytes(&kept).unwrap();
    let met = opened.meet(&grandmother.slot_1).unwrap();
    assert_eq!(met.shown(), shown);
    assert!(met.compare(&grandmother.reads_aloud(&shown)).is_ok());
    assert_eq!(
        Invitation::from_secret_bytes(&kept[..95]).unwrap_err(),
        DistanceError::NotOurs
    );
}

#[test]
fn before_somebody_answered_there_is_nothing_to_show() {
    let rng = &mut Seeded::new(6);
    let mother = Mother::invites(rng);
    let answer = Grandmother::opens(mother.link(), rng).slot_1;
    let padded = [answer.as_slice(), &[0]].concat();
    let none: [&[u8]; 4] = [&[], &[0; 64], &answer[..answer.len() - 1], &padded];
    for slot_1 in none {
        let met = mother.invitation().meet(slot_1);
        assert!(matches!(
            met.map(|met| met.shown()),
            Err(DistanceError::Malformed(_))
        ));
    }
    assert!(mother.invitation().meet(&answer).is_ok());
}

#[test]
fn words_are_bip39s_and_another_word_lets_nobody_in() {
    let rng = &mut Seeded::new(3);
    let mut mother = Mother::invites(rng);
    let grandmother = Grandmother::opens(mother.link(), rng);
    let said = grandmother.reads_aloud(&mother.hears(&grandmother.slot_1));
    for word in 0..WORDS {
        let mut places = said.places();
        places[word] = (places[word] + 1) % 2048;
        let misheard = Words::from_places(&places).unwrap();
        assert_eq!(
            mother.is_told(&misheard).unwrap_err(),
            DistanceError::WordsDiffer
        );
    }
    let list = crate::recovery::list();
    assert!(
        said.places()
            .iter()
            .all(|place| usize::from(*place) < list.len())
    );
    assert_eq!(
        Words::from_places(&said.places()[..3]),
        Err(DistanceError::WordsDiffer)
    );
}

#[test]
fn it_shows_nothing_of_what_is_secret() {
    let rng = &mut Seeded::new(4);
    let invitation = Invitation::new(AOI, rng);
    assert_eq!(format!("{invitation:?}"), "Invitation(..)");
}

#[test]
fn other_links_and_messages_are_refused_by_name() {
    let rng = &mut Seeded::new(5);
    let mut mother = Mother::invites(rng);
    let grandmother = Grandmother::opens(mother.link(), rng);
    assert_eq!("00ff".parse::<Link>(), Err(DistanceError::NotOurs));
    let newer = cbor::encode(&Value::Array(vec![cbor::uint(2u64), cbor::uint(1u64)]));
    assert_eq!(
        mother.invitation().meet(&newer).unwrap_err(),
        DistanceError::FutureVersion
    );
    // Reflected: her own message is no answer to her.
    let shown = mother.hears(&grandmother.slot_1);
    assert!(matches!(
        mother.invitation().meet(&shown),
        Err(DistanceError::Malformed(_))
    ));
    assert!(matches!(
        grandmother
            .link
            .words(&grandmother.slot_1, &grandmother.slot_1),
        Err(DistanceError::Malformed(_))
    ));
}

proptest! {
    #[test]
    fn whoever_answers_in_her_place_gives_other_words(seed: u64) {
        let rng = &mut Seeded::new(seed);
        let mut mother = Mother::invites(rng);
        let grandmother = Grandmother::opens(mother.link(), rng);
        let thief = Grandmother::opens(mother.link(), rng);
        // He is first at the mailbox, and lets her see what the mother shows.
        let shown = mother.hears(&thief.slot_1);
        let said = grandmother.reads_aloud(&shown);
        prop_assert_eq!(mother.is_told(&said).unwrap_err(), DistanceError::WordsDiffer);
    }

    #[test]
    fn whoever_gives_her_another_link_gives_other_words(seed: u64) {
        let rng = &mut Seeded::new(seed);
        let mut mother = Mother::invites(rng);
        let mut thief = Mother::invites(rng);
        // Both sides as the thief likes: he even knows hers before he answers the mother.
        let grandmother = Grandmother::opens(thief.link(), rng);
        let said = grandmother.reads_aloud(&thief.hears(&grandmother.slot_1));
        // With his own keys, and with hers.
        let own = Grandmother::opens(mother.link(), rng);
        let answer = if seed.is_multiple_of(2) { &own.slot_1 } else { &grandmother.slot_1 };
        mother.hears(answer);
        prop_assert_eq!(mother.is_told(&said).unwrap_err(), DistanceError::WordsDiffer);
    }

    #[test]
    fn whoever_has_seen_what_the_mother_shows_answers_too_late(seed: u64) {
        let rng = &mut Seeded::new(seed);
        let mut mother = Mother::invites(rng);
        let grandmother = Grandmother::opens(mother.link(), rng);
        let shown = mother.hears(&grandmother.slot_1);
        let said = grandmother.reads_aloud(&shown);
        // Now he could look for keys that lead to the same words; her phone keeps the first answer.
        let late = Grandmother::opens(mother.link(), rng);
        mother.hears(&late.slot_1);
        let agreed = mother.is_told(&said).unwrap();
        prop_assert_eq!(agreed.guest.id(), grandmother.keys.id());
    }

    #[test]
    fn nobody_but_who_made_the_link_shows_what_it_stands_for(seed: u64, place: usize, bit in 0..8u8) {
        let rng = &mut Seeded::new(seed);
        let mut mother = Mother::invites(rng);
        let grandmother = Grandmother::opens(mother.link(), rng);
        let shown = mother.hears(&grandmother.slot_1);
        let mut altered = shown.clone();
        let place = place % altered.len();
        altered[place] ^= 1 << bit;
        prop_assert!(grandmother.link.words(&grandmother.slot_1, &altered).is_err());
        let other = Mother::invites(rng).hears(&grandmother.slot_1);
        prop_assert_eq!(
            grandmother.link.words(&grandmother.slot_1, &other),
            Err(DistanceError::NotOfTheLink)
        );
    }

    #[test]
    fn what_was_said_for_one_link_is_worth_nothing_for_another(seed: u64) {
        let rng = &mut Seeded::new(seed);
        let (mut first, mut second) = (Mother::invites(rng), Mother::invites(rng));
        let grandmother = Grandmother::opens(first.link(), rng);
        let said = grandmother.reads_aloud(&first.hears(&grandmother.slot_1));
        // Her answer, replayed to another invitation.
        second.hears(&grandmother.slot_1);
        prop_assert_eq!(second.is_told(&said).unwrap_err(), DistanceError::WordsDiffer);
    }

    #[test]
    fn an_altered_answer_is_not_the_guests(seed: u64, place: usize, bit in 0..8u8) {
        let rng = &mut Seeded::new(seed);
        let mut mother = Mother::invites(rng);
        let grandmother = Grandmother::opens(mother.link(), rng);
        let mut altered = grandmother.slot_1.clone();
        let place = place % altered.len();
        altered[place] ^= 1 << bit;
        // One that is no answer any more is refused before anything is shown.
        if mother.invitation().meet(&altered).is_ok() {
            let said = grandmother.reads_aloud(&mother.hears(&altered));
            prop_assert!(mother.is_told(&said).is_err());
        }
    }

    #[test]
    fn nobody_leads_her_into_another_record(seed: u64, place: usize, bit in 0..8u8) {
        let rng = &mut Seeded::new(seed);
        let mut mother = Mother::invites(rng);
        let grandmother = Grandmother::opens(mother.link(), rng);
        let link = grandmother.link;
        let shown = mother.hears(&grandmother.slot_1);
        let mut altered = mother.is_told(&grandmother.reads_aloud(&shown)).unwrap().answer;
        let place = place % altered.len();
        altered[place] ^= 1 << bit;
        prop_assert!(link.record(&shown, &altered).is_err());
        let elsewhere = Invitation::new(RecordId::new([8; 32]), rng);
        let her = Grandmother::opens(elsewhere.link(), rng);
        let met = elsewhere.meet(&her.slot_1).unwrap();
        let said = her.reads_aloud(&met.shown());
        let other = met.compare(&said).unwrap().answer;
        prop_assert_eq!(link.record(&shown, &other), Err(DistanceError::NotOfTheLink));
    }

    #[test]
    fn no_bytes_make_it_fall(bytes: Vec<u8>, link: [u8; 32]) {
        let invitation = Invitation::new(AOI, &mut Seeded::new(1));
        prop_assert!(invitation.meet(&bytes).is_err());
        prop_assert!(Link(link).words(&bytes, &bytes).is_err());
        prop_assert!(Link(link).record(&bytes, &bytes).is_err());
    }
}
