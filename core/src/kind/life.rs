//! `life`: the child as a person, the family, what they can and love and want.

use super::{
    declare::kinds,
    form::{Choice, choice},
};

const GRANTS: &[Choice] = &[
    choice("asked", "相談中", "Asked about"),
    choice("applied", "申請した", "Applied for"),
    choice("granted", "決定・給付", "Granted"),
    choice("refused", "却下", "Refused"),
];

kinds! {
    /// How the child speaks and understands.
    Communication "communication" [only] in [Life] ("やりとり", "Communication") {
        speaks: Text("伝え方", "How they tell") hint("2語文、うなずき、表情", "Two-word sentences, nods, face");
        yes: Text("はい", "Yes") hint("目をぱっちり", "Opens the eyes wide");
        no: Text("いや", "No") hint("舌を出す", "Puts out the tongue");
        pain: Text("痛い・つらい", "Pain");
        understands: Text("わかること", "Understands");
        tools: Text("道具", "Tools");
        note: LongText("メモ", "Note");
    }

    /// What the child can do, said first.
    Ability "ability" in [Life] ("できること", "Can do") {
        text: Text("できること", "Can do") [required];
        help: Text("してほしい手伝い", "Help wanted");
        order: Decimal("並び順", "Order");
    }

    /// What the child loves, dislikes, and is calmed by.
    Like "like" in [Life] ("好き・苦手・落ち着くこと", "Likes, dislikes, comfort") {
        text: Text("こと", "What") [required];
        dislikes: Flag("苦手なこと", "Disliked");
        calms: Flag("落ち着く", "Comforts");
        order: Decimal("並び順", "Order");
    }

    /// Somebody of the family.
    FamilyMember "family-member" in [Life] ("家族", "Family") {
        relation: Text("続柄", "Relation") [required] hint("母、父、姉、祖母", "Mother, father, sister, grandmother");
        name: Text("名前・呼ばれ方", "Name, as called");
        age: Text("年齢", "Age");
        situation: Text("事情", "Situation") hint("仕事復帰予定", "Going back to work");
        wishes: LongText("望む関わり方", "How to work together");
        order: Decimal("並び順", "Order");
    }

    /// A hope, of the child or the family.
    Hope "hope" in [Life] ("願い", "Hope") {
        text: LongText("願い", "Hope") [required];
        whose: Text("だれの", "Whose");
        order: Decimal("並び順", "Order");
    }

    /// School, nursery or day service, and how the child gets there.
    School "school" in [Life] ("園・学校・通所", "School or day service") {
        name: Text("名前", "Name") [required];
        grade: Text("学年・クラス", "Grade and class") hint("4年(通常学級)", "4th grade, regular class");
        days: Text("曜日・時間", "Days and hours");
        transport: Text("通い方", "Transport");
        meals: Text("給食", "Meals") hint("糖質計算表あり", "Carbohydrate table provided");
        nurse: Text("看護師", "Nurse");
        allowed: Text("してよい・してはいけない活動", "Activities");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A handbook, certificate or insurance, and when it ends.
    Certificate "certificate" in [Life] ("手帳・受給者証", "Certificates") {
        name: Text("手帳・証", "Certificate") [required] hint("療育手帳、小慢受給者証", "Disability handbook");
        grade: Text("等級・区分", "Grade") hint("中度", "moderate");
        number: Text("番号", "Number");
        issued_on: PartialDate("交付日", "Issued");
        valid_until: Date("有効期限", "Valid until");
        renew_by: Date("更新の申請", "Renew by");
        order: Decimal("並び順", "Order");
    }

    /// Equipment paid for by the municipality. It must be applied for before buying.
    Grant "grant" in [Life] ("日常生活用具・補装具・補助", "Granted equipment") {
        item: Text("品目", "Item") [required];
        state: Choice{GRANTS}("申請", "Application");
        applied_on: Date("申請日", "Applied on");
        granted_on: Date("給付日", "Granted on");
        lifetime: Text("耐用年数", "Lifetime");
        office: Text("窓口", "Office");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// What comes next in a life: nursery, school, eighteen, twenty.
    Milestone "milestone" in [Life] ("これからの節目", "Milestone") {
        what: Text("節目", "Milestone") [required];
        by: PartialDate("いつごろ", "By");
        who: Text("だれが", "Who");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }
}
