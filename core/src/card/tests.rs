use super::*;
use crate::screen::{
    first::{Alternative, BlockKind, Line, Who},
    label::Label,
    sample::{block, by, line, mio, rare, small},
    source::Role,
};
use proptest::prelude::*;

const VIEWER: &str = "https://card.omamori.example/c#";

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn today() -> Date {
    "2026-11-21".parse().unwrap()
}

fn card(screen: &FirstScreen) -> Card {
    make(screen, today(), 57, VIEWER, &key()).unwrap()
}

fn lines(contents: &Contents, kind: BlockKind) -> Vec<Line> {
    contents
        .screen
        .blocks
        .iter()
        .filter(|b| b.kind == kind)
        .flat_map(|b| b.lines.clone())
        .collect()
}

#[test]
fn a_stranger_reads_on_the_card_what_the_family_printed() {
    let card = card(&small());
    let opened = open(&card.url).unwrap();
    assert_eq!(opened.screen, small());
    assert_eq!((opened.printed_on, opened.generation), (today(), 57));
    assert_eq!(opened.left_out, []);
    assert_eq!(
        open(card.url.trim_start_matches(VIEWER)),
        Ok(opened),
        "the digits alone are enough"
    );
}

#[test]
fn both_values_of_a_contradiction_travel_on_the_card() {
    let opened = open(&card(&small()).url).unwrap();
    let dose = lines(&opened, BlockKind::CriticalMedicine);
    let doses: Vec<_> = dose[0]
        .says
        .iter()
        .map(|a| (a.text.as_str(), a.source.by.as_str()))
        .collect();
    assert_eq!(doses, [("2.5mg", "母"), ("5mg", "訪看 さとう")]);
    assert_eq!(
        lines(&opened, BlockKind::Avoid)[0].retracted[0].text,
        "検査で陰性だった"
    );
}

#[test]
fn routine_doses_go_first_and_the_reader_is_told() {
    let card = card(&mio());
    let opened = open(&card.url).unwrap();
    assert!(card.code.version() <= LARGEST_VERSION);
    let gone = opened
        .left_out
        .iter()
        .find(|l| l.what == What::Doses)
        .unwrap();
    assert!(gone.count > 0);
    let medicines = lines(&opened, BlockKind::Medicine);
    assert_eq!(medicines.len(), 20, "names stay while doses are enough");
    assert_eq!(
        medicines
            .iter()
            .filter(|l| l.says[0].text.is_empty())
            .count(),
        usize::from(gone.count)
    );
}

#[test]
fn everything_but_what_must_stay_goes_before_the_card_is_refused() {
    let mut screen = mio();
    screen.blocks[0].lines = vec![line("", &rare(1, 165))];
    let opened = open(&card(&screen).url).unwrap();
    for kind in [BlockKind::Never, BlockKind::Now, BlockKind::Avoid] {
        let whole: Vec<_> = screen
            .blocks
            .iter()
            .filter(|b| b.kind == kind)
            .flat_map(|b| b.lines.clone())
            .collect();
        assert_eq!(lines(&opened, kind), whole);
    }
    assert_eq!(opened.screen.who.weight[0].text, "14.2 kg");
    assert!(lines(&opened, BlockKind::Medicine).is_empty());

    screen.blocks[0].lines = vec![line("", &rare(1, 500))];
    assert!(matches!(
        make(&screen, today(), 1, VIEWER, &key()),
        Err(MakeError::TooMuch { .. })
    ));
}

#[test]
fn the_first_numbers_by_day_and_by_night_stay_when_others_go() {
    let mut screen = mio();
    screen.blocks[0].lines = vec![line("", &rare(1, 165))];
    let phones = lines(&open(&card(&screen).url).unwrap(), BlockKind::Phone);
    let numbers: Vec<_> = phones.iter().map(|l| l.says[0].text.as_str()).collect();
    assert_eq!(numbers, ["03-1234-9876", "03-1234-9800"]);
}

#[test]
fn the_room_is_exactly_what_a_version_22_code_holds() {
    let room = room(VIEWER);
    let fits = |bytes: usize| {
        Code::link(VIEWER, &digits::encode(&vec![0xff; bytes]), LARGEST_VERSION).is_some()
    };
    assert!(fits(room));
    assert!(!fits(room + 1));
}

/// What `tests/vectors/card.json` freezes: Rust, WASM and TypeScript read the same file.
fn vectors() -> serde_json::Value {
    let made = [("everything fits", small()), ("some is left out", mio())].map(|(name, screen)| {
        let card = card(&screen);
        let report = Report::from(open(&card.url).unwrap());
        serde_json::json!({ "name": name, "url": card.url, "bytes": card.bytes, "version": card.code.version(), "report": report })
    });
    let payload = digits::decode(card(&small()).url.trim_start_matches(VIEWER)).unwrap();
    let altered = |place: usize, value: u8| {
        let mut payload = payload.clone();
        payload[place] = value;
        format!("{VIEWER}{}", digits::encode(&payload))
    };
    let refused = [
        ("a web address", "https://example.com/".to_owned(), "not-ours"),
        ("a pairing code", "omamori-pair:1:abc".to_owned(), "not-ours"),
        ("one byte altered", altered(40, payload[40] ^ 1), "damaged"),
        ("cut off", card(&small()).url[..300].to_owned(), "damaged"),
        ("a later format", altered(0, 2), "newer"),
        ("a later dictionary", altered(2, 2), "newer"),
        ("locked with words", altered(1, 1), "locked"),
    ]
    .map(|(name, scanned, code)| serde_json::json!({ "name": name, "scanned": scanned, "code": code }));
    serde_json::json!({
        "about": "Cards of format 1, signed with the Ed25519 seed 07…07. `open_card` answers `report`, or refuses with `code`.",
        "cards": made,
        "refused": refused,
    })
}

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/card.json");

#[test]
fn cards_once_printed_open_for_ever_and_are_made_the_same() {
    let frozen: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    assert_eq!(frozen, vectors());
}

/// Run by hand, and only while no card of this format has been printed: `cargo test write_vectors -- --ignored`.
#[test]
#[ignore = "writes tests/vectors/card.json"]
fn write_vectors() {
    let text = serde_json::to_string_pretty(&vectors()).unwrap();
    std::fs::create_dir_all(std::path::Path::new(VECTORS).parent().unwrap()).unwrap();
    std::fs::write(VECTORS, text + "\n").unwrap();
}

#[test]
fn another_code_is_not_ours() {
    for scanned in [
        "",
        "https://example.com/",
        "JAHISTC08,1",
        "shc:/56762909",
        "omamori-pair:1:abc",
        "https://e.example/#top",
    ] {
        assert_eq!(open(scanned), Err(OpenError::NotOurs), "{scanned}");
    }
}

#[test]
fn a_card_of_a_later_version_says_so() {
    let with_header = |header: [u8; 3]| {
        let mut payload = digits::decode(card(&small()).url.trim_start_matches(VIEWER)).unwrap();
        payload[..3].copy_from_slice(&header);
        open(&digits::encode(&payload))
    };
    assert_eq!(with_header([2, 0, 1]), Err(OpenError::Newer));
    assert_eq!(with_header([1, 2, 1]), Err(OpenError::Newer));
    assert_eq!(with_header([1, 0, 2]), Err(OpenError::Newer));
    assert_eq!(with_header([1, 1, 1]), Err(OpenError::Locked));
}

#[test]
fn no_flipped_bit_goes_unnoticed() {
    let payload = digits::decode(card(&small()).url.trim_start_matches(VIEWER)).unwrap();
    for bit in 0..payload.len() * 8 {
        let mut altered = payload.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&digits::encode(&altered)).is_err(), "bit {bit}");
    }
}

#[test]
fn a_card_cut_off_anywhere_is_an_error() {
    let url = card(&small()).url;
    for length in 0..url.len() {
        assert!(open(&url[..length]).is_err(), "{length} characters");
    }
}

/// Written by other habits than the dictionary: whole polite sentences, rare diseases, another hospital. An honest size.
#[test]
fn a_fifth_child_that_nobody_had_in_mind_keeps_every_key_line() {
    let screen: FirstScreen =
        serde_json::from_str(include_str!("../../tests/data/fifth-child.json")).unwrap();
    let card = card(&screen);
    let opened = open(&card.url).unwrap();
    assert!(card.code.version() <= LARGEST_VERSION);
    assert_eq!(opened.screen.who, screen.who);
    for kind in [
        BlockKind::Never,
        BlockKind::Now,
        BlockKind::Airway,
        BlockKind::Avoid,
    ] {
        let whole: Vec<_> = screen
            .blocks
            .iter()
            .filter(|b| b.kind == kind)
            .flat_map(|b| &b.lines)
            .collect();
        let carried = lines(&opened, kind);
        assert_eq!(carried.len(), whole.len(), "{kind:?}");
        assert!(
            carried
                .iter()
                .zip(whole)
                .all(|(a, b)| a.says[0].text == b.says[0].text)
        );
    }
    assert!(
        lines(&opened, BlockKind::Phone)
            .iter()
            .any(|line| line.first_at == "night")
    );
    println!(
        "{} bytes, version {}, left out: {:?}",
        card.bytes,
        card.code.version(),
        opened.left_out
    );
    let gone: Vec<_> = opened.left_out.iter().map(|left| left.block).collect();
    assert!(
        gone.contains(&BlockKind::Medicine),
        "all of it does not fit, and the card says so"
    );
}

#[test]
fn an_address_that_is_no_viewer_is_refused() {
    for viewer in ["http://card.example/c#", "https://card.example/c", ""] {
        assert!(
            matches!(
                make(&small(), today(), 1, viewer, &key()),
                Err(MakeError::Address(_))
            ),
            "{viewer}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_digits_never_open(digits in "[0-9]{0,1800}") {
        prop_assert!(open(&digits).is_err());
    }

    #[test]
    fn a_forger_with_a_key_of_their_own_cannot_crash_the_reader(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut payload = vec![VERSION, 0, dictionary::CURRENT];
        payload.extend(body);
        payload.extend_from_slice(&key().public());
        payload.extend_from_slice(&key().sign(&[CONTEXT, &payload].concat()));
        let _whatever_it_says = open(&digits::encode(&payload));
    }

    #[test]
    fn contents_that_are_not_ours_are_an_error(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _whatever_it_says = wire::decode(body.as_slice());
    }

    #[test]
    fn any_lines_come_back_as_they_were(
        head in ".{0,10}",
        texts in proptest::collection::vec("(?s).{1,20}", 1..4),
        retracted in proptest::collection::vec("(?s).{0,20}", 0..3),
        label in proptest::option::of(0..Label::ALL.len()),
        kind in 0..BlockKind::ALL.len(),
    ) {
        let said = |t: &String| Alternative { text: t.clone(), source: by(t, Role::School) };
        let line = Line {
            label: label.map(|l| Label::ALL[l]),
            head,
            says: texts.iter().map(said).collect(),
            retracted: retracted.iter().map(said).collect(),
            ..Line::default()
        };
        let screen = FirstScreen {
            who: Who { record_date: "2026".into(), ..Who::default() },
            blocks: vec![block(BlockKind::ALL[kind], vec![line])],
        };
        let contents = Contents { screen, printed_on: today(), generation: 1, left_out: vec![] };
        prop_assert_eq!(wire::decode(wire::encode(&contents).as_slice()), Ok(contents));
    }
}

#[test]
fn a_doctor_with_a_network_learns_that_a_card_is_old_or_withdrawn_and_a_strangers_notice_says_nothing()
 {
    use crate::card_notice::{CardNotice, Says};
    let (key, card) = (key(), card(&mio()));
    let notice = |stale_below, withdrawn_below, key: &SigningKey| {
        let says = Says {
            stale_below,
            stale_since: 20_720,
            withdrawn_below,
        };
        CardNotice::sign(says, key)
    };
    let old = notice(58, 0, &key);
    assert_eq!(notice_id(&card.url), Ok(old.id()));
    let said = later(&card.url, old.bytes()).unwrap();
    assert_eq!(said.stale_since, "2026-09-24".parse().ok());
    assert!(!said.withdrawn);
    let newest = later(&card.url, notice(57, 57, &key).bytes()).unwrap();
    assert_eq!((newest.stale_since, newest.withdrawn), (None, false));
    assert!(
        later(&card.url, notice(0, 58, &key).bytes())
            .unwrap()
            .withdrawn
    );
    let other = notice(58, 58, &SigningKey::from_seed(&[4; 32]));
    assert_eq!(later(&card.url, other.bytes()), Err(LaterError::Other));
}
