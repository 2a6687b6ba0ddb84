use super::{text::runs, *};
use crate::{
    card,
    cose::SigningKey,
    screen::sample::{line, mio, rare, small},
};

fn today() -> Date {
    "2026-11-21".parse().unwrap()
}

fn sheet(screen: &FirstScreen) -> Sheet {
    let key = SigningKey::from_seed(&[7; 32]);
    let card = card::make(screen, today(), 57, "https://card.omamori.example/c#", &key).ok();
    Sheet::new(screen, card.as_ref(), 57, today(), Language::Ja)
}

/// What a reader sees, without markup.
fn words(html: &str) -> String {
    let mut words = String::new();
    for part in html.split('<') {
        words.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    words
}

#[test]
fn everything_on_the_first_screen_stands_on_paper_with_its_source() {
    let screen = small();
    let words = words(&html::body(&sheet(&screen)));
    for line in screen.blocks.iter().flat_map(|b| &b.lines) {
        for alternative in line.says.iter().chain(&line.retracted) {
            let text = alternative.text.replace('<', "&lt;").replace('\n', "");
            assert!(words.contains(&text), "{text} is missing");
            assert!(
                words.contains(&alternative.source.text(Language::Ja)),
                "source of {text} is missing"
            );
        }
    }
    assert!(words.contains("みお") && words.contains("6歳8か月") && words.contains("14.2 kg"));
    assert!(words.contains("印刷 2026-11-21 ・ 第57版"));
}

#[test]
fn both_doses_of_a_contradiction_are_printed_side_by_side() {
    let words = words(&html::body(&sheet(&small())));
    assert!(words.contains("くい違っています"));
    let (mother, nurse) = (
        words.find("2.5mg母（保護者）").unwrap(),
        words.find("5mg訪看 さとう").unwrap(),
    );
    assert!(mother < nurse);
}

#[test]
fn nothing_written_in_a_record_becomes_markup() {
    let mut screen = small();
    screen.blocks[0].lines = vec![line("<b>", "<script>alert(\"x\")</script>&amp;'")];
    let html = html::page(&sheet(&screen));
    assert!(!html.contains("<script"));
    assert!(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;&#39;"));
}

#[test]
fn the_paper_says_what_its_code_leaves_out() {
    let words = words(&html::body(&sheet(&mio())));
    assert!(words.contains("このQRに入りきらなかったもの: ふだんの薬"));
}

#[test]
fn key_lines_too_long_for_a_code_are_still_printed() {
    let mut screen = small();
    screen.blocks[0].lines = (0..12).map(|n| line("", &rare(n, 50))).collect();
    let sheet = sheet(&screen);
    assert_eq!(sheet.code, None);
    let words = words(&html::body(&sheet));
    assert!(words.contains("QRにできませんでした"));
    assert!(words.contains(&rare(11, 50)));
}

#[test]
fn a_long_record_is_set_smaller_and_then_loses_the_rest_first() {
    assert_eq!(sheet(&small()).density, 0);
    let mut screen = mio();
    screen
        .blocks
        .iter_mut()
        .filter(|b| b.kind == BlockKind::Medicine)
        .for_each(|block| {
            block.lines = (0..300).map(|n| line("薬", &n.to_string())).collect();
        });
    let sheet = sheet(&screen);
    assert_eq!(sheet.density, DENSEST);
    let gone: Vec<_> = sheet.left_out.iter().map(|left| left.block).collect();
    assert_eq!(gone, [BlockKind::Rest, BlockKind::Medicine]);
    assert!(words(&html::body(&sheet)).contains("この紙に入りきらなかったもの"));
}

#[test]
fn a_number_never_parts_from_its_unit() {
    let bound = |text: &'static str| {
        runs(text)
            .into_iter()
            .filter(|(bound, _)| *bound)
            .map(|(_, run)| run)
            .collect::<Vec<_>>()
    };
    assert_eq!(bound("内径4.0mmカフなし、9.0 kg"), ["4.0mm", "9.0 kg"]);
    assert_eq!(bound("夜間 000-0000-0105 へ"), ["000-0000-0105"]);
    assert_eq!(bound("体温36.3–37.0℃"), ["36.3–37.0℃"]);
    assert_eq!(bound("SpO2<90→吸引"), ["SpO2<90"]);
    assert_eq!(bound("カニューレ"), Vec::<&str>::new());
    let text = "A 1 x　2 y z3";
    assert_eq!(
        runs(text)
            .into_iter()
            .map(|(_, run)| run)
            .collect::<String>(),
        text
    );
}

#[test]
fn the_wallet_card_holds_the_red_lines_and_counts_what_found_no_room() {
    let wallet = sheet(&small()).wallet;
    assert_eq!(wallet.more, 0);
    assert!(
        wallet
            .lines
            .iter()
            .any(|l| l.kind == BlockKind::Never && l.text.starts_with("夜のマスク"))
    );
    assert!(
        wallet
            .lines
            .iter()
            .any(|l| l.text.contains("03-1234-9876 夜はまずここ"))
    );
    let mut screen = small();
    screen.blocks[0].lines = (0..30).map(|n| line("", &rare(n, 20))).collect();
    assert!(sheet(&screen).wallet.more > 0);
}
