//! `restricted`: advance care planning (人生会議), and what the family shows to few.

use super::declare::kinds;

kinds! {
    /// What was agreed about treatment, in full. The emergency screen holds only what the family shows to strangers.
    CarePlanning "care-planning" in [Restricted] ("話し合った治療の方針", "Advance care planning") {
        text: LongText("方針", "Agreement") [required];
        agreed_on: Date("話し合った日", "Agreed on");
        agreed_with: Text("だれと", "With");
        reason: LongText("なぜ", "Why");
        review_on: Date("見直す日", "Review on");
        order: Decimal("並び順", "Order");
    }

    /// What only few shall know.
    PrivateNote "private-note" in [Restricted] ("限られた人だけに", "For few") {
        text: LongText("内容", "Content") [required];
        shown_to: Text("だれに見せるか", "Shown to");
        order: Decimal("並び順", "Order");
    }
}
