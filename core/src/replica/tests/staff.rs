//! An organisation and its staff: one tablet, several persons.

use super::*;
use crate::{
    id::OperationId,
    ledger::{
        LedgerError,
        operation::{Operation, UntilDate},
    },
    organisation::OrganisationKeys,
    sealed::EntryError,
};
use std::collections::BTreeSet;

const CARE: Compartment = Compartment::Care;
const LOG: Compartment = Compartment::Log;
const RIGHTS: [(Compartment, Right); 2] = [(CARE, Right::Write), (LOG, Right::Append)];

fn called(name: &str) -> Member {
    Member {
        name: name.to_owned(),
        role: Role::Nurse,
        organisation: "ひまわり訪問看護ステーション".to_owned(),
    }
}

fn colleague(name: &str, keys: &DeviceKeys) -> Colleague {
    Colleague {
        device: keys.public().clone(),
        member: called(name),
    }
}

fn texts(replica: &Replica) -> Vec<String> {
    let facts = replica.view().of_kind(CARE, "must-never");
    let mut texts: Vec<_> = facts
        .filter(|fact| fact.stands())
        .filter_map(|fact| fact.text("text").map(str::to_owned))
        .collect();
    texts.sort();
    texts
}

fn author_of(replica: &Replica, text: &str) -> String {
    let mut facts = replica.view().of_kind(CARE, "must-never");
    let fact = facts.find(|fact| fact.text("text") == Some(text)).unwrap();
    fact.fields["text"].values[0].said[0].author.name.clone()
}

/// A mother, the station she let in, and the nurse whom she met.
struct Round {
    rng: Seeded,
    mother: Replica,
    station: OrganisationKeys,
    grant: OperationId,
    sato: Replica,
}

/// A mother agreed to a station, whose tablet has not certified the nurse she met.
struct Agreed {
    mother: Replica,
    station: OrganisationKeys,
    grant: OperationId,
    sato: DeviceKeys,
}

impl Agreed {
    fn on(terms: Terms, rng: &mut Seeded) -> Self {
        let mut mother = mother(rng);
        say(&mut mother, CARE, "母の言葉", rng);
        let station = OrganisationKeys::generate(rng);
        let sato = DeviceKeys::generate(rng);
        let met = [colleague("佐藤", &sato)];
        let key = station.public();
        let made = mother
            .grant_organisation(terms, key, &met, &RIGHTS, NOW, rng)
            .unwrap();
        Self {
            grant: OperationId::new(made[0].hash().0),
            mother,
            station,
            sato,
        }
    }

    /// What the tablet signs for the nurse.
    fn certificate(&self) -> LogEntry {
        let record = self.mother.record();
        self.station
            .join_after(&record, self.grant, self.sato.public(), None, NOW)
    }
}

impl Round {
    fn begun(seed: u64) -> Self {
        Self::begun_on(Terms::default(), seed)
    }

    fn begun_on(terms: Terms, seed: u64) -> Self {
        let mut rng = Seeded::new(seed);
        let agreed = Agreed::on(terms, &mut rng);
        let join = agreed.certificate();
        let mut sato = Replica::join(agreed.sato, agreed.mother.record());
        sato.receive(vec![join]);
        let mut round = Self {
            rng,
            mother: agreed.mother,
            station: agreed.station,
            grant: agreed.grant,
            sato,
        };
        round.meet();
        round
    }

    /// The tablet and the mother's phone see each other.
    fn meet(&mut self) {
        self.mother.receive(self.sato.entries().to_vec());
        self.sato.receive(self.mother.entries().to_vec());
    }

    /// A colleague comes to the station; the mother's phone is far away.
    fn joined(&mut self, name: &str) -> Replica {
        let keys = DeviceKeys::generate(&mut self.rng);
        let newcomer = colleague(name, &keys);
        self.sato
            .staff_join(&self.station, &newcomer, None, NOW, &mut self.rng)
            .unwrap();
        let mut joined = Replica::join(keys, self.sato.record());
        joined.receive(self.sato.entries().to_vec());
        joined
    }
}

#[test]
fn a_nurse_whom_the_mother_met_reads_and_writes_as_herself_as_soon_as_her_station_certifies_her() {
    let mut round = Round::begun(50);
    assert_eq!(texts(&round.sato), ["母の言葉"]);
    assert_eq!(round.sato.readable(), [CARE, LOG]);
    say(&mut round.sato, CARE, "吸引 10Fr", &mut round.rng);
    round.meet();
    assert_eq!(texts(&round.mother), ["吸引 10Fr", "母の言葉"]);
    assert_eq!(author_of(&round.mother, "吸引 10Fr"), "佐藤");
    assert!(round.mother.integrity().intact);
    assert_eq!(round.mother.owes(), []);
    assert_eq!(round.mother.complete(NOW, &mut round.rng).unwrap(), []);
}

#[test]
fn a_new_colleague_gets_the_keys_and_her_name_from_staff_with_the_family_far_away() {
    let mut round = Round::begun(51);
    let mut suzuki = round.joined("鈴木");
    assert_eq!(texts(&suzuki), ["母の言葉"]);
    say(&mut suzuki, CARE, "体位", &mut round.rng);
    round.mother.receive(suzuki.entries().to_vec());
    assert_eq!(texts(&round.mother), ["体位", "母の言葉"]);
    assert_eq!(author_of(&round.mother, "体位"), "鈴木");
    // Nothing is left for the family to do.
    assert_eq!(round.mother.complete(NOW, &mut round.rng).unwrap(), []);
}

#[test]
fn staff_certifies_nobody_and_gives_nobody_more_than_the_station_has() {
    let mut round = Round::begun(52);
    let keys = DeviceKeys::generate(&mut round.rng);
    let other = OrganisationKeys::generate(&mut round.rng);
    let newcomer = colleague("誰か", &keys);
    let refused = round
        .sato
        .staff_join(&other, &newcomer, None, NOW, &mut round.rng)
        .unwrap_err();
    assert!(matches!(
        refused,
        PeopleError::Ledger(LedgerError::UnknownSigner(_))
    ));
    // With her own key she signs no certificate.
    let own = crate::ledger::operation::Operation::StaffJoin {
        staff: keys.public().clone(),
        until: None,
    };
    assert!(matches!(
        round.sato.sign(&own, NOW),
        Err(PeopleError::Ledger(LedgerError::NotAllowed("staff-join")))
    ));
    let suzuki = round.joined("鈴木");
    assert_eq!(suzuki.right(CARE), Some(Right::Write));
    assert_eq!(suzuki.right(LOG), Some(Right::Append));
    assert_eq!(suzuki.right(Compartment::Life), None);
    assert!(
        round
            .sato
            .grant(
                keys.public(),
                &called("誰か"),
                &[(CARE, Right::Read)],
                NOW,
                &mut round.rng
            )
            .is_err()
    );
}

#[test]
fn the_stations_key_writes_nothing() {
    let round = &mut Round::begun(53);
    let words = say(&mut round.sato, CARE, "言葉", &mut round.rng);
    // The same chunk, signed by the station's key: nobody knows it as an author.
    let crate::log::ParsedEntry::Chunk(chunk) = words[0].parse().unwrap() else {
        panic!("a chunk")
    };
    let header = crate::sealed::Header::values(chunk.header());
    let name = DeviceId::new(round.station.public());
    let seed = round.station.to_secret_bytes();
    let bytes = crate::cose::sign(
        crate::cose::Context::Chunk,
        &name,
        &crate::cose::SigningKey::from_seed(&seed),
        header,
        vec![1, 2, 3],
    );
    let forged = LogEntry {
        kind: EntryKind::Chunk,
        bytes,
    };
    let received = round.mother.receive(vec![forged]);
    assert_eq!(received.accepted, []);
    assert_eq!(
        received.refused[0].why,
        Refusal::Entry(EntryError::UnknownAuthor(name))
    );
}

#[test]
fn a_nurse_who_left_keeps_her_earlier_words_her_late_ones_wait_and_her_colleague_works_on() {
    let mut round = Round::begun(54);
    let mut suzuki = round.joined("鈴木");
    say(&mut round.sato, CARE, "在職中", &mut round.rng);
    suzuki.receive(round.sato.entries().to_vec());
    let sato = round.sato.device();
    let ended = suzuki.staff_end(&round.station, &sato, NOW).unwrap();
    assert_eq!(ended.len(), 1);
    // She has not heard of it and goes on writing.
    say(&mut round.sato, CARE, "退職後", &mut round.rng);
    round.mother.receive(suzuki.entries().to_vec());
    round.mother.receive(round.sato.entries().to_vec());
    assert_eq!(texts(&round.mother), ["在職中", "母の言葉"]);
    let waiting = round.mother.quarantine();
    assert_eq!((waiting.len(), waiting[0].name.as_str()), (1, "佐藤"));
    assert_eq!(author_of(&round.mother, "在職中"), "佐藤");

    // Her keys are owed successors; the mother's phone makes them, and the colleague goes on under them.
    let mut owed = round.mother.owes();
    owed.sort_unstable();
    assert_eq!(owed, [CARE, LOG]);
    let rotated = round.mother.complete(NOW, &mut round.rng).unwrap();
    suzuki.receive(rotated.clone());
    let words = say(&mut suzuki, CARE, "引き継いだ", &mut round.rng);
    assert!(round.mother.receive(words.clone()).refused.is_empty());
    assert_eq!(texts(&round.mother), ["在職中", "引き継いだ", "母の言葉"]);
    assert_eq!(author_of(&round.mother, "引き継いだ"), "鈴木");
    // She reads nothing of it, with all bytes at hand.
    round.sato.receive(rotated);
    round.sato.receive(words);
    assert!(!texts(&round.sato).contains(&"引き継いだ".to_owned()));
    assert_eq!(suzuki.quarantine().len(), 0);
}

#[test]
fn when_the_stations_grant_ends_nobody_of_its_staff_writes_or_holds_a_key_in_use() {
    let mut round = Round::begun(55);
    let mut suzuki = round.joined("鈴木");
    round.mother.receive(suzuki.entries().to_vec());
    round
        .mother
        .revoke(&round.grant, NOW, &mut round.rng)
        .unwrap();
    assert_eq!(round.mother.owes(), []);
    say(&mut round.mother, CARE, "家族だけ", &mut round.rng);
    for staff in [&mut round.sato, &mut suzuki] {
        staff.receive(round.mother.entries().to_vec());
        assert_eq!(staff.right(CARE), None);
        assert!(!texts(staff).contains(&"家族だけ".to_owned()));
        let statement = said("must-never", "text", "遅い");
        let late = staff.say(BTreeMap::from([(CARE, vec![statement])]), &mut round.rng);
        assert!(late.is_err());
    }
    let keys = DeviceKeys::generate(&mut round.rng);
    let newcomer = colleague("新人", &keys);
    let refused = round
        .sato
        .staff_join(&round.station, &newcomer, None, NOW, &mut round.rng);
    assert!(refused.is_err());
}

#[test]
fn what_staff_wrote_before_they_heard_that_their_station_had_ended_waits_for_the_family() {
    let mut rng = Seeded::new(62);
    let Agreed {
        mut mother,
        station,
        grant,
        sato,
    } = Agreed::on(Terms::default(), &mut rng);
    // The tablet has what it filmed from the mother's phone, and no network.
    let record = mother.record();
    let join = station.join_after(&record, grant, sato.public(), None, NOW);
    let filmed = mother.entries().to_vec();
    let mut sato = Replica::join(sato, record);
    sato.receive(filmed.into_iter().chain([join]).collect());
    let keys = DeviceKeys::generate(&mut rng);
    sato.staff_join(&station, &colleague("鈴木", &keys), None, NOW, &mut rng)
        .unwrap();
    let mut suzuki = Replica::join(keys, record);
    suzuki.receive(sato.entries().to_vec());
    say(&mut sato, CARE, "圏外で佐藤", &mut rng);
    say(&mut suzuki, CARE, "圏外で鈴木", &mut rng);

    mother.revoke(&grant, NOW, &mut rng).unwrap();
    for staff in [&sato, &suzuki] {
        assert!(mother.receive(staff.entries().to_vec()).refused.is_empty());
    }
    assert_eq!(texts(&mother), ["母の言葉"]);
    let mut waiting: Vec<_> = mother.quarantine();
    waiting.retain(|late| late.compartment == CARE);
    let authors: BTreeSet<_> = waiting.iter().map(|late| late.author).collect();
    assert_eq!(authors, BTreeSet::from([sato.device(), suzuki.device()]));
    let ledger = mother.ledger().unwrap();
    for staff in [&sato, &suzuki] {
        let device = staff.device();
        assert!(ledger.state().known_device(&device).is_some());
        assert!(ledger.state().device(&device).is_none());
    }
    assert!(ledger.were_colleagues(&sato.device(), &suzuki.device()));
    assert!(!ledger.were_colleagues(&sato.device(), &mother.device()));
    assert!(ledger.has_met(&station.public()));
}

#[test]
fn a_grant_taken_back_before_anybody_was_certified_still_brings_new_keys() {
    let rng = &mut Seeded::new(56);
    let Agreed {
        mut mother, grant, ..
    } = Agreed::on(Terms::default(), rng);
    let state = mother.ledger().unwrap().state();
    let tag = mother.keyring.tag(CARE).unwrap();
    let before: Vec<_> = state.newest_epochs(&tag).collect();
    mother.revoke(&grant, NOW, rng).unwrap();
    let state = mother.ledger().unwrap().state();
    let after: Vec<_> = state.newest_epochs(&tag).collect();
    assert_ne!(before, after);
    let tag = mother.keyring.tag(Compartment::Life).unwrap();
    assert_eq!(state.epochs(&tag).count(), 1, "they never saw it");
}

#[test]
fn staff_certified_after_the_family_changed_the_keys_is_served_by_the_family() {
    let rng = &mut Seeded::new(57);
    let mut agreed = Agreed::on(Terms::default(), rng);
    agreed.mother.rotate(&[CARE], NOW, rng).unwrap();
    say(&mut agreed.mother, CARE, "新しい鍵で", rng);
    let join = agreed.certificate();
    let Agreed {
        mut mother,
        station,
        sato: keys,
        ..
    } = agreed;
    mother.receive(vec![join]);
    let mut sato = Replica::join(keys, mother.record());
    sato.receive(mother.entries().to_vec());
    assert_eq!(texts(&sato), ["母の言葉"]);
    assert!(matches!(
        sato.staff_join(
            &station,
            &colleague("鈴木", &DeviceKeys::generate(rng)),
            None,
            NOW,
            rng
        ),
        Err(PeopleError::KeysIncomplete)
    ));
    mother.complete(NOW, rng).unwrap();
    sato.receive(mother.entries().to_vec());
    assert_eq!(texts(&sato), ["新しい鍵で", "母の言葉"]);
}

#[test]
fn a_key_that_a_station_may_not_have_comes_to_its_staff_from_the_family() {
    let care = [(CARE, Right::Write)];
    let log = [(LOG, Right::Append)];
    for colleague_reads_it in [true, false] {
        let rng = &mut Seeded::new(66);
        let mut mother = mother(rng);
        let (phone, sato, suzuki) = (
            DeviceKeys::generate(rng),
            DeviceKeys::generate(rng),
            DeviceKeys::generate(rng),
        );
        mother.add_device(phone.public(), "母", NOW, rng).unwrap();
        let of_her_own = [care, log].concat();
        mother
            .grant(suzuki.public(), &called("鈴木"), &of_her_own, NOW, rng)
            .unwrap();
        let station = OrganisationKeys::generate(rng);
        let let_in = |mother: &mut Replica, rng: &mut Seeded| {
            let met = [colleague("佐藤", &sato)];
            let key = station.public();
            mother
                .grant_organisation(Terms::default(), key, &met, &care, NOW, rng)
                .unwrap();
        };
        if colleague_reads_it {
            let_in(&mut mother, rng);
            let suzuki = colleague("鈴木", &suzuki);
            mother
                .staff_join(&station, &suzuki, None, NOW, rng)
                .unwrap();
        }
        // One of the mother's phones lets a nurse see the log while the other changes its key.
        let mut second = Replica::join(phone, mother.record());
        second.receive(mother.entries().to_vec());
        mother
            .grant(sato.public(), &called("佐藤"), &log, NOW, rng)
            .unwrap();
        second.rotate(&[LOG], NOW, rng).unwrap();
        if !colleague_reads_it {
            let_in(&mut second, rng);
        }
        mother.receive(second.entries().to_vec());
        mother
            .staff_join(&station, &colleague("佐藤", &sato), None, NOW, rng)
            .unwrap();
        mother.complete(NOW, rng).unwrap();
        say(&mut mother, LOG, "今日の様子", rng);

        let mut nurse = Replica::join(sato, mother.record());
        nurse.receive(mother.entries().to_vec());
        assert_eq!(nurse.readable(), [CARE, LOG]);
        let waiting = nurse.integrity().waiting;
        assert_eq!(waiting, [], "a colleague reads it: {colleague_reads_it}");
    }
}

#[test]
fn a_nurse_who_left_certifies_nobody_on_her_tablet() {
    let mut left = Left::her_station(67);
    let held = left.tablet.entries().len();
    let sato = colleague("佐藤", &left.newcomer);
    let refused = left
        .tablet
        .staff_join(&left.station, &sato, None, NOW, &mut left.rng);
    let own = left.tablet.device();
    assert!(matches!(refused, Err(PeopleError::Removed(id)) if id == own));
    assert_eq!(left.tablet.entries().len(), held);
}

#[test]
fn somebody_certified_by_an_organisations_key_alone_gets_the_keys_from_the_family() {
    let mut left = Left::her_station(68);
    let join = Operation::StaffJoin {
        staff: left.newcomer.public().clone(),
        until: None,
    };
    let heads = left.tablet.ledger().unwrap().heads();
    let record = left.mother.record();
    let certificate = left.station.sign(&record, heads, &join, NOW);
    left.mother.receive(vec![certificate]);
    left.mother.complete(NOW, &mut left.rng).unwrap();

    let mut nurse = Replica::join(left.newcomer, record);
    nurse.receive(left.mother.entries().to_vec());
    assert_eq!(texts(&nurse), ["母の言葉"]);
    assert_eq!(nurse.integrity().waiting, []);
}

/// A nurse left her station while a colleague stays; her tablet heard of it, and not of the new keys.
struct Left {
    rng: Seeded,
    mother: Replica,
    station: OrganisationKeys,
    tablet: Replica,
    newcomer: DeviceKeys,
}

impl Left {
    fn her_station(seed: u64) -> Self {
        let mut rng = Seeded::new(seed);
        let agreed = Agreed::on(Terms::default(), &mut rng);
        let (mut mother, station) = (agreed.mother, agreed.station);
        let (tanaka, suzuki) = (
            DeviceKeys::generate(&mut rng),
            DeviceKeys::generate(&mut rng),
        );
        for one in [colleague("田中", &tanaka), colleague("鈴木", &suzuki)] {
            let joined = mother.staff_join(&station, &one, None, NOW, &mut rng);
            joined.unwrap();
        }
        let mut tablet = Replica::join(suzuki, mother.record());
        tablet.receive(mother.entries().to_vec());
        let ended = mother.end_staff(&tablet.device(), NOW, &mut rng).unwrap();
        tablet.receive(vec![ended[0].clone()]);
        Self {
            newcomer: DeviceKeys::generate(&mut rng),
            rng,
            mother,
            station,
            tablet,
        }
    }
}

#[test]
fn the_other_phone_of_somebody_who_is_certified_gets_the_stations_keys_too() {
    let mut round = Round::begun(61);
    let rng = &mut round.rng;
    let (one, other) = (DeviceKeys::generate(rng), DeviceKeys::generate(rng));
    let (first, second) = (one.public().clone(), other.public().clone());
    let rights = [(Compartment::Life, Right::Read)];
    let entries = round
        .mother
        .grant(&first, &called("鈴木"), &rights, NOW, rng)
        .unwrap();
    let mut suzuki = Replica::join(one, round.mother.record());
    suzuki.receive(round.mother.entries().to_vec());
    let added = suzuki.add_device(&second, "もう一台", NOW, rng).unwrap();
    round.sato.receive([entries, added.clone()].concat());
    let newcomer = Colleague {
        device: first,
        member: called("鈴木"),
    };
    let joined = round
        .sato
        .staff_join(&round.station, &newcomer, None, NOW, rng);
    round.mother.receive([added, joined.unwrap()].concat());

    round.mother.complete(NOW, rng).unwrap();
    let mut other = Replica::join(other, round.mother.record());
    other.receive(round.mother.entries().to_vec());
    assert_eq!(texts(&other), ["母の言葉"]);
    assert_eq!(round.mother.complete(NOW, rng).unwrap(), []);
}

#[test]
fn a_certificate_ends_on_its_last_day_or_the_stations() {
    let mut round = Round::begun(58);
    let keys = DeviceKeys::generate(&mut round.rng);
    let temp = colleague("応援", &keys);
    let last = UntilDate(20_000);
    round
        .sato
        .staff_join(&round.station, &temp, Some(last), NOW, &mut round.rng)
        .unwrap();
    round.mother.receive(round.sato.entries().to_vec());
    let (state, tag) = (
        round.mother.ledger().unwrap().state(),
        round.mother.keyring.tag(CARE).unwrap(),
    );
    let on = |day| state.right_on(&keys.id(), &tag, Some(UntilDate(day)));
    assert_eq!((on(20_000), on(20_001)), (Some(Right::Write), None));
}

#[test]
fn a_colleague_names_colleagues_only_and_never_over_the_familys_word() {
    let mut round = Round::begun(59);
    let mut suzuki = round.joined("鈴木");
    round.meet();
    let (sato, suzuki_id, mother_id) =
        (round.sato.device(), suzuki.device(), round.mother.device());
    for (device, name) in [(sato, "うそ"), (mother_id, "うその母")] {
        let liar = called(name);
        suzuki
            .introduce(&device, &liar, &[CARE], NOW, &mut round.rng)
            .unwrap();
    }
    say(&mut round.sato, CARE, "佐藤の言葉", &mut round.rng);
    let words = say(&mut suzuki, CARE, "鈴木の言葉", &mut round.rng);
    round.mother.receive(suzuki.entries().to_vec());
    round.mother.receive(words);
    round.meet();
    assert_eq!(author_of(&round.mother, "佐藤の言葉"), "佐藤");
    assert_eq!(author_of(&round.mother, "母の言葉"), "母");
    assert_eq!(author_of(&round.mother, "鈴木の言葉"), "鈴木");
    // The family's own name for her wins, and her part is the one they gave to the station's staff.
    let renamed = Member {
        name: "鈴木（夜勤）".to_owned(),
        ..called("")
    };
    round
        .mother
        .introduce(&suzuki_id, &renamed, &[CARE], NOW, &mut round.rng)
        .unwrap();
    assert_eq!(author_of(&round.mother, "鈴木の言葉"), "鈴木（夜勤）");
}

#[test]
fn a_station_that_is_granted_more_later_shares_it_with_all_its_staff() {
    let mut round = Round::begun(60);
    let mut suzuki = round.joined("鈴木");
    round.mother.receive(suzuki.entries().to_vec());
    say(
        &mut round.mother,
        Compartment::Life,
        "好きな歌",
        &mut round.rng,
    );
    let more = [(Compartment::Life, Right::Read)];
    let key = round.station.public();
    round
        .mother
        .grant_organisation(Terms::default(), key, &[], &more, NOW, &mut round.rng)
        .unwrap();
    for staff in [&mut round.sato, &mut suzuki] {
        staff.receive(round.mother.entries().to_vec());
        let songs = staff.view().of_kind(Compartment::Life, "must-never");
        assert_eq!(songs.count(), 1);
    }
}

#[test]
fn a_nurse_who_forgot_her_number_goes_on_under_new_keys_and_her_old_name_with_the_family_far_away()
{
    let mut round = Round::begun(61);
    let mut ito = round.joined("伊藤");
    say(&mut round.sato, CARE, "番号を忘れる前", &mut round.rng);
    ito.receive(round.sato.entries().to_vec());
    // Nobody opens her old keys any more: whoever manages the staff certifies new ones, and ends the old.
    let keys = DeviceKeys::generate(&mut round.rng);
    let again = colleague("佐藤", &keys);
    ito.staff_join(&round.station, &again, None, NOW, &mut round.rng)
        .unwrap();
    let old = round.sato.device();
    ito.staff_end(&round.station, &old, NOW).unwrap();
    let mut sato = Replica::join(keys, ito.record());
    sato.receive(ito.entries().to_vec());
    assert_eq!(texts(&sato), ["母の言葉", "番号を忘れる前"]);
    assert_eq!(author_of(&sato, "番号を忘れる前"), "佐藤");

    // The family's phone does its part by itself.
    round.mother.receive(ito.entries().to_vec());
    round.mother.complete(NOW, &mut round.rng).unwrap();
    sato.receive(round.mother.entries().to_vec());
    say(&mut sato, CARE, "新しい番号で", &mut round.rng);
    round.mother.receive(sato.entries().to_vec());
    let authors = ["番号を忘れる前", "新しい番号で"].map(|text| author_of(&round.mother, text));
    assert_eq!(authors, ["佐藤", "佐藤"]);
    assert_eq!(round.mother.quarantine(), []);
    // What the forgotten keys would say counts no more.
    say(&mut round.sato, CARE, "古い鍵で", &mut round.rng);
    round.mother.receive(round.sato.entries().to_vec());
    assert!(!texts(&round.mother).contains(&"古い鍵で".to_owned()));
}

#[test]
fn a_stations_grant_goes_on_before_its_end_and_its_staff_notices_nothing() {
    let soon = Terms {
        until: Some(UntilDate(20_000)),
        ..Terms::default()
    };
    let later = Terms {
        until: Some(UntilDate(20_365)),
        ..Terms::default()
    };
    let mut round = Round::begun_on(soon, 62);
    let tag = round.mother.keyring.tag(CARE).unwrap();
    let keys_of = |replica: &Replica| -> Vec<_> {
        let state = replica.ledger().unwrap().state();
        state.epochs(&tag).collect()
    };
    let before = keys_of(&round.mother);
    let key = round.station.public();
    round
        .mother
        .grant_organisation(later, key, &[], &RIGHTS, NOW, &mut round.rng)
        .unwrap();
    round
        .mother
        .revoke(&round.grant, NOW, &mut round.rng)
        .unwrap();
    // Nobody lost anything, so no new keys were made, and nobody waits for any.
    assert_eq!(keys_of(&round.mother), before);
    assert_eq!(round.mother.owes(), []);
    round.meet();
    say(&mut round.sato, CARE, "続いている", &mut round.rng);
    let suzuki = round.joined("鈴木");
    assert_eq!(texts(&suzuki), ["母の言葉", "続いている"]);
    round.meet();
    assert_eq!(author_of(&round.mother, "続いている"), "佐藤");
    let state = round.mother.ledger().unwrap().state();
    let on = |day| state.right_on(&suzuki.device(), &tag, Some(UntilDate(day)));
    assert_eq!(
        [20_000, 20_365, 20_366].map(on),
        [Some(Right::Write), Some(Right::Write), None]
    );
}

#[test]
fn a_removed_device_is_handed_no_keys_by_letting_its_station_in() {
    let mut round = Round::begun(63);
    let sato = round.sato.device();
    round
        .mother
        .remove_device(&sato, NOW, &mut round.rng)
        .unwrap();
    let (before, other) = (
        round.mother.entries().len(),
        OrganisationKeys::generate(&mut round.rng),
    );
    let met = [Colleague {
        device: round.sato.keys.public().clone(),
        member: called("佐藤"),
    }];
    let refused = round
        .mother
        .grant_organisation(
            Terms::default(),
            other.public(),
            &met,
            &RIGHTS,
            NOW,
            &mut round.rng,
        )
        .unwrap_err();
    assert!(matches!(refused, PeopleError::Removed(device) if device == sato));
    let agreed = crate::replica::Agreed {
        member: called(""),
        rights: RIGHTS.to_vec(),
        terms: Terms::default(),
        consent: crate::statement::Fields::new(),
    };
    let refused = round
        .mother
        .grant_organisation_with_consent(other.public(), &met, &agreed, NOW, &mut round.rng)
        .unwrap_err();
    assert!(matches!(refused, PeopleError::Removed(device) if device == sato));
    assert_eq!(round.mother.entries().len(), before, "nothing was said");
}

#[test]
fn the_familys_list_calls_a_station_by_its_name() {
    let mut round = Round::begun(64);
    let today = jiff::civil::date(2026, 11, 21);
    let station = |replica: &Replica| {
        let mut readers = replica.access_list(today).into_iter();
        readers.find(|reader| matches!(reader.holder, crate::replica::Holder::Organisation(_)))
    };
    let (key, more) = (round.station.public(), [(Compartment::Life, Right::Read)]);
    round
        .mother
        .grant_organisation(Terms::default(), key, &[], &more, NOW, &mut round.rng)
        .unwrap();
    let listed = station(&round.mother).unwrap();
    assert_eq!(listed.name, "ひまわり訪問看護ステーション");
    assert_eq!((listed.role, listed.grants.len()), (Role::Nurse, 2));
}
