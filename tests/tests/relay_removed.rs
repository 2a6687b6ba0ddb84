//! Somebody was taken out of a record: the relay lets them read nothing more, takes what they had said before, and little else.

use omamori_core::{
    id::EpochId,
    ledger::rights::Right,
    log::{EntryKind, LogEntry},
    sealed::BundleHeader,
};
use omamori_tests::relay::{Client, Heard, Household, Line, LocalRelay, Person, at_home_with};

const CARE: usize = 1;
const LIFE: usize = 4;

/// A family, a school with a tablet that has said three things, and the relay that has two of them.
struct Day {
    relay: LocalRelay,
    client: Client,
    family: Household,
    mothers: String,
    school: Person,
    schools: String,
    said: Vec<LogEntry>,
}

fn a_day() -> Day {
    let (relay, client, mut family, mothers) = at_home_with(|config| config.limits.lane = 4_000);
    let mut school = Person::new();
    let grant = family.grant(&school, &[(CARE, Right::Write)]);
    let said: Vec<_> = (0..3)
        .map(|n| family.chunk(&mut school, CARE, &[n; 100]))
        .collect();
    Client::pushed(client.push(&family.record, &mothers, &[grant]));
    let schools = client.token(&family.record, &school);
    Client::pushed(client.push(&family.record, &schools, &said[..1]));
    Day {
        relay,
        client,
        family,
        mothers,
        school,
        schools,
        said,
    }
}

impl Day {
    /// The mother has seen the first two things, and removes the school.
    fn remove(&mut self) {
        let removal = self.family.remove(&self.school, CARE, &self.said[..2]);
        let pushed = self.push(&self.mothers, &[removal]);
        assert_eq!(pushed.refused, []);
    }

    fn push(&self, token: &str, entries: &[LogEntry]) -> omamori_tests::relay::Pushed {
        Client::pushed(self.client.push(&self.family.record, token, entries))
    }
}

#[test]
fn whoever_is_removed_reads_nothing_more_from_that_moment() {
    let mut day = a_day();
    let record = day.family.record;
    let mut line = Line::open(&day.relay.address(), &record, &day.schools).unwrap();
    let mut mothers = Line::open(&day.relay.address(), &record, &day.mothers).unwrap();
    day.remove();
    assert_eq!(
        line.hear(),
        Heard::Closed(Some(1008)),
        "at once, and without the removal"
    );
    assert_eq!(mothers.entry(), 4);
    // The token is still good; the right is looked up, not carried.
    let pull = day.client.pull_answer(&record, &day.schools, "after=0");
    assert_eq!((pull.status, pull.problem()), (403, "removed".to_owned()));
    let open = Line::open(&day.relay.address(), &record, &day.schools);
    assert_eq!(open.map(|_| ()), Err(403));
    let header = format!("Bearer {}", day.schools);
    let accesses = day.client.ask(
        "GET",
        &format!("/v1/records/{record}/accesses"),
        &[("authorization", &header)],
        &[],
    );
    assert_eq!(accesses.problem(), "removed");
}

#[test]
fn what_they_said_before_still_comes_from_them_and_from_everybody_else() {
    let mut day = a_day();
    day.remove();
    let anew = day.client.token(&day.family.record, &day.school);
    // The second was seen by whoever removed them, the third by nobody: replicas put it in quarantine.
    assert_eq!(day.push(&anew, &day.said[1..2]).accepted.len(), 1);
    assert_eq!(day.push(&day.mothers, &day.said).accepted.len(), 3);
    let page = day.client.pull(&day.family.record, &day.mothers, 0);
    assert_eq!(page.entries.len(), 6);
}

#[test]
fn nobody_goes_on_for_ever_by_pretending_not_to_know_of_the_removal() {
    let mut day = a_day();
    // The ledger as the school knew it: it goes on citing that.
    let before = day.family.heads.clone();
    day.remove();
    let after = std::mem::replace(&mut day.family.heads, before);
    let (mut taken, mut late) = (0, Vec::new());
    for n in 0..40 {
        late.push(day.family.chunk(&mut day.school, CARE, &[n; 200]));
    }
    for entry in late {
        let pushed = day.push(&day.schools, &[entry]);
        taken += pushed.accepted.len();
        if let Some((_, why)) = pushed.refused.first() {
            assert_eq!(why, "too-late");
        }
    }
    assert!((3..20).contains(&taken), "{taken}");
    // Having seen the removal, not a word; and nothing of what others made.
    day.family.heads = after;
    let knowing = day.family.chunk(&mut day.school, CARE, b"knowing");
    let others = day.family.mothers_chunk(CARE, b"the mother's");
    let refused = day.push(&day.schools, &[knowing, others]).refused;
    let why: Vec<_> = refused.iter().map(|(_, why)| why.as_str()).collect();
    assert!(
        why.iter()
            .all(|why| ["forbidden", "unknown-device"].contains(why))
            && why.len() == 2,
        "{why:?}"
    );
    // What they had said in time is still welcome when the rest is used up.
    assert_eq!(day.push(&day.mothers, &day.said[1..2]).accepted.len(), 1);
}

#[test]
fn a_removed_device_sends_little_at_once() {
    let mut day = a_day();
    day.remove();
    let large = day.family.chunk(&mut day.school, CARE, &[1; 5_000]);
    let answer = day.client.push(&day.family.record, &day.schools, &[large]);
    assert_eq!(answer.problem(), "too-large");
}

#[test]
fn whoever_lost_one_compartment_keeps_the_others() {
    let mut day = a_day();
    let more = day.family.grant_more(&day.school, LIFE, Right::Read);
    let life = day.family.mothers_chunk(LIFE, b"life");
    assert_eq!(
        day.push(&day.mothers, &[more.clone(), life]).accepted.len(),
        2
    );
    let record = day.family.record;
    let mut line = Line::open(&day.relay.address(), &record, &day.schools).unwrap();
    let before = day.client.pull(&record, &day.schools, 0);
    let revoked = day.family.revoke(&more, &day.school);
    assert_eq!(day.push(&day.mothers, &[revoked]).accepted.len(), 1);
    line.entry();
    assert_eq!(line.hear(), Heard::Pull);
    let after = day.client.pull(&record, &day.schools, 0);
    assert_ne!(before.scope, after.scope);
    assert_eq!(
        (before.entries.len(), after.entries.len()),
        (5, 5),
        "one more operation, one chunk less"
    );
    let words = day.family.chunk(&mut day.school, CARE, b"the others go on");
    assert_eq!(day.push(&day.schools, &[words]).accepted.len(), 1);
}

#[test]
fn a_grant_ends_with_its_last_day_and_an_hour_of_a_wrong_clock_changes_nothing() {
    let mut day = a_day();
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let today = i64::try_from((now + 9 * 3600) / 86_400).unwrap();
    let (mut past, mut present) = (Person::new(), Person::new());
    let grants = [
        day.family.grant_until(&past, CARE, Right::Write, today - 2),
        day.family
            .grant_until(&present, CARE, Right::Write, today + 1),
    ];
    assert_eq!(day.push(&day.mothers, &grants).accepted.len(), 2);
    let [pasts, presents] = [&past, &present].map(|who| day.client.token(&day.family.record, who));
    let ended = day
        .client
        .pull_answer(&day.family.record, &pasts, "after=0");
    assert_eq!(ended.problem(), "removed");
    day.client.pull(&day.family.record, &presents, 0);
    // Their own clocks say anything: operations and chunks here are signed at the epoch of 1970, and are taken.
    let words = day.family.chunk(&mut present, CARE, b"today");
    assert_eq!(day.push(&presents, &[words]).accepted.len(), 1);
    // Written before the last day, perhaps, and brought after it: a little is taken.
    let late = day.family.chunk(&mut past, CARE, b"in time, who knows");
    assert_eq!(day.push(&pasts, &[late]).accepted.len(), 1);
}

#[test]
fn a_mother_whom_the_father_took_out_first_brings_her_removal_of_him_and_the_keys_that_go_with_it()
{
    let (_relay, client, mut family, mothers) = at_home_with(|config| config.limits.lane = 4_000);
    let (mut father, nurse) = (Person::new(), Person::new());
    let all: Vec<_> = (0..9).map(|number| (number, Right::Manage)).collect();
    let lets_in_nurse = family.grant(&nurse, &[(CARE, Right::Write)]);
    let lets_in_father = family.grant(&father, &all);
    let record = family.record;
    let push =
        |token: &str, entries: &[LogEntry]| Client::pushed(client.push(&record, token, entries));
    push(&mothers, &[lets_in_nurse, lets_in_father.clone()]);
    let fathers = client.token(&record, &father);
    let his = family.remove_mother_by(&father);
    assert_eq!(push(&fathers, &[his]).refused, []);
    let out = client.pull_answer(&record, &mothers, "after=0");
    assert_eq!(out.problem(), "removed");

    // Keys that her phone had wrapped before may go first: it sends so much at once and no more, and does not send again what was refused.
    let words = family.chunk(&mut father, CARE, b"his, unseen");
    let [first, more] = [2_000, 2_000].map(|size| family.large_bundle(&nurse, size));
    let hers = family.revoke(&lets_in_father, &father);
    let rest = family.bundle(&nurse);
    assert_eq!(push(&mothers, &[first]).refused, []);
    // Keys of her removal of him wait for it.
    let early = client.push(&record, &mothers, std::slice::from_ref(&rest));
    assert_eq!(early.problem(), "unknown-heads");
    // There is little room until it is known that she never was removed: her removal of him is older.
    let beyond = push(&mothers, std::slice::from_ref(&more)).refused;
    assert_eq!(beyond[0].1, "too-late");
    let together = push(&mothers, &[more, rest, hers]);
    assert_eq!((together.accepted.len(), together.refused), (3, vec![]));
    client.pull(&record, &mothers, 0);
    let out = client.pull_answer(&record, &fathers, "after=0");
    assert_eq!(out.problem(), "removed");
    // What he had said before is still taken from him, and no keys that others wrapped.
    let late = push(&fathers, &[words, family.bundle(&nurse)]);
    assert_eq!((late.accepted.len(), late.refused.len()), (1, 1));
}

#[test]
fn what_they_send_again_because_they_heard_no_answer_takes_nothing_of_their_room() {
    let mut day = a_day();
    day.remove();
    // Nobody had seen the third: there is room for so many bytes of such words, and each comes once.
    let late = std::slice::from_ref(&day.said[2]);
    let room = 4_000 / late[0].bytes.len();
    for _ in 0..2 * room {
        let pushed = day.push(&day.schools, late);
        assert_eq!((pushed.accepted.len(), pushed.refused), (1, vec![]));
    }
    let page = day.client.pull(&day.family.record, &day.mothers, 0);
    assert_eq!(page.entries.len(), 5);
}

#[test]
fn keys_that_nobody_knows_of_reach_nobody() {
    let (_relay, client, mut family, mothers) = at_home_with(|config| config.limits.lane = 40_000);
    let nurse = Person::new();
    let manager = Person::new();
    let all: Vec<_> = (0..9).map(|number| (number, Right::Manage)).collect();
    let lets_in = [
        family.grant(&nurse, &[(CARE, Right::Write)]),
        family.grant(&manager, &all),
    ];
    let record = family.record;
    let push =
        |token: &str, entries: &[LogEntry]| Client::pushed(client.push(&record, token, entries));
    push(&mothers, &lets_in);
    let managers = client.token(&record, &manager);
    let before = family.heads.clone();
    let removal = family.remove(&manager, CARE, &[]);
    push(&mothers, &[removal]);

    // Whoever managed can cite for ever what they could see before.
    let (known, nobodys) = (family.compartments[CARE].1, EpochId::new([7; 32]));
    let keys = |epochs: &[EpochId]| {
        let header = BundleHeader {
            record,
            recipient: nurse.device(),
            heads: before.clone(),
            epochs: epochs.to_vec(),
        };
        let (kind, bytes) = (EntryKind::Bundle, manager.sign(&header, vec![1]));
        LogEntry { kind, bytes }
    };
    let mut both = [known, nobodys];
    both.sort_unstable();
    let pushed = push(&managers, &[keys(&[nobodys]), keys(&both), keys(&[known])]);
    let why: Vec<_> = pushed.refused.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(why, ["unknown-epoch", "unknown-epoch"]);
    assert_eq!(pushed.accepted.len(), 1);
}
