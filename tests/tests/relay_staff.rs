//! An organisation at the relay: its staff joins, writes and leaves; the relay follows the ledger at once.

use omamori_core::{
    id::{ChunkId, OperationId},
    ledger::{
        operation::{Frontier, Grant, Grantee, Operation},
        rights::Right,
    },
    log::LogEntry,
    organisation::OrganisationKeys,
    time::UnixMillis,
};
use omamori_relay::config::Limits;
use omamori_tests::relay::{Client, Heard, Household, Line, LocalRelay, Person, at_home_with};

const CARE: usize = 1;

/// A family, a station it let in, and two of its nurses.
struct Day {
    relay: LocalRelay,
    client: Client,
    family: Household,
    mothers: String,
    station: OrganisationKeys,
    sato: Person,
    suzuki: Person,
}

fn a_day() -> Day {
    a_day_with_lane(1 << 20)
}

/// `lane`: bytes that come too late, and are taken.
fn a_day_with_lane(lane: usize) -> Day {
    a_day_with(|limits| limits.lane = lane)
}

fn a_day_with(limit: impl FnOnce(&mut Limits)) -> Day {
    let (relay, client, mut family, mothers) = at_home_with(|config| limit(&mut config.limits));
    let station = OrganisationKeys::from_secret_bytes(&[9; 32]).unwrap();
    let (sato, suzuki) = (Person::new(), Person::new());
    let tag = family.compartments[CARE].0;
    let grant = family.operate(&Operation::Grant(Grant {
        grantee: Grantee::Organisation(station.public()),
        rights: vec![(tag, Right::Write)],
        until: None,
        delegate: false,
        consent: None,
    }));
    // The mother's phone wraps for the nurse she met before the station certified her.
    let bundle = family.bundle(&sato);
    let pushed = Client::pushed(client.push(&family.record, &mothers, &[grant, bundle]));
    assert_eq!(pushed.refused, []);
    Day {
        relay,
        client,
        family,
        mothers,
        station,
        sato,
        suzuki,
    }
}

impl Day {
    fn certificate(&self, station: &OrganisationKeys, who: &Person) -> LogEntry {
        let [after] = self.family.heads.as_slice() else {
            panic!("one head")
        };
        station.join_after(
            &self.family.record,
            *after,
            who.public(),
            None,
            UnixMillis(0),
        )
    }

    fn post(&self, certificate: &LogEntry) -> u16 {
        let path = format!("/v1/records/{}/staff", self.family.record);
        self.client
            .ask("POST", &path, &[], &certificate.bytes)
            .status
    }

    /// The family takes its grant back before it has seen anybody of the staff.
    fn take_back(&mut self) {
        let [grant] = self.family.heads.as_slice() else {
            panic!("one head")
        };
        let ended = self.family.operate(&Operation::Revoke {
            grant: *grant,
            frontiers: Vec::new(),
        });
        let pushed = Client::pushed(
            self.client
                .push(&self.family.record, &self.mothers, &[ended]),
        );
        assert_eq!(pushed.refused, []);
    }

    /// Both nurses are certified.
    fn joined(&mut self) -> (String, String) {
        let tokens = [&self.sato, &self.suzuki].map(|who| {
            let certificate = self.certificate(&self.station, who);
            assert_eq!(self.post(&certificate), 201);
            assert_eq!(self.post(&certificate), 200);
            (
                OperationId::new(certificate.hash().0),
                self.client.token(&self.family.record, who),
            )
        });
        let [(first, sato), (second, suzuki)] = tokens;
        self.family.heads = vec![first.min(second), first.max(second)];
        (sato, suzuki)
    }
}

#[test]
fn a_nurse_whom_her_station_certified_gets_her_keys_and_writes() {
    let mut day = a_day();
    let record = day.family.record;
    let stranger = day.client.challenge(&record, &day.sato.device());
    assert_eq!(
        day.client.answer(&record, &day.sato.keys, &stranger).status,
        403
    );
    let (sato, _) = day.joined();
    let page = day.client.pull(&record, &sato, 0);
    let kinds: Vec<_> = page.log().iter().map(|entry| entry.kind.code()).collect();
    assert_eq!(
        kinds,
        [0, 0, 3, 0, 0],
        "and the keys that were wrapped for her"
    );
    let words = day.family.chunk(&mut day.sato, CARE, b"words");
    assert_eq!(
        Client::pushed(day.client.push(&record, &sato, &[words])).refused,
        []
    );
}

#[test]
fn only_the_key_that_was_granted_to_certifies_and_only_that() {
    let day = a_day();
    let other = OrganisationKeys::from_secret_bytes(&[8; 32]).unwrap();
    assert_eq!(day.post(&day.certificate(&other, &day.sato)), 403);
    // A certificate signed by a person, and an operation that is none.
    let join = Operation::StaffJoin {
        staff: day.suzuki.public().clone(),
        until: None,
    };
    let by_mother = day.family.operation_by(&day.family.mother, &join);
    assert_eq!(day.post(&by_mother), 403);
    let add = Operation::AddDevice {
        member: day.family.mother.device().into(),
        device: day.suzuki.public().clone(),
    };
    assert_eq!(
        day.post(&day.family.operation_by(&day.family.mother, &add)),
        403
    );
    let mut altered = day.certificate(&day.station, &day.sato);
    let last = altered.bytes.len() - 1;
    altered.bytes[last] ^= 1;
    assert_eq!(day.post(&altered), 400);
    let token = &day.mothers;
    assert_eq!(
        day.client.pull(&day.family.record, token, 0).entries.len(),
        2
    );
}

#[test]
fn a_nurse_who_left_is_refused_at_once_and_her_colleague_works_on() {
    let mut day = a_day();
    let record = day.family.record;
    let (satos, suzukis) = day.joined();
    let said = day.family.chunk(&mut day.sato, CARE, b"in her time");
    assert_eq!(
        Client::pushed(
            day.client
                .push(&record, &satos, std::slice::from_ref(&said))
        )
        .refused,
        []
    );
    let mut line = Line::open(&day.relay.address(), &record, &satos).unwrap();
    let leaves = Operation::StaffEnd {
        frontiers: vec![Frontier {
            device: day.sato.device(),
            operation: None,
            chunks: vec![(
                day.family.compartments[CARE].0,
                0,
                ChunkId::new(said.hash().0),
            )],
        }],
    };
    // The mother's word does it as the station's would; here it comes from her phone.
    let ended = day.family.operate(&leaves);
    assert_eq!(
        Client::pushed(day.client.push(&record, &day.mothers, &[ended])).refused,
        []
    );
    assert_eq!(line.hear(), Heard::Closed(Some(1008)));
    let pull = day.client.pull_answer(&record, &satos, "after=0");
    assert_eq!((pull.status, pull.problem()), (403, "removed".to_owned()));
    let late = day
        .family
        .chunk(&mut day.sato, CARE, b"knowing that she left");
    let refused = Client::pushed(day.client.push(&record, &satos, &[late])).refused;
    assert_eq!(refused.len(), 1);
    let words = day.family.chunk(&mut day.suzuki, CARE, b"she goes on");
    assert_eq!(
        Client::pushed(day.client.push(&record, &suzukis, &[words])).refused,
        []
    );
}

#[test]
fn a_tablet_that_learns_only_online_that_the_family_ended_it_is_told_so_and_its_words_come() {
    let mut day = a_day();
    let record = day.family.record;
    let grant = day.family.heads.clone();
    // Certified without a network, one after the other; what both wrote stays on the tablet for now.
    let first = day.certificate(&day.station, &day.sato);
    let second = day.station.join_after(
        &record,
        OperationId::new(first.hash().0),
        day.suzuki.public(),
        None,
        UnixMillis(1),
    );
    day.family.heads = vec![OperationId::new(second.hash().0)];
    let satos = day.family.chunk(&mut day.sato, CARE, b"satos");
    let suzukis = day.family.chunk(&mut day.suzuki, CARE, b"suzukis");
    // Meanwhile the family takes its grant back. Of the staff it has seen nobody.
    day.family.heads = grant;
    day.take_back();

    assert_eq!((day.post(&first), day.post(&second)), (201, 201));
    let token = day.client.token(&record, &day.suzuki);
    let pull = day.client.pull_answer(&record, &token, "after=0");
    assert_eq!((pull.status, pull.problem()), (403, "removed".to_owned()));
    // Suzuki holds the tablet now. What her colleague wrote on it comes as well, and nothing of anybody else.
    let mothers = day.family.mothers_chunk(CARE, b"the mother's");
    let from_tablet = [satos, suzukis, mothers];
    let pushed = Client::pushed(day.client.push(&record, &token, &from_tablet));
    let why: Vec<_> = pushed.refused.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!((pushed.accepted.len(), why), (2, vec!["forbidden"]));
    let page = day.client.pull(&record, &day.mothers, 0);
    let kinds: Vec<_> = page.log().iter().map(|entry| entry.kind.code()).collect();
    assert_eq!(kinds, [0, 0, 0, 0, 0, 1, 1], "certificates and words");

    // Whom the station certifies knowing that it ended is nobody.
    let knowing = day.certificate(&day.station, &Person::new());
    assert_eq!(day.post(&knowing), 403);
}

#[test]
fn a_station_that_ended_fills_nothing_by_certifying_ever_more_people_as_if_it_did_not_know() {
    let mut day = a_day_with_lane(4_000);
    let record = day.family.record;
    let grant = day.family.heads.clone();
    let unseen: Vec<_> = (0..7)
        .map(|_| {
            let mut who = Person::new();
            let certificate = day.certificate(&day.station, &who);
            day.family.heads = vec![OperationId::new(certificate.hash().0)];
            let words = day.family.chunk(&mut who, CARE, &[7; 1_000]);
            day.family.heads = grant.clone();
            (who, certificate, words)
        })
        .collect();
    day.take_back();
    let mut taken = 0;
    for (who, certificate, words) in unseen {
        assert_eq!(day.post(&certificate), 201);
        let token = day.client.token(&record, &who);
        let pushed = Client::pushed(day.client.push(&record, &token, &[words]));
        taken += pushed.accepted.len();
        assert!(pushed.refused.iter().all(|(_, why)| why == "too-late"));
    }
    assert!((1..4).contains(&taken), "{taken}");
}

#[test]
fn a_station_that_ended_makes_a_family_change_its_keys_no_more_than_a_few_times() {
    let mut day = a_day_with(|limits| limits.late_certificates = 2);
    let unseen = [(); 3].map(|()| day.certificate(&day.station, &Person::new()));
    day.take_back();
    let posted: Vec<_> = unseen.iter().map(|one| day.post(one)).collect();
    assert_eq!(posted, [201, 201, 403]);
    assert_eq!(day.post(&unseen[1]), 200, "it is there");
}
