//! `consents`: to whom, what for, how far, until when, and taken back when; and what was handed out on paper.
//!
//! A consent that a grant names holds one more field, the salt of its hash ([`crate::consent`]): no reader needs to see it.

use super::{
    declare::kinds,
    form::{Choice, choice},
};

const REACH: &[Choice] = &[
    choice("daily", "ふだん", "In daily life"),
    choice("disaster", "災害のとき", "In a disaster"),
];

const PAPERS: &[Choice] = &[
    choice("card", "QRカード", "QR card"),
    choice("sheet", "印刷したシート", "Printed sheet"),
    choice("consent", "同意書の控え", "Copy of a consent"),
];

kinds! {
    /// A consent to share.
    Consent "consent" in [Consents] ("同意", "Consent") {
        to: Text("だれに", "To whom") [required] hint("訪看、学校、避難所", "Nurse, school, shelter");
        scope: List("何を", "What") [required] hint("緊急、ケア、連絡先", "Emergency, care, contacts");
        excluded: List("除くもの", "Except") hint("家族の意向、家族事情", "Family wishes and circumstances");
        purpose: Text("何のため", "What for");
        reach: Choice{REACH}("いつ使う", "Used when");
        from: Date("いつから", "From");
        until: Date("いつまで", "Until");
        until_text: Text("期限", "Term") hint("無期限(撤回可)、学年末まで", "Unlimited, may be withdrawn; until the school year ends");
        given_by: Text("同意した人", "Given by");
        given_on: Date("同意した日", "Given on");
        explained_by: Text("説明した人", "Explained by");
        explained_on: Date("説明した日", "Explained on");
        original_at: Text("原本の保管", "Original kept at");
        custody: LongText("情報の保管と管理", "How it is kept");
        withdrawal: LongText("撤回について", "How to withdraw");
        withdrawn_on: Date("撤回した日", "Withdrawn on");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A card or print that was handed to somebody: to be recalled like a key.
    PaperCopy "paper-copy" in [Consents] ("紙で渡したもの", "Handed out on paper") {
        to: Text("だれに", "To whom") [required] hint("学校の保健室、祖母", "School infirmary, grandmother");
        what: Choice{PAPERS}("なにを", "What");
        made_on: Date("つくった日", "Made on");
        generation: Decimal("版", "Edition");
        withdrawn_on: Date("取り消した日", "Recalled on");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }
}
