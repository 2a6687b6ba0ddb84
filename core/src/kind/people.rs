//! `people`: contacts and supporters, who does what, and when they answer.

use super::{
    declare::kinds,
    emergency::FIRST_AT,
    everywhere::ROLES,
    form::{Choice, choice},
};

const PLANNING: &[Choice] = &[
    choice("service", "計画相談", "By a consultation service"),
    choice("self", "セルフプラン", "Self-made plan"),
];

kinds! {
    /// Somebody to call.
    Contact "contact" in [People] ("連絡先", "Contact") {
        name: Text("名前・機関", "Name or institution") [required];
        relation: Text("関係・役割", "Relation or role") hint("母、主治医、訪看、呼吸器メーカー", "Mother, doctor, nurse, supplier");
        role: Choice{ROLES}("区分", "Role");
        organisation: Text("所属", "Organisation");
        department: Text("科・部署", "Department");
        number: Phone("電話番号", "Number");
        hours: Text("つながる時間", "Answers") hint("24h、weekdays 8-18", "24h, weekdays 8-18");
        first_at: Choice{FIRST_AT}("まずここへ", "Call first");
        card_number: Text("診察券番号", "Hospital card number");
        ask_about: Text("何を聞くか", "Ask about");
        qualification: Text("資格・研修", "Qualification");
        instead: Text("つながらないとき", "If unreachable");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A service that is not used, said so that nobody looks for it.
    NoService "no-service" in [People] ("使っていないサービス", "Not used") {
        what: Text("サービス", "Service") [required] hint("訪看", "Visiting nurse");
        reason: Text("なぜ", "Why");
    }

    /// Who draws up the plan of services (計画相談・セルフプラン).
    ServicePlanning "service-planning" [only] in [People] ("計画相談", "Service planning") {
        way: Choice{PLANNING}("方法", "How");
        who: Text("担当", "Responsible");
        number: Phone("電話番号", "Number");
        reviewed: Text("モニタリングの時期", "Reviewed") hint("6か月ごと", "every 6 months");
        note: LongText("メモ", "Note");
    }
}
