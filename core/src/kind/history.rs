//! `history`: the lifelong course (生涯史), which the disability pension asks for twenty years later.

use super::{
    declare::kinds,
    form::{Choice, choice},
};

const EVENTS: &[Choice] = &[
    choice("birth", "出生", "Birth"),
    choice("onset", "発症", "Onset"),
    choice("first-visit", "初診", "First visit"),
    choice("confirmed", "診断確定", "Diagnosis confirmed"),
    choice("admission", "入院", "Admission"),
    choice("discharge", "退院", "Discharge"),
    choice("operation", "手術・処置", "Operation or procedure"),
    choice("injury", "けが", "Injury"),
    choice(
        "treatment",
        "治療の開始・変更",
        "Treatment begun or changed",
    ),
    choice("device", "機器の開始・変更", "Device begun or changed"),
    choice(
        "move",
        "転院・転居・担当交代",
        "Change of hospital, home or person",
    ),
    choice("life", "入園・入学・節目", "School and milestones"),
    choice("other", "その他", "Other"),
];

kinds! {
    /// A birth, with what paediatricians ask first.
    Birth "birth" [only] in [History] ("出生", "Birth") {
        born_on: Date("出生日", "Born on") [required];
        gestation: Text("在胎週数", "Weeks of gestation") hint("38週", "38 weeks");
        weight: Decimal("出生体重", "Birth weight") in "g";
        place: Text("場所", "Where");
        note: LongText("メモ", "Note");
    }

    /// Something that happened.
    Event "event" in [History] ("できごと", "Event") {
        what: Text("できごと", "Event") [required];
        on: PartialDate("日", "Date") [required];
        until: PartialDate("終わり", "Until");
        sort: Choice{EVENTS}("種類", "Sort");
        place: Text("医療機関・場所", "Where");
        department: Text("科", "Department");
        first_visit: Flag("初診日である", "This is the first visit (初診日)");
        cause: Text("きっかけ", "Cause");
        outcome: Text("結果", "Outcome") hint("ギプス6週", "6 weeks in plaster");
        order: Decimal("並び順", "Order");
    }

    /// An illness over time. The emergency screen names it in short.
    Illness "illness" in [History] ("病名(くわしく)", "Illness in full") {
        name: Text("病名", "Illness") [required];
        detail: Text("型・原因", "Type or cause") hint("SCN1A変異", "SCN1A variant");
        onset: PartialDate("発症", "Onset");
        first_visit_on: PartialDate("初診日", "First visit");
        first_visit_at: Text("初診の医療機関", "First seen at");
        confirmed_on: PartialDate("診断が確定した日", "Confirmed");
        state: Text("いまの状態", "State") hint("治療後、術後", "Treated, after surgery");
        history: LongText("経過", "Course") hint("エピペン使用歴なし", "Autoinjector never used");
        order: Decimal("並び順", "Order");
    }

    /// A vaccination or a protective antibody, given or planned.
    Vaccination "vaccination" in [History] ("予防接種", "Vaccination") {
        name: Text("ワクチン・抗体", "Vaccine or antibody") [required];
        given_on: PartialDate("接種日", "Given on");
        dose: Text("量・回", "Dose") hint("200mg、2シーズン目", "200 mg, second season");
        place: Text("場所", "Where");
        lot: Text("ロット番号", "Lot number");
        next: PartialDate("次回", "Next");
        plan: LongText("計画・注意", "Plan") hint("主治医の計画で(発熱対策つき)", "As the doctor plans, with fever measures");
        order: Decimal("並び順", "Order");
    }

    /// Weight and height on a day.
    Growth "growth" in [History] ("成長", "Growth") {
        on: PartialDate("日", "Date") [required];
        weight: Decimal("体重", "Weight") in "kg";
        height: Decimal("身長", "Height") in "cm";
        head: Decimal("頭囲", "Head") in "cm";
    }
}
