//! `consents`: who may open the emergency and evacuation pages together in a disaster.

use super::declare::kinds;

kinds! {
    /// A consent given beforehand to a municipality, whose officers can open only two together.
    BreakGlass "break-glass" in [Consents] ("災害時の開封への同意", "Consent to emergency opening") {
        to: Text("自治体", "Municipality") [required];
        municipality: Text("自治体の印", "Mark of the municipality") [required];
        officers: List("開ける人", "Who can open");
        until: Date("いつまで", "Until");
        given_by: Text("同意した人", "Given by");
        given_on: Date("同意した日", "Given on");
        note: LongText("メモ", "Note");
    }
}
