//! `log`: the shared sheet (共有シート), dated entries that everybody adds and nobody changes.

use super::declare::kinds;

kinds! {
    /// An entry of the shared sheet. A correction is a further entry.
    Entry "entry" in [Log] ("共有シート", "Shared sheet") {
        situation: LongText("状況", "Situation");
        at: DateTime("いつ", "When") [required];
        place: Text("どこで", "Where") hint("自宅、学校、放デイ", "Home, school, day service");
        author_label: Text("書いた人", "Written by") hint("訪看 かえで", "Nurse, Kaede");
        chief_complaint: Text("主訴", "Chief complaint");
        response: LongText("対応", "Response");
        related: List("関係する項目", "Related to") hint("カニューレ、吸引", "Tracheostomy tube, suction");
        reply_to: Text("どの記載への返事", "In reply to");
        changed: List("変わったこと", "What changed") hint("入院、機器変更、担当交代", "Admission, new device, new person");
        photo: Attachment("写真", "Photo");
        order: Decimal("並び順", "Order");
    }
}
