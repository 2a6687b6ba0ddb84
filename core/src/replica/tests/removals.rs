//! What becomes of words and keys when somebody is removed.

use super::*;
use crate::id::OperationId;

fn exchange(a: &mut Replica, b: &mut Replica) {
    a.receive(b.entries().to_vec());
    b.receive(a.entries().to_vec());
}

fn grant_of(replica: &Replica, device: &DeviceId) -> OperationId {
    let state = replica.ledger().unwrap().state();
    let member = MemberId::from(*device);
    let (_, grants) = state.members().find(|(m, _)| *m == member).unwrap();
    *grants.keys().next().unwrap()
}

fn texts(replica: &Replica, compartment: Compartment) -> Vec<String> {
    let facts = replica.view().of_kind(compartment, "must-never");
    let mut texts: Vec<_> = facts
        .filter(|fact| fact.stands())
        .filter_map(|fact| fact.text("text").map(str::to_owned))
        .collect();
    texts.sort();
    texts
}

const CARE: Compartment = Compartment::Care;

#[test]
fn what_a_nurse_wrote_in_her_time_stays_and_what_she_wrote_after_her_removal_waits_for_a_guardian()
{
    let rng = &mut Seeded::new(30);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    say(&mut nurse, CARE, "前", rng);
    mother.receive(nurse.entries().to_vec());
    let grant = grant_of(&mother, &nurse.device());
    mother.revoke(&grant, NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), ["前"]);
    // Her tablet is offline and does not know.
    say(&mut nurse, CARE, "後", rng);
    let late = nurse.entries().to_vec();
    let received = mother.receive(late.clone());

    assert!(received.refused.is_empty(), "{received:?}");
    assert_eq!(texts(&mother, CARE), ["前"]);
    let waiting = mother.quarantine();
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].author, waiting[0].name.as_str()),
        (nurse.device(), "山田")
    );

    // Another phone learns everything in another order, and sees the same.
    let phone = DeviceKeys::generate(rng);
    let added = mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    let mut second = Replica::join(phone, mother.record());
    second.receive(late);
    second.receive(added);
    for entry in mother.entries().iter().rev() {
        second.receive(vec![entry.clone()]);
    }
    assert_eq!(second.view(), mother.view());
    assert_eq!(second.quarantine(), waiting);

    mother.endorse(&[waiting[0].chunk], NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), ["前", "後"]);
    assert_eq!(mother.quarantine(), []);
    second.receive(mother.entries().to_vec());
    assert_eq!(second.view(), mother.view());
    assert_eq!(second.quarantine(), []);
    let said = &second
        .view()
        .of_kind(CARE, "must-never")
        .last()
        .unwrap()
        .fields["text"];
    assert!(
        second
            .view()
            .of_kind(CARE, "must-never")
            .flat_map(|fact| &fact.fields["text"].values)
            .filter(|value| value.value == Value::Text("後".to_owned()))
            .all(|value| value.said[0].author.device == mother.device()),
        "{said:?}"
    );
}

#[test]
fn nobody_answers_for_what_does_not_wait_or_without_managing() {
    let rng = &mut Seeded::new(31);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let words = say(&mut nurse, CARE, "前", rng);
    mother.receive(words.clone());
    let chunk = crate::id::ChunkId::new(words[0].hash().0);
    assert!(matches!(
        mother.endorse(&[chunk], NOW, rng),
        Err(PeopleError::NotQuarantined(_))
    ));
}

#[test]
fn a_removed_tablet_with_all_bytes_and_its_old_keys_opens_nothing_sealed_after_its_removal_was_seen()
 {
    let rng = &mut Seeded::new(32);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let (mut mother, doctor) = {
        let keys = DeviceKeys::generate(rng);
        let rights = [(CARE, Right::Confirm)];
        mother
            .grant(keys.public(), &super::nurse(), &rights, NOW, rng)
            .unwrap();
        let mut doctor = Replica::join(keys, mother.record());
        doctor.receive(mother.entries().to_vec());
        (mother, doctor)
    };
    let mut doctor = doctor;
    say(&mut mother, CARE, "前", rng);
    nurse.receive(mother.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    doctor.receive(mother.entries().to_vec());
    say(&mut mother, CARE, "母の秘密", rng);
    say(&mut doctor, CARE, "医師の秘密", rng);
    exchange(&mut mother, &mut doctor);

    // All that a relay ever had, bundles for others among it.
    nurse.receive(mother.entries().to_vec());
    assert_eq!(texts(&nurse, CARE), ["前"]);
    let sealed_after: Vec<_> = mother
        .entries()
        .iter()
        .filter_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Chunk(chunk)) => Some(chunk),
            _ => None,
        })
        .filter(|chunk| {
            let seen = mother.ledger().unwrap().state_at(&chunk.header().heads);
            let seen = seen.unwrap();
            // Not those from before she came.
            seen.device(&nurse.device()).is_none() && seen.known_device(&nurse.device()).is_some()
        })
        .collect();
    assert!(sealed_after.len() >= 2);
    for chunk in sealed_after {
        assert!(nurse.keyring.key(&chunk.header().epoch).is_none());
        let authentic = chunk.verify(mother.ledger().unwrap()).unwrap();
        let state = mother.ledger().unwrap().state();
        let public = state.known_device(&authentic.author()).unwrap();
        for compartment in Compartment::ALL {
            let Some(tag) = nurse.keyring.tag(compartment) else {
                continue;
            };
            for (_, _, key) in nurse.keyring.all_of(&tag, state) {
                assert!(crate::chunk::open(&authentic, public, key).is_err());
            }
        }
    }
    assert!(texts(&mother, CARE).contains(&"医師の秘密".to_owned()));
    assert!(mother.ledger().unwrap().owed().is_empty());
}

#[test]
fn a_nurse_who_saw_a_removal_waits_for_the_new_key_and_any_manager_makes_it() {
    let rng = &mut Seeded::new(33);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let father = DeviceKeys::generate(rng);
    let all: Vec<_> = Compartment::ALL.map(|name| (name, Right::Manage)).to_vec();
    mother
        .grant(father.public(), &super::nurse(), &all, NOW, rng)
        .unwrap();
    let mut father = Replica::join(father, mother.record());
    let lost = DeviceKeys::generate(rng);
    mother
        .grant(
            lost.public(),
            &super::nurse(),
            &[(CARE, Right::Read)],
            NOW,
            rng,
        )
        .unwrap();
    father.receive(mother.entries().to_vec());
    let removal = mother.remove_device(&lost.id(), NOW, rng).unwrap();
    // Only the operation that removes gets through.
    nurse.receive(mother.entries()[..3].to_vec());
    for replica in [&mut nurse, &mut father] {
        let before_removal = mother
            .entries()
            .iter()
            .filter(|entry| !removal.contains(entry));
        replica.receive(before_removal.cloned().collect());
        replica.receive(vec![removal[0].clone()]);
    }
    let statement = BTreeMap::from([(CARE, vec![said("must-never", "text", "x")])]);
    assert!(matches!(
        nurse.say(statement, rng),
        Err(EditingError::KeyOwed(CARE))
    ));
    assert_eq!(father.owes(), [CARE]);
    let made = father.complete(NOW, rng).unwrap();
    assert!(father.owes().is_empty());
    nurse.receive(made);
    say(&mut nurse, CARE, "今", rng);
    exchange(&mut mother, &mut father);
    exchange(&mut mother, &mut nurse);
    assert_eq!(texts(&mother, CARE), ["今"]);
    assert!(mother.complete(NOW, rng).unwrap().is_empty());
}

#[test]
fn whoever_is_let_in_while_another_manager_rotates_gets_the_new_key_from_any_manager() {
    let rng = &mut Seeded::new(34);
    let mut mother = mother(rng);
    let second = DeviceKeys::generate(rng);
    mother.add_device(second.public(), "母", NOW, rng).unwrap();
    let mut second = Replica::join(second, mother.record());
    second.receive(mother.entries().to_vec());
    let keys = DeviceKeys::generate(rng);
    let rights = [(CARE, Right::Write)];
    mother
        .grant(keys.public(), &super::nurse(), &rights, NOW, rng)
        .unwrap();
    second.rotate(&[CARE], NOW, rng).unwrap();
    say(&mut second, CARE, "新しい鍵で", rng);
    exchange(&mut mother, &mut second);
    let mut nurse = Replica::join(keys, mother.record());
    nurse.receive(mother.entries().to_vec());
    assert_eq!(texts(&nurse, CARE), Vec::<String>::new());
    let owed = mother.complete(NOW, rng).unwrap();
    assert_eq!(owed.len(), 1);
    nurse.receive(owed);
    assert_eq!(texts(&nurse, CARE), ["新しい鍵で"]);
    assert!(mother.complete(NOW, rng).unwrap().is_empty());
}

#[test]
fn a_name_that_cannot_be_written_down_lets_nobody_in() {
    let rng = &mut Seeded::new(35);
    let mut mother = mother(rng);
    let keys = DeviceKeys::generate(rng);
    let endless = Member {
        name: "あ".repeat(400_000),
        ..super::nurse()
    };
    let before = mother.entries().to_vec();
    let refused = mother.grant(keys.public(), &endless, &[(CARE, Right::Read)], NOW, rng);
    assert!(
        matches!(refused, Err(PeopleError::Editing(_))),
        "{refused:?}"
    );
    assert!(
        mother
            .add_device(keys.public(), &endless.name, NOW, rng)
            .is_err()
    );
    assert_eq!(mother.entries(), before);
    assert!(
        mother
            .ledger()
            .unwrap()
            .state()
            .device(&keys.id())
            .is_none()
    );
}

#[test]
fn a_right_that_was_given_later_lends_nothing_to_what_was_said_before() {
    let rng = &mut Seeded::new(36);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Append)], rng);
    say(&mut mother, CARE, "母の言葉", rng);
    nurse.receive(mother.entries().to_vec());
    let edit = crate::edit::Edit::Set {
        compartment: CARE,
        fact: nurse
            .view()
            .of_kind(CARE, "must-never")
            .next()
            .unwrap()
            .id
            .clone(),
        fields: Fields::from([("text".to_owned(), Value::Text("別の言葉".to_owned()))]),
        clear: Vec::new(),
        how: How::default(),
    };
    nurse.edit(&[edit], NOW, rng).unwrap();
    let rights = [(CARE, Right::Write)];
    mother
        .grant(nurse.keys().public(), &super::nurse(), &rights, NOW, rng)
        .unwrap();
    exchange(&mut mother, &mut nurse);
    // She could not replace it when she said so, and what she may do now does not change that.
    assert_eq!(mother.view().contradictions().count(), 1);
}

/// What somebody says, with what they saw of a fact replaced.
fn correct(replica: &mut Replica, text: &str, rng: &mut Seeded) -> Vec<LogEntry> {
    let fact = replica.view().of_kind(CARE, "must-never").next().unwrap();
    let edit = crate::edit::Edit::Set {
        compartment: CARE,
        fact: fact.id.clone(),
        fields: Fields::from([("text".to_owned(), Value::Text(text.to_owned()))]),
        clear: Vec::new(),
        how: How::default(),
    };
    replica.edit(&[edit], NOW, rng).unwrap()
}

/// The changes of one of somebody's chunks, sealed once more as a chunk in this place and after this one.
fn sealed_again(
    author: &Replica,
    entry: &LogEntry,
    place: (u64, Option<crate::id::ChunkId>),
    rng: &mut Seeded,
) -> LogEntry {
    use crate::{
        attestation::Attested,
        chunk::{self, ChunkContent},
        sealed::ChunkHeader,
    };
    let Ok(ParsedEntry::Chunk(sealed)) = entry.parse() else {
        panic!("a chunk")
    };
    let header = sealed.header().clone();
    let key = author.keyring.key(&header.epoch).unwrap();
    let authentic = sealed.verify(author.ledger().unwrap()).unwrap();
    let opened = chunk::open(&authentic, author.keys().public(), key).unwrap();
    let attestation = Attestation::sign(
        author.keys(),
        Attested {
            counter: place.0,
            ..*opened.content.attestation.attested()
        },
    );
    let header = ChunkHeader {
        counter: place.0,
        previous: place.1,
        ..header
    };
    let changes = opened.content.changes;
    let content = ChunkContent {
        changes,
        attestation,
    };
    let bytes = chunk::seal(&header, &content, author.keys(), key, rng).unwrap();
    LogEntry {
        kind: EntryKind::Chunk,
        bytes,
    }
}

fn id_of(entry: &LogEntry) -> crate::id::ChunkId {
    crate::id::ChunkId::new(entry.hash().0)
}

#[test]
fn a_removed_nurse_who_seals_her_old_words_again_takes_none_of_them_back() {
    let rng = &mut Seeded::new(40);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let first = say(&mut nurse, CARE, "胸を押さない", rng);
    let second = say(&mut nurse, CARE, "脇を抱えない", rng);
    mother.receive(nurse.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    let before = mother.view().clone();
    let last = id_of(&second[0]);
    let late = sealed_again(&nurse, &first[0], (2, Some(last)), rng);
    let received = mother.receive(vec![late]);

    assert!(received.refused.is_empty(), "{received:?}");
    assert_eq!(*mother.view(), before);
    assert_eq!(mother.quarantine(), []);
}

#[test]
fn a_gap_that_a_nurse_left_before_her_removal_is_not_filled_with_later_words() {
    let rng = &mut Seeded::new(41);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let keys = nurse.keys().to_secret_bytes();
    let (old, begun) = (nurse.entries().to_vec(), nurse.record());
    let honest = say(&mut nurse, CARE, "零", rng);
    let mut in_secret = Replica::join(
        DeviceKeys::from_secret_bytes(keys.as_slice()).unwrap(),
        begun,
    );
    in_secret.receive(old);
    in_secret.receive(honest.clone());
    let hidden = say(&mut nurse, CARE, "一", rng);
    let seen = say(&mut nurse, CARE, "二", rng);
    mother.receive([honest, seen].concat());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), ["二", "零"]);

    // Years later she writes something else into the place that she had left open.
    let later = say(&mut in_secret, CARE, "後から", rng);
    mother.receive(later);
    assert_eq!(texts(&mother, CARE), ["二", "零"]);
    assert_eq!(mother.quarantine().len(), 1);
    // What she had really said there still counts when it comes.
    mother.receive(hidden);
    assert_eq!(texts(&mother, CARE), ["一", "二", "零"]);
    assert_eq!(mother.quarantine().len(), 1);
}

#[test]
fn a_chunk_lost_on_one_phone_only_hides_nothing_there() {
    let rng = &mut Seeded::new(42);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    say(&mut nurse, CARE, "零", rng);
    let lost = say(&mut nurse, CARE, "一", rng);
    say(&mut nurse, CARE, "二", rng);
    mother.receive(nurse.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    let phone = DeviceKeys::generate(rng);
    mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    let mut phone = Replica::join(phone, mother.record());
    let entries = mother.entries().iter();
    phone.receive(
        entries
            .filter(|entry| **entry != lost[0])
            .cloned()
            .collect(),
    );
    assert_eq!(texts(&phone, CARE), ["二", "零"]);
    assert_eq!(phone.quarantine(), []);
}

#[test]
fn what_counts_does_not_depend_on_whether_the_key_of_later_words_has_come() {
    let rng = &mut Seeded::new(43);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let phone = DeviceKeys::generate(rng);
    mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    let mut second = Replica::join(phone, mother.record());
    second.receive(mother.entries().to_vec());
    // Her tablet breaks before its words reach anybody but the mother; an older backup goes on under a new key.
    let mut restored = restarted(&nurse);
    let lost = say(&mut nurse, CARE, "壊れた端末", rng);
    let mut made = second.rotate(&[CARE], NOW, rng).unwrap();
    restored.receive(second.entries().to_vec());
    made.extend(say(&mut restored, CARE, "復元した端末", rng));
    let last = say(&mut restored, CARE, "次の日", rng);
    second.receive(restored.entries().to_vec());
    let grant = grant_of(&second, &nurse.device());
    made.extend(second.revoke(&grant, NOW, rng).unwrap());

    mother.receive(lost);
    assert_eq!(texts(&mother, CARE), ["壊れた端末"]);
    let (keys, rest): (Vec<_>, Vec<_>) = made
        .into_iter()
        .partition(|entry| entry.kind == EntryKind::Bundle);
    mother.receive(rest);
    let received = mother.receive(last);
    assert!(received.accepted.is_empty() && received.changed);
    assert_eq!(texts(&mother, CARE), [""; 0]);
    assert_eq!(mother.quarantine().len(), 1);

    mother.receive(keys);
    assert_eq!(texts(&mother, CARE), ["復元した端末", "次の日"]);
    assert_eq!(mother.quarantine().len(), 1);
    assert_eq!(restarted(&mother).view(), mother.view());
}

/// A further phone of somebody's that gets everything but the chunks of daily care.
fn without_chunks(of: &mut Replica, rng: &mut Seeded) -> Replica {
    let phone = DeviceKeys::generate(rng);
    of.add_device(phone.public(), "母", NOW, rng).unwrap();
    let tag = of.keyring.tag(CARE).unwrap();
    let mut phone = Replica::join(phone, of.record());
    let entries = of.entries().iter().filter(|entry| {
        !matches!(entry.parse(), Ok(ParsedEntry::Chunk(chunk)) if chunk.header().compartment == tag)
    });
    phone.receive(entries.cloned().collect());
    phone
}

#[test]
fn a_phone_that_gets_a_snapshot_instead_of_chunks_shows_what_a_removed_nurse_had_said_in_her_time()
{
    let rng = &mut Seeded::new(43);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    say(&mut nurse, CARE, "前", rng);
    mother.receive(nurse.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    say(&mut nurse, CARE, "後", rng);
    say(&mut nurse, CARE, "もっと後", rng);
    mother.receive(nurse.entries().to_vec());
    assert_eq!(mother.quarantine().len(), 2);
    mother.snapshot(CARE, rng).unwrap();

    let phone = without_chunks(&mut mother, rng);
    assert_eq!(texts(&phone, CARE), ["前"]);
    assert_eq!(texts(&mother, CARE), ["前"]);
    assert_eq!(phone.quarantine(), mother.quarantine());
}

#[test]
fn keys_that_nobody_knows_of_do_not_wait_at_the_person_they_are_for() {
    let rng = &mut Seeded::new(49);
    let all = Compartment::ALL.map(|compartment| (compartment, Right::Manage));
    let (mut mother, father) = mother_and(&all, rng);
    let before = father.ledger().unwrap().heads();
    mother.remove_device(&father.device(), NOW, rng).unwrap();
    // He managed, so he can cite for ever what he could see before.
    let tag = father.keyring.tag(CARE).unwrap();
    let nobodys = crate::epoch::EpochKey::generate(rng);
    let bytes = crate::bundle::wrap(
        father.keys(),
        mother.keys().public(),
        mother.record(),
        before,
        &[(CARE, tag, &nobodys)],
        rng,
    );
    let received = mother.receive(vec![LogEntry {
        kind: EntryKind::Bundle,
        bytes: bytes.unwrap(),
    }]);

    let why = &received.refused.first().unwrap().why;
    assert_eq!(why.code(), "unknown-epoch");
    assert_eq!(
        (received.waiting, mother.integrity().waiting),
        (vec![], vec![])
    );
}

#[test]
fn a_late_snapshot_by_a_removed_nurse_proves_nothing() {
    let rng = &mut Seeded::new(44);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    say(&mut mother, CARE, "母の言葉", rng);
    nurse.receive(mother.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    // She knows nothing of it, or pretends so, and hands over a snapshot.
    say(&mut nurse, CARE, "後", rng);
    let late = nurse.snapshot(CARE, rng).unwrap();
    let received = mother.receive(vec![late]);

    assert!(received.refused.is_empty(), "{received:?}");
    assert_eq!(texts(&mother, CARE), ["母の言葉"]);
    let waiting = mother.quarantine();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].author, nurse.device());
    mother.endorse(&[waiting[0].chunk], NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), ["後", "母の言葉"]);
    assert_eq!(mother.quarantine(), []);
}

#[test]
fn a_snapshot_lends_nothing_to_words_whose_chunk_is_here() {
    let rng = &mut Seeded::new(50);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let grant = grant_of(&mother, &nurse.device());
    say(&mut nurse, CARE, "遅い言葉", rng);
    let snapshot = nurse.snapshot(CARE, rng).unwrap();
    mother.revoke(&grant, NOW, rng).unwrap();
    let (keys, rights) = (nurse.keys().public().clone(), [(CARE, Right::Write)]);
    mother
        .grant(&keys, &super::nurse(), &rights, NOW, rng)
        .unwrap();
    let mut chunks = nurse.entries().to_vec();
    chunks.retain(|entry| *entry != snapshot);
    mother.receive(chunks);
    let (shown, waiting) = (mother.view().clone(), mother.quarantine());
    assert_eq!(waiting.len(), 1);

    let received = mother.receive(vec![snapshot]);
    assert_eq!(received.accepted.len(), 1);
    assert_eq!((mother.view(), mother.quarantine()), (&shown, waiting));
}

#[test]
fn an_answer_for_one_word_hides_no_other_that_a_snapshot_tells_with_it() {
    let rng = &mut Seeded::new(51);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let phone = DeviceKeys::generate(rng);
    mother.add_device(phone.public(), "母", NOW, rng).unwrap();
    say(&mut nurse, CARE, "前", rng);
    mother.receive(nurse.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    say(&mut nurse, CARE, "後", rng);
    let snapshot = nurse.snapshot(CARE, rng).unwrap();
    mother.receive(nurse.entries().to_vec());
    mother
        .endorse(&[mother.quarantine()[0].chunk], NOW, rng)
        .unwrap();
    assert_eq!(texts(&mother, CARE), ["前", "後"]);

    // What the nurse's tablet sealed never reaches her second phone, only the snapshot of it.
    let is_nurses = |entry: &&LogEntry| matches!(entry.parse(), Ok(ParsedEntry::Chunk(chunk)) if chunk.author() == nurse.device());
    let rest = mother.entries().iter().filter(|entry| !is_nurses(entry));
    let mut second = Replica::join(phone, mother.record());
    second.receive(rest.cloned().collect());
    assert!(second.is_accepted(&snapshot).unwrap());
    assert_eq!(texts(&second, CARE), ["後"]);
    let waiting = second.quarantine();
    let listed: Vec<_> = waiting.iter().flat_map(|of| &of.statements).collect();
    assert_eq!(
        (listed.len(), &listed[0].fact),
        (1, &fact_of(&mother, "前"))
    );
}

fn fact_of(replica: &Replica, text: &str) -> crate::statement::FactId {
    let mut facts = replica.view().of_kind(CARE, "must-never");
    facts
        .find(|fact| fact.text("text") == Some(text))
        .unwrap()
        .id
        .clone()
}

#[test]
fn a_snapshot_by_somebody_who_left_later_takes_no_word_of_others_with_it() {
    let rng = &mut Seeded::new(45);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    say(&mut mother, CARE, "母の言葉", rng);
    nurse.receive(mother.entries().to_vec());
    mother.receive(vec![nurse.snapshot(CARE, rng).unwrap()]);
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();

    let phone = without_chunks(&mut mother, rng);
    assert_eq!(texts(&phone, CARE), ["母の言葉"]);
    assert_eq!(phone.quarantine(), []);
}

#[test]
fn a_guardian_who_answers_for_a_value_and_its_correction_says_the_correction_only() {
    let rng = &mut Seeded::new(46);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    say(&mut mother, CARE, "10 mL", rng);
    nurse.receive(mother.entries().to_vec());
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    correct(&mut nurse, "12 mL", rng);
    correct(&mut nurse, "8 mL", rng);
    mother.receive(nurse.entries().to_vec());
    let waiting = mother.quarantine();
    assert_eq!(waiting.len(), 2);
    let chunks: Vec<_> = waiting.iter().map(|found| found.chunk).collect();
    let mut picks_the_first = restarted(&mother);

    mother.endorse(&chunks, NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), ["8 mL"]);
    assert_eq!(mother.view().contradictions().count(), 0);
    assert_eq!(mother.quarantine(), []);
    // Nothing is forgotten.
    let fact = mother.view().of_kind(CARE, "must-never").next().unwrap();
    assert_eq!(mother.history(CARE, &fact.id).len(), 4);

    picks_the_first.endorse(&chunks[..1], NOW, rng).unwrap();
    assert_eq!(texts(&picks_the_first, CARE), ["12 mL"]);
    assert_eq!(picks_the_first.view().contradictions().count(), 0);
}

#[test]
fn what_a_nurse_took_back_herself_is_not_said_again() {
    let rng = &mut Seeded::new(47);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    mother.remove_device(&nurse.device(), NOW, rng).unwrap();
    say(&mut nurse, CARE, "間違い", rng);
    let fact = nurse.view().of_kind(CARE, "must-never").next().unwrap();
    let edit = crate::edit::Edit::Retract {
        compartment: CARE,
        fact: fact.id.clone(),
        reason: "別の子".to_owned(),
        how: How::default(),
    };
    nurse.edit(&[edit], NOW, rng).unwrap();
    mother.receive(nurse.entries().to_vec());
    let chunks: Vec<_> = mother
        .quarantine()
        .iter()
        .map(|found| found.chunk)
        .collect();
    mother.endorse(&chunks, NOW, rng).unwrap();
    assert_eq!(texts(&mother, CARE), Vec::<String>::new());
    assert_eq!(mother.quarantine(), []);
}

#[test]
fn a_change_refused_after_it_waited_leaves_no_more_behind_than_one_refused_at_once() {
    let rng = &mut Seeded::new(48);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let first = say(&mut nurse, CARE, "一", rng);
    let mut second = Replica::join(
        DeviceKeys::from_secret_bytes(mother.keys().to_secret_bytes().as_slice()).unwrap(),
        mother.record(),
    );
    second.receive(mother.entries().to_vec());
    let unsound = misnumbered_after(&nurse, &first[0], rng);
    for entry in [&first[0], &unsound] {
        mother.receive(vec![entry.clone()]);
    }
    for entry in [&unsound, &first[0]] {
        second.receive(vec![entry.clone()]);
    }
    assert_eq!(mother.integrity().set_aside.len(), 1);
    assert_eq!(second.integrity(), mother.integrity());
    assert_eq!(second.view(), mother.view());
    assert_eq!(
        second
            .chains
            .last(nurse.device(), nurse.keyring.tag(CARE).unwrap()),
        mother
            .chains
            .last(nurse.device(), nurse.keyring.tag(CARE).unwrap())
    );
}

/// The author's next words after a chunk, with operations that are numbered wrongly.
fn misnumbered_after(author: &Replica, before: &LogEntry, rng: &mut Seeded) -> LogEntry {
    let open = &author.compartments[&CARE];
    let salt = open.session.unwrap();
    let writer = crate::attestation::actor(&author.record(), &open.tag, &author.device(), &salt);
    let words = [said("must-never", "text", "二")];
    let own = open.document.clone().append(&writer, &words).unwrap();
    let place = (1, Some(id_of(before)));
    misnumbered(author, salt, place, Vec::new(), &own.bytes, rng)
}

#[test]
fn a_phone_added_by_somebody_whose_own_new_key_had_not_come_gets_it_as_soon_as_they_have_it() {
    let rng = &mut Seeded::new(49);
    let (mut mother, mut nurse) = mother_and(&[(CARE, Right::Write)], rng);
    let rotated = mother.rotate(&[CARE], NOW, rng).unwrap();
    // The operation came, the key did not.
    let (operation, keys): (Vec<_>, Vec<_>) = rotated
        .into_iter()
        .partition(|entry| entry.kind == EntryKind::Operation);
    nurse.receive(operation);
    let phone = DeviceKeys::generate(rng);
    nurse.add_device(phone.public(), "山田", NOW, rng).unwrap();
    say(&mut mother, CARE, "新しい鍵で", rng);
    let mut phone = Replica::join(phone, mother.record());
    phone.receive(nurse.entries().to_vec());
    phone.receive(mother.entries().to_vec());
    assert_eq!(texts(&phone, CARE), Vec::<String>::new());

    nurse.receive(keys);
    let owed = nurse.complete(NOW, rng).unwrap();
    assert_eq!(owed.len(), 1);
    phone.receive(owed);
    assert_eq!(texts(&phone, CARE), ["新しい鍵で"]);
    assert!(nurse.complete(NOW, rng).unwrap().is_empty());
}

#[test]
fn somebody_who_reads_less_than_when_they_let_another_in_works_on_where_they_may() {
    let rng = &mut Seeded::new(62);
    let both = [(CARE, Right::Manage), (Compartment::Log, Right::Manage)];
    let (mut mother, mut father) = mother_and(&both, rng);
    let managing = grant_of(&mother, &father.device());
    let rotated = mother.rotate(&[Compartment::Log], NOW, rng).unwrap();
    // The operation came, the key did not: so he owes it to whom he lets in.
    let (operation, keys): (Vec<_>, Vec<_>) = rotated
        .into_iter()
        .partition(|entry| entry.kind == EntryKind::Operation);
    father.receive(operation);
    let school = DeviceKeys::generate(rng);
    let rights = [(Compartment::Log, Right::Read)];
    father
        .grant(school.public(), &nurse(), &rights, NOW, rng)
        .unwrap();
    mother.receive(father.entries().to_vec());
    let less = [(CARE, Right::Append)];
    let his = father.keys().public().clone();
    mother.grant(&his, &nurse(), &less, NOW, rng).unwrap();
    mother.revoke(&managing, NOW, rng).unwrap();
    father.receive([keys, mother.entries().to_vec()].concat());

    assert_eq!(father.right(Compartment::Log), None);
    assert_eq!(father.complete(NOW, rng).unwrap(), []);
    say(&mut father, CARE, "吸引した", rng);
    assert_eq!(texts(&father, CARE), ["吸引した"]);
}
