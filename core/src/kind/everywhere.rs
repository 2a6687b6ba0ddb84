//! Kinds that belong to every compartment: who its authors are, and papers and photos.

use super::{
    declare::kinds,
    form::{Choice, choice},
};

/// The part a person has in a child's care; the words of [`crate::screen::source::Role`].
pub(super) const ROLES: &[Choice] = &[
    choice("guardian", "保護者", "Guardian"),
    choice("doctor", "医師", "Doctor"),
    choice("nurse", "訪問看護師", "Visiting nurse"),
    choice("school", "学校", "School"),
    choice("day-service", "児発・放デイ", "Day service"),
    choice("coordinator", "相談支援・コーディネーター", "Coordinator"),
    choice("municipality", "市町村", "Municipality"),
    choice("shelter", "避難所", "Shelter"),
    choice("pharmacy", "薬局", "Pharmacy"),
    choice("child", "本人", "The child"),
    choice("other", "その他", "Other"),
];

kinds! {
    /// Who writes with a key. Counts only when a manager of the record said it.
    Member "member" in [Emergency, Care, Evacuation, History, Life, Restricted, People, Log, Consents] ("書ける人", "Member") {
        device: Text("鍵", "Key") [required] hint("端末の鍵の番号(自動)", "Identifier of the device key (automatic)");
        name: Text("名前・呼び名", "Name") [required] hint("母、訪看 かえで 山田", "Mother; nurse Yamada of Kaede");
        role: Choice{ROLES}("役割", "Role") [required];
        organisation: Text("所属", "Organisation");
    }

    /// A photo or a scanned paper, kept sealed on its own and named by its hash.
    Paper "paper" in [Emergency, Care, Evacuation, History, Life, Restricted, People, Log, Consents] ("写真・書類", "Photo or paper") {
        title: Text("題名", "Title") [required] hint("お薬手帳 11月、吸引の姿勢", "Medication notebook, November");
        attachment: Attachment("写真・書類", "File") [required];
        media_type: Text("形式", "Media type") hint("image/jpeg", "image/jpeg");
        taken_on: PartialDate("日付", "Date");
        about: Text("何について", "About");
        order: Decimal("並び順", "Order");
    }
}
