//! A consent (同意書) as it is given on the command line: what the grant says, in the fields of the kind `consent` and in the
//! words of the app. A test of the app holds its words against those here.

use crate::args::Grant;
use jiff::civil::Date;
use omamori_core::{
    compartment::Compartment,
    ledger::rights::Right,
    statement::{Fields, Value},
};

const OPEN: &str = "期限なし。いつでもやめられます";
const PURPOSE: &str = "ふだんの支援と、急なときの対応のため";
const CUSTODY: &str = "内容は鍵をかけて運ばれ、見せる相手の端末でだけ読めます。相手は、上の目的のほかには使いません。";
const STAFF: &str = "事業所では、職員が自分の番号で共用の端末を開きます。だれが職員かは事業所が決め、書いたことには一人ひとりの名前が付きます。";
const WITHDRAWAL: &str = "理由なしに、いつでもやめられます。やめたあとは新しい内容は届きません。すでに届いた内容や、写し・印刷は、相手の手元に残ることがあります。";

/// The fields of the consent that goes with a grant; `None`: nobody was said to have agreed.
pub(crate) fn fields(
    grant: &Grant,
    rights: &[(Compartment, Right)],
    today: Date,
) -> Option<Fields> {
    let by = grant.agreed_by.as_ref()?;
    let to = match grant.organisation.as_str() {
        "" => grant.name.clone(),
        organisation => format!("{}（{organisation}）", grant.name),
    };
    let shown = |of: &Compartment| rights.iter().any(|(shown, _)| shown == of);
    let hidden = Compartment::ALL.into_iter().filter(|of| !shown(of));
    let mut fields = Fields::from([
        text("to", &to),
        text("given_by", by),
        text("given_on", &today.to_string()),
        text("from", &today.to_string()),
        list("scope", rights.iter().map(shows)),
        list("excluded", hidden.map(|of| sees(of).to_owned())),
        match grant.until {
            Some(until) => text("until", &until.to_string()),
            None => text("until_text", OPEN),
        },
        text("purpose", grant.purpose.as_deref().unwrap_or(PURPOSE)),
        text("custody", &custody(grant)),
        text(
            "withdrawal",
            grant.withdrawal.as_deref().unwrap_or(WITHDRAWAL),
        ),
    ]);
    if let Some(by) = &grant.explained_by {
        fields.extend([
            text("explained_by", by),
            text("explained_on", &today.to_string()),
        ]);
    }
    fields.retain(|_, value| *value != Value::List(Vec::new()));
    Some(fields)
}

fn custody(grant: &Grant) -> String {
    match (&grant.custody, &grant.organisation_key) {
        (Some(said), _) => said.clone(),
        (None, Some(_)) => format!("{CUSTODY}{STAFF}"),
        (None, None) => CUSTODY.to_owned(),
    }
}

fn shows((of, right): &(Compartment, Right)) -> String {
    format!("{}: {}", sees(*of), does(*right))
}

/// What somebody sees, as a family calls it.
const fn sees(compartment: Compartment) -> &'static str {
    match compartment {
        Compartment::Emergency => {
            "もしものときのこと（してはいけないこと・呼吸器・アレルギー・電話）"
        }
        Compartment::Care => "毎日のケア・薬・機器・指示書",
        Compartment::Evacuation => "避難と電源の計画",
        Compartment::History => "これまでの病気・手術・入院",
        Compartment::Life => "好きなこと・家族のこと・願い",
        Compartment::Restricted => "いのちに関わる話し合いなど、限られた人にだけ見せること",
        Compartment::People => "支える人の連絡先",
        Compartment::Log => "毎日の共有シート",
        Compartment::Consents => "同意書と、だれに見せているか",
    }
}

const fn does(right: Right) -> &'static str {
    match right {
        Right::Read => "見るだけ",
        Right::Append => "見る・書き足す",
        Right::Write => "見る・書きかえる",
        Right::Confirm => "見る・書きかえる・署名で確認",
        Right::Manage => "すべて（人をふやす・やめるも）",
    }
}

fn text(field: &str, value: &str) -> (String, Value) {
    (field.to_owned(), Value::Text(value.to_owned()))
}

fn list(field: &str, values: impl Iterator<Item = String>) -> (String, Value) {
    (field.to_owned(), Value::List(values.collect()))
}
